/** A sheet seen at an angle becomes a flat one: a projective map, sampled between pixels; and clearer where wanted. */
import type { Quad } from './edges.ts';

export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

/**
 * Pixels of the longest side: A4 at 200 dots an inch. Small print and stamps stay readable, a page is about half a
 * megabyte, and a phone with 2 GB of memory can hold the picture twice.
 */
export const LONGEST = 2340;

/**
 * Sheets and cards have few shapes, and a view at an angle shortens them: what is seen between the first two numbers is most
 * likely the third. A4 and a passport's page (√2), card (ID-1).
 */
const SHAPES = [
  [1.22, 1.5, Math.SQRT2],
  [1.5, 1.72, 1.586],
] as const;

export function flatSize(quad: Quad, width: number, height: number, longest: number = LONGEST) {
  const long = (i: number, j: number) => {
    const [a, b] = [quad[i], quad[j]] as [Quad[0], Quad[0]];
    return Math.hypot((a.x - b.x) * width, (a.y - b.y) * height);
  };
  let w = Math.max(long(0, 1), long(3, 2));
  let h = Math.max(long(0, 3), long(1, 2));
  const ratio = Math.max(w, h) / Math.min(w, h);
  const known = SHAPES.find(([least, most]) => ratio >= least && ratio < most)?.[2];
  if (known !== undefined) {
    if (w > h) h = w / known;
    else w = h / known;
  }
  const scale = Math.min(1, longest / Math.max(w, h));
  return { width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(h * scale)) };
}

/** Eight numbers that take (u, v) in 0 … 1 to the quadrilateral (Heckbert 1989, section 2.2.3). */
export function projection(quad: Quad): readonly number[] {
  const [p0, p1, p2, p3] = quad;
  const [sx, sy] = [p0.x - p1.x + p2.x - p3.x, p0.y - p1.y + p2.y - p3.y];
  const [dx1, dx2, dy1, dy2] = [p1.x - p2.x, p3.x - p2.x, p1.y - p2.y, p3.y - p2.y];
  const whole = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / whole;
  const h = (dx1 * sy - sx * dy1) / whole;
  return [
    p1.x - p0.x + g * p1.x,
    p3.x - p0.x + h * p3.x,
    p0.x,
    p1.y - p0.y + g * p1.y,
    p3.y - p0.y + h * p3.y,
    p0.y,
    g,
    h,
  ];
}

/**
 * Pixels between two exact points of the map; a line runs between them. On a sheet of 2,340 pixels it is less than a
 * fiftieth of a pixel off.
 */
const SPAN = 16;
/** Bits behind the point of a place in the picture: with 14 before it, whole numbers stay below 2^30. */
const POINT = 16;
/** Steps between two pixels: a channel pair times 64 stays below 2^30, too. */
const STEPS = 64;
/** Two of the four bytes of a pixel, so that both are mixed at once and no product runs over into the other. */
const PAIR = 0xff00ff;

/**
 * `table`: a new brightness for each old one, or null. A worker meets millions of pixels with code that has never run: all
 * numbers of the inner loop fit into 31 bits, which engines keep without allocating even before they optimise.
 */
export function flattened(from: Pixels, quad: Quad, size: { width: number; height: number }, table: Uint8Array | null) {
  const { width, height } = size;
  const [a, b, c, d, e, f, g, h] = projection(quad) as [number, number, number, number, number, number, number, number];
  // Signed: opaque pixels are small negative numbers.
  const source = new Int32Array(from.data.buffer, from.data.byteOffset, from.width * from.height);
  const out = new Int32Array(width * height);
  const line = from.width;
  // just below the last pixel, so that it always has a neighbour
  const [mostX, mostY] = [from.width - 1.001, from.height - 1.001];
  const map = table ?? identity();
  const scale = 1 << POINT;
  const place = (value: number, most: number) => (Math.max(0, Math.min(most, value)) * scale) | 0;
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / height;
    const [bx, by, bw] = [b * v + c, e * v + f, h * v + 1];
    const placeX = (u: number) => place(((a * u + bx) / (g * u + bw)) * from.width - 0.5, mostX);
    const placeY = (u: number) => place(((d * u + by) / (g * u + bw)) * from.height - 0.5, mostY);
    let at = y * width;
    let [sx, sy] = [placeX(0.5 / width), placeY(0.5 / width)];
    for (let x = 0; x < width; x += SPAN) {
      const length = Math.min(SPAN, width - x);
      const u = (x + length + 0.5) / width;
      const [endX, endY] = [placeX(u), placeY(u)];
      const [stepX, stepY] = [((endX - sx) / length) | 0, ((endY - sy) / length) | 0];
      for (const end = at + length; at < end; at++) {
        const i = (sy >> POINT) * line + (sx >> POINT);
        const right = (sx >> (POINT - 6)) & (STEPS - 1);
        const left = STEPS - right;
        const low = (sy >> (POINT - 6)) & (STEPS - 1);
        const high = STEPS - low;
        const p = source[i] as number;
        const q = source[i + 1] as number;
        const r = source[i + line] as number;
        const s = source[i + line + 1] as number;
        const topEven = (((p & PAIR) * left + (q & PAIR) * right) >> 6) & PAIR;
        const lowEven = (((r & PAIR) * left + (s & PAIR) * right) >> 6) & PAIR;
        const topOdd = (((p >> 8) & 0xff) * left + ((q >> 8) & 0xff) * right) >> 6;
        const lowOdd = (((r >> 8) & 0xff) * left + ((s >> 8) & 0xff) * right) >> 6;
        const even = (topEven * high + lowEven * low) >> 6;
        const odd = (topOdd * high + lowOdd * low) >> 6;
        out[at] =
          0xff000000 |
          ((map[(even >> 16) & 0xff] as number) << 16) |
          ((map[odd] as number) << 8) |
          (map[even & 0xff] as number);
        sx += stepX;
        sy += stepY;
      }
      [sx, sy] = [endX, endY];
    }
  }
  return new Uint8ClampedArray(out.buffer);
}

let same: Uint8Array | undefined;
function identity(): Uint8Array {
  same ??= Uint8Array.from({ length: 256 }, (_, i) => i);
  return same;
}

/** Shares of the pixels that become black and white: ink is darker than 1 %, most of a page is paper. */
const BLACK = 0.01;
const WHITE = 0.7;
/** Steps of brightness: a table that stretches less than this out of nothing would only show noise. */
const LEAST_RANGE = 64;

/** Stretches what lies between ink and paper; null where there is nothing to gain. */
export function clearer({ data, width, height }: Pixels): Uint8Array | null {
  const histogram = new Uint32Array(256);
  const step = Math.max(1, Math.floor((width * height) / 20_000));
  let total = 0;
  for (let i = 0; i < width * height; i += step) {
    const at = i * 4;
    const light = ((data[at] as number) * 77 + (data[at + 1] as number) * 150 + (data[at + 2] as number) * 29) >> 8;
    histogram[light] = (histogram[light] as number) + 1;
    total++;
  }
  const part = (share: number) => {
    let sum = 0;
    for (let i = 0; i < 256; i++) {
      sum += histogram[i] as number;
      if (sum >= share * total) return i;
    }
    return 255;
  };
  const [low, high] = [part(BLACK), part(WHITE)];
  if (high - low < LEAST_RANGE || (low < 8 && high > 247)) return null;
  return Uint8Array.from({ length: 256 }, (_, i) =>
    Math.max(0, Math.min(255, Math.round(((i - low) * 250) / (high - low)))),
  );
}
