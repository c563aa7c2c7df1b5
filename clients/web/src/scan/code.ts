/** A QR code that a cheap phone reads from another phone's screen. Parameters: benchmarks/qr_robustness.py. */
import { type ErrorCorrection, encodeQR } from 'qr';

/** Modules on a side (version 6): what a code of ours may have at most, so that a module stays large on a small screen. */
export const MAX_MODULES = 41;
/** Light modules around the code (ISO/IEC 18004, 9.1). */
export const QUIET = 4;
/** The strongest comes first. `high` is left out: for our texts it always needs a larger code. */
const LEVELS: readonly ErrorCorrection[] = ['quartile', 'medium', 'low'];

/**
 * Rows of modules, dark is true, without the quiet zone. Of the smallest code that holds the text, the strongest error
 * correction: on a screen of a given width larger modules help more than more redundancy. RangeError above MAX_MODULES.
 */
export function modules(text: string): boolean[][] {
  const found = LEVELS.map((ecc) => rows(text, ecc));
  const least = Math.min(...found.map((one) => one.length));
  if (least > MAX_MODULES) throw new RangeError('too long for a code');
  return found.find((one) => one.length === least) as boolean[][];
}

export function rows(text: string, ecc: ErrorCorrection): boolean[][] {
  // The encoder insists on a border; ours is drawn by the page.
  return encodeQR(text, 'raw', { ecc, border: 1 })
    .slice(1, -1)
    .map((row) => row.slice(1, -1));
}

/** One path for all dark modules, in units of a module: a rectangle for each run of a row. */
export function outline(code: readonly (readonly boolean[])[]): string {
  let path = '';
  code.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      const start = x;
      while (row[x]) x++;
      if (x > start) path += `M${start + QUIET} ${y + QUIET}h${x - start}v1h${start - x}z`;
    }
  });
  return path;
}
