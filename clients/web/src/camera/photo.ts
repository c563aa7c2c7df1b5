/**
 * A photo becomes a page: upright, cut out, flat, clear, no larger than needed, and encoded anew, so that neither place
 * nor device nor time goes with it. Runs in a worker; in the page only where a browser has no canvas in workers.
 */
import { findSheet, LOOK, type Quad } from './edges.ts';
import { clearer, flatSize, flattened, LONGEST, type Pixels } from './warp.ts';

export type Turn = 0 | 90 | 180 | 270;
/** What is to be done with a photo. `quad` null: all of it. */
export type Wish = { readonly quad: Quad | null; readonly turn: Turn; readonly clear: boolean };
export type Made = { readonly jpeg: Blob; readonly width: number; readonly height: number };
export type Seen = {
  /** What most people will want: cut out where a sheet was found, and clearer then. */
  readonly usual: Wish;
  readonly width: number;
  readonly height: number;
  /** What the screen shows instead of millions of pixels; null for a film's frame. */
  readonly preview: Blob | null;
};

/** Of JPEG: print stays sharp, and half a megabyte a page suits a prepaid card. */
const QUALITY = 0.82;
/** A decompression bomb would end the tab; the largest phone cameras have 200 million pixels, which no tab holds. */
export const MAX_PIXELS = 120_000_000;
/** More pixels than go into the page are not worth their memory, but what is cut out is a part of them. */
const WORKING = Math.round(LONGEST * 1.3);
/** Mixing neighbours blurs a little: this many pixels of the photo for one of the page. */
const SPARE = 1.1;
/** Pixels of the longest side on the screen: a phone is 1,080 across, and forty of these fit into its memory. */
const PREVIEW = 1280;

type Surface = OffscreenCanvas | HTMLCanvasElement;
type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

function surface(width: number, height: number): Surface {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

function contextOf(canvas: Surface): Context {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true }) as Context | null;
  if (context === null) throw new Error('no-canvas');
  return context;
}

function jpegOf(canvas: Surface): Promise<Blob> {
  if (!('toBlob' in canvas)) return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no-canvas')) : resolve(blob)), 'image/jpeg', QUALITY);
  });
}

/** Pixels of JPEG, PNG and WebP from the first bytes; null where the header says nothing we know. */
export async function pixelsOf(blob: Blob): Promise<number | null> {
  const view = new DataView(await blob.slice(0, 65_536).arrayBuffer());
  const at = (i: number) => (i + 4 <= view.byteLength ? view.getUint32(i) : 0);
  if (at(0) === 0x89504e47 && view.byteLength >= 24) return at(16) * at(20);
  if (at(0) === 0x52494646 && at(8) === 0x57454250 && at(12) === 0x56503858 && view.byteLength >= 30) {
    const three = (i: number) => view.getUint8(i) | (view.getUint8(i + 1) << 8) | (view.getUint8(i + 2) << 16);
    return (three(24) + 1) * (three(27) + 1);
  }
  if (at(0) >>> 8 !== 0xffd8ff) return null;
  for (let i = 2; i + 9 < view.byteLength; ) {
    const marker = view.getUint8(i + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return view.getUint16(i + 5) * view.getUint16(i + 7);
    }
    i += 2 + view.getUint16(i + 2);
  }
  return null;
}

async function decoded(source: Blob | ImageBitmap): Promise<ImageBitmap> {
  if (!(source instanceof Blob)) return source;
  if (((await pixelsOf(source)) ?? 0) > MAX_PIXELS) throw new Error('too-many-pixels');
  const bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
  if (bitmap.width * bitmap.height > MAX_PIXELS) throw new Error('too-many-pixels');
  return bitmap;
}

