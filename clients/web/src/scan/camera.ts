/** The camera behind the phone, until a code is found or somebody leaves. */
import { pixels } from './picture.ts';
import type { Reader } from './reader.ts';

/** `refused`: by the person or the phone's settings; `none`: there is no camera, or another app holds it. */
export type CameraTrouble = 'refused' | 'none';

/** Milliseconds between two looks: a person sees no difference, and a cheap phone stays cool. */
const PAUSE = 120;
/** Pixels on the longer side of a frame that is searched: 4 pixels a module for a code that fills a third of it. */
const SIDE = 1280;

export class Camera {
  #stream: MediaStream;
  #video: HTMLVideoElement;
  #over = false;

  private constructor(stream: MediaStream, video: HTMLVideoElement) {
    this.#stream = stream;
    this.#video = video;
  }

  /** Asks the person for the camera and shows it in `video`. */
  static async open(video: HTMLVideoElement): Promise<Camera | CameraTrouble> {
    if (navigator.mediaDevices?.getUserMedia === undefined) return 'none';
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      const camera = new Camera(stream, video);
      video.srcObject = stream;
      await video.play();
      return camera;
    } catch (error) {
      return (error as DOMException).name === 'NotAllowedError' ? 'refused' : 'none';
    }
  }

  /** Looks again and again; `found` says whether a text was what somebody looked for. */
  async watch(read: Reader, found: (text: string) => boolean): Promise<void> {
    while (!this.#over) {
      const { videoWidth: width, videoHeight: height } = this.#video;
      if (width > 0 && height > 0 && !document.hidden) {
        const texts = await read(pixels(this.#video, width, height, SIDE)).catch(() => []);
        if (this.#over || texts.some(found)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Whether this camera has a lamp. */
  get lamp(): boolean {
    const track = this.#stream.getVideoTracks()[0];
    const can = track?.getCapabilities?.() as { torch?: boolean } | undefined;
    return can?.torch === true;
  }

  async light(on: boolean): Promise<void> {
    const constraint = { advanced: [{ torch: on }] } as unknown as MediaTrackConstraints;
    await this.#stream
      .getVideoTracks()[0]
      ?.applyConstraints(constraint)
      .catch(() => undefined);
  }

  close(): void {
    this.#over = true;
    for (const track of this.#stream.getTracks()) track.stop();
    this.#video.srcObject = null;
  }
}
