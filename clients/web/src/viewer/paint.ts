/** Pages as pixels, inside the frame. A page is painted when it comes into sight: a title's file has 800. */

type Viewport = { readonly width: number; readonly height: number };
export type PdfPage = {
  getViewport(options: { scale: number }): Viewport;
  render(options: { canvas: HTMLCanvasElement; viewport: Viewport }): { promise: Promise<void> };
  cleanup(): void;
};
export type PdfDocument = { readonly numPages: number; getPage(n: number): Promise<PdfPage> };
export type OpenPdf = (bytes: ArrayBuffer) => Promise<PdfDocument>;

/** Pixels of a page's longest side: sharp on a phone at twofold zoom, and four of them fit into the memory of a cheap one. */
const LONGEST = 2200;
/** Pages kept painted around the one in sight. */
const KEPT = 3;

type Painter = (canvas: HTMLCanvasElement) => Promise<void>;

function pageOf(main: HTMLElement, label: string, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  // The place is kept before the page is painted, so that nothing jumps.
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.width = canvas.height = 1;
  main.append(canvas);
  return canvas;
}

function whenSeen(canvases: readonly HTMLCanvasElement[], paint: readonly Painter[]): void {
  const painted = new Set<number>();
  let busy = Promise.resolve();
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const at = canvases.indexOf(target as HTMLCanvasElement);
        if (!isIntersecting || painted.has(at)) continue;
        painted.add(at);
        busy = busy.then(() => paint[at]?.(canvases[at] as HTMLCanvasElement)).catch(() => painted.delete(at) as never);
        for (const far of painted) {
          if (Math.abs(far - at) <= KEPT) continue;
          painted.delete(far);
          const canvas = canvases[far] as HTMLCanvasElement;
          canvas.width = canvas.height = 1;
        }
      }
    },
    { rootMargin: '50%' },
  );
  for (const canvas of canvases) seen.observe(canvas);
}

export async function paintPicture(
  main: HTMLElement,
  bytes: ArrayBuffer,
  media: string,
  label: string,
): Promise<number> {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: media }), { imageOrientation: 'from-image' });
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = pageOf(main, label, bitmap.width, bitmap.height);
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return 1;
}

export async function paintPdf(main: HTMLElement, file: PdfDocument, label: (n: number) => string): Promise<number> {
  const first = (await file.getPage(1)).getViewport({ scale: 1 });
  const canvases: HTMLCanvasElement[] = [];
  const painters: Painter[] = [];
  for (let n = 1; n <= file.numPages; n++) {
    // Most papers have pages of one size; another one takes its own when it is painted.
    canvases.push(pageOf(main, label(n), first.width, first.height));
    painters.push(async (canvas) => {
      const page = await file.getPage(n);
      const whole = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: LONGEST / Math.max(whole.width, whole.height) });
      canvas.style.aspectRatio = `${whole.width} / ${whole.height}`;
      canvas.width = Math.round(viewport.width);
      canvas.height = Math.round(viewport.height);
      await page.render({ canvas, viewport }).promise;
      page.cleanup();
    });
  }
  await painters[0]?.(canvases[0] as HTMLCanvasElement);
  whenSeen(canvases, painters);
  return file.numPages;
}
