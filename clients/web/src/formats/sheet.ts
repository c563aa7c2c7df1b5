/** The QR code on a recovery sheet (wallet.md, "Recovery sheet as a QR code"): no address, no PIN, no passphrase. */
import { refuse } from './errors.ts';
import { HANDLE_ALPHABET, parseCode, RECOVERY_BLOCKS } from './wallet.ts';

export type SheetCode = {
  readonly handle: string;
  /** Eight blocks of six digits. */
  readonly code: readonly string[];
  /** Of the newest change when the sheet was made: a server that shows an older state is refused. */
  readonly number: number;
};

const FORM = new RegExp(`^MAPPE-SHEET:([${HANDLE_ALPHABET}]{10}):([0-9]{48}):([1-9][0-9]{0,8})$`);

export function writeSheet({ handle, code, number }: SheetCode): string {
  const text = `MAPPE-SHEET:${handle}:${code.join('')}:${number}`;
  return FORM.test(text) ? text : refuse('malformed', 'sheet');
}

/** Refusal `malformed`, `bad-block`. */
export function readSheet(text: string): SheetCode {
  const found = FORM.exec(text.trim()) ?? refuse('malformed', 'sheet');
  const [, handle = '', digits = '', number = ''] = found;
  parseCode(digits, RECOVERY_BLOCKS);
  return { handle, code: digits.match(/[0-9]{6}/g) as string[], number: Number(number) };
}