function drawn(bitmap: ImageBitmap | Surface, longest: number): Surface {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = surface(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = contextOf(canvas);
  // What is transparent is paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'medium';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const pixels = (canvas: Surface): Pixels => contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);

/**
 * The photo that was looked at last, no larger than the page that it becomes needs: decoding it again would take as long as
 * all the rest.
 */
type Held = { readonly key: number; readonly width: number; readonly height: number; readonly canvas: Surface };
let held: Held | null = null;

/** `key`: the photo's number, where `make` will come for it; null for a film's frame. */
export async function look(source: Blob | ImageBitmap, key: number | null): Promise<Seen> {
  const bitmap = await decoded(source);
  try {
    const { width, height } = bitmap;
    if (key === null) return { usual: usually(drawn(bitmap, LOOK)), width, height, preview: null };
    const small = drawn(bitmap, PREVIEW);
    const usual = usually(drawn(small, LOOK));
    held = { key, width, height, canvas: drawn(bitmap, needed(usual, width, height)) };
    return { usual, width, height, preview: await jpegOf(small) };
  } finally {
    bitmap.close();
  }
}

function usually(small: Surface): Wish {
  const quad = findSheet(pixels(small));
  return { quad, turn: 0, clear: quad !== null };
}

/** Pixels of the longest side of the photo so that the page has all that it may have. */
function needed({ quad }: Wish, width: number, height: number): number {
  if (quad === null) return LONGEST;
  const sheet = flatSize(quad, width, height, Number.POSITIVE_INFINITY);
  const share = Math.max(sheet.width, sheet.height) / Math.max(width, height);
  return Math.round(Math.min(WORKING, (LONGEST * SPARE) / share));
}

const WHOLE: Quad = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
];

async function working(source: Blob | ImageBitmap, key: number | null, wish: Wish): Promise<Surface> {
  if (held !== null && held.key === key) {
    const { canvas, width, height } = held;
    const longest = needed(wish, width, height);
    const there = Math.max(canvas.width, canvas.height);
    if (there > longest) return drawn(canvas, longest);
    if (there >= Math.min(longest, Math.max(width, height))) return canvas;
  }
  const bitmap = await decoded(source);
  try {
    return drawn(bitmap, needed(wish, bitmap.width, bitmap.height));
  } finally {
    bitmap.close();
  }
}

/** Pages that are made while the person still looks at the photo, as most people want them. */
const ahead = new Map<number, { readonly wish: string; readonly made: Promise<Made> }>();

export function prepare(source: Blob | ImageBitmap, wish: Wish, key: number): void {
  const made = page(source, wish, key);
  made.catch(() => undefined); // whoever asks for it is told
  ahead.set(key, { wish: JSON.stringify(wish), made });
}

export function make(source: Blob | ImageBitmap, wish: Wish, key: number | null): Promise<Made> {
  const one = key === null ? undefined : ahead.get(key);
  return one?.wish === JSON.stringify(wish) ? one.made : page(source, wish, key);
}

async function page(source: Blob | ImageBitmap, wish: Wish, key: number | null): Promise<Made> {
  const { quad, turn, clear } = wish;
  let canvas = await working(source, key, wish);
  if (quad !== null || clear) {
    const from = pixels(canvas);
    const table = clear ? clearer(from) : null;
    if (quad !== null || table !== null) {
      const area = quad ?? WHOLE;
      const size = quad === null ? canvas : flatSize(area, from.width, from.height);
      const { width, height } = size;
      const data = flattened(from, area, { width, height }, table);
      canvas = surface(width, height);
      contextOf(canvas).putImageData(new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height), 0, 0);
    }
  }
  if (turn !== 0) canvas = turned(canvas, turn);
  return { jpeg: await jpegOf(canvas), width: canvas.width, height: canvas.height };
}

function turned(from: Surface, turn: Turn): Surface {
  const lying = turn === 90 || turn === 270;
  const canvas = lying ? surface(from.height, from.width) : surface(from.width, from.height);
  const context = contextOf(canvas);
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((turn * Math.PI) / 180);
  context.drawImage(from, -from.width / 2, -from.height / 2);
  return canvas;
}
