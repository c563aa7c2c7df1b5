/** From a picture that a person picks (a screenshot, a photo of a letter) to the codes in it. */
import { loadReader } from './reader.ts';

/** Pixels on the longer side: a code in a screenshot is found at this size, and a phone's memory holds it. */
const SIDES = [1600, 3200, 800];

/** Texts of the codes, none if there is none. Throws what `createImageBitmap` throws for a file that is no picture. */
export async function codesOf(file: Blob): Promise<string[]> {
  const [read, bitmap] = await Promise.all([loadReader(), createImageBitmap(file)]);
  try {
    for (const side of SIDES) {
      const found = await read(pixels(bitmap, bitmap.width, bitmap.height, side));
      if (found.length > 0) return found;
    }
    return [];
  } finally {
    bitmap.close();
  }
}

/** One for all frames: a new one for each would fill a phone's memory before it is collected. */
let canvas: HTMLCanvasElement | null = null;

export function pixels(source: CanvasImageSource, width: number, height: number, side: number): ImageData {
  const scale = Math.min(1, side / Math.max(width, height));
  canvas ??= document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
