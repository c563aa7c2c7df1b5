/**
 * The QR code on the recovery sheet: account name, recovery code, number of the last change. It is no address: a camera
 * app that reads it opens nothing and sends nothing.
 */
import { parseCode, parseHandle, RECOVERY_BLOCKS } from '../../formats/wallet.ts';

export type SheetCode = {
  readonly handle: string;
  /** Eight blocks of six digits. */
  readonly code: readonly string[];
  /** Of the newest change when the sheet was made: a server that shows an older state is refused. */
  readonly number: number;
};

const FORM = /^MAPPE-SHEET:([0-9A-Z]{10}):(\d{48}):(\d{1,9})$/;

export function writeSheet({ handle, code, number }: SheetCode): string {
  return `MAPPE-SHEET:${handle}:${code.join('')}:${number}`;
}

/** null for any other code: a mistake of the camera is caught by the blocks' own check. */
export function readSheet(text: string): SheetCode | null {
  const found = FORM.exec(text.trim());
  if (found === null) return null;
  const [, handle = '', digits = '', number = ''] = found;
  try {
    parseCode(digits, RECOVERY_BLOCKS);
    return { handle: parseHandle(handle), code: digits.match(/\d{6}/g) as string[], number: Number(number) };
  } catch {
    return null;
  }
}

/** A full block that cannot stand on any sheet (wallet.md, "Recovery code, stop code, sheet PIN"). */
export function possibleBlock(block: string): boolean {
  const value = Number(block);
  return value % 11 === 0 && value <= 720885;
}
