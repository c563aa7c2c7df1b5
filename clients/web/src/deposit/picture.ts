/**
 * Takes out of a picture what its eyes do not see: place, device, time, thumbnail, comments. Works on the container, not
 * on the pixels: nothing is encoded anew, so nothing gets worse. What it cannot read it leaves as it is.
 */
import { type Bytes, concat } from '../formats/encoding.ts';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Needed to paint the picture, or its colours. */
const PNG_KEPT = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'bKGD', 'pHYs'];

/** null: not a picture that can be cleaned. */
export function withoutHiddenData(file: Bytes, media: string): Bytes | null {
  if (media === 'image/jpeg') return jpeg(file);
  if (media === 'image/png') return png(file);
  return null;
}

function png(file: Bytes): Bytes | null {
  if (!PNG.every((byte, i) => file[i] === byte)) return null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kept: Uint8Array[] = [file.subarray(0, 8)];
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > file.length) return null;
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (PNG_KEPT.includes(type)) kept.push(file.subarray(at, end));
    if (type === 'IEND') return concat(...kept);
    at = end;
  }
  return null;
}

/** The one thing in EXIF that changes what is seen: which way is up. */
function orientation(segment: Uint8Array): number | null {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const tiff = 10; // marker 2, length 2, "Exif\0\0" 6
  if (segment.length < tiff + 8 || view.getUint32(4) !== 0x45786966) return null;
  const little = view.getUint16(tiff) === 0x4949;
  const first = tiff + view.getUint32(tiff + 4, little);
  if (first + 2 > segment.length) return null;
  const count = view.getUint16(first, little);
  for (let i = 0; i < count; i++) {
    const entry = first + 2 + i * 12;
    if (entry + 12 > segment.length) return null;
    if (view.getUint16(entry, little) === 0x0112) {
      const value = view.getUint16(entry + 8, little);
      return value >= 2 && value <= 8 ? value : null;
    }
  }
  return null;
}

function exifWith(turned: number): Bytes {
  return Uint8Array.of(
    ...[0xff, 0xe1, 0x00, 0x22, 0x45, 0x78, 0x69, 0x66, 0x00, 0x00],
    ...[0x4d, 0x4d, 0x00, 0x2a, 0x00, 0x00, 0x00, 0x08],
    ...[0x00, 0x01, 0x01, 0x12, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01, 0x00, turned, 0x00, 0x00],
    ...[0x00, 0x00, 0x00, 0x00],
  );
}

function jpeg(file: Bytes): Bytes | null {
  if (file[0] !== 0xff || file[1] !== 0xd8) return null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kept: Uint8Array[] = [];
  let turned: number | null = null;
  let at = 2;
  while (at + 2 <= file.length) {
    if (file[at] !== 0xff) return null;
    const marker = file[at + 1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) {
      // What follows the end is dropped: some phones put a second picture there, with its own place and time.
      const head = turned === null ? [] : [exifWith(turned)];
      return concat(file.subarray(0, 2), ...head, ...kept, file.subarray(at, at + 2));
    }
    if (at + 4 > file.length) return null;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > file.length) return null;
    const segment = file.subarray(at, end);
    if (marker === 0xe1) turned ??= orientation(segment);
    if (paints(marker, segment)) kept.push(segment);
    at = end;
    if (marker === 0xda) {
      at = scanEnd(file, end);
      kept.push(file.subarray(end, at));
    }
  }
  return null;
}

/** Tables and frames, JFIF (e0), ICC colours (e2), Adobe's colour transform (ee). Not: other APPn, comments. */
function paints(marker: number, segment: Uint8Array): boolean {
  if (marker === 0xfe) return false;
  if (marker < 0xe0 || marker > 0xef || marker === 0xe0 || marker === 0xee) return true;
  return marker === 0xe2 && String.fromCharCode(...segment.subarray(4, 15)) === 'ICC_PROFILE';
}

/** The next marker after compressed data, in which 0xff stands only before 0x00 and restart marks. */
function scanEnd(file: Uint8Array, from: number): number {
  for (let i = from; i + 1 < file.length; i++) {
    const next = file[i + 1] as number;
    if (file[i] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return i;
  }
  return file.length;
}
