/** The sheet's QR code where a camera looks for it: whatever is not one is passed over (wallet.md). */
import { Refusal } from '../../formats/errors.ts';
import { readSheet as read, type SheetCode } from '../../formats/sheet.ts';

/** null for any other code: a mistake of the camera is caught by the blocks' own check. */
export function readSheet(text: string): SheetCode | null {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** A full block that cannot stand on any sheet (wallet.md, "Recovery code, stop code, sheet PIN"). */
export function possibleBlock(block: string): boolean {
  const value = Number(block);
  return value % 11 === 0 && value <= 720885;
}
