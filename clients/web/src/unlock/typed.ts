/** What people type, read with the mistake named. */
import { HolderError } from '../errors.ts';
import { type Bytes, readDigits } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { parseCode, parseHandle } from '../formats/wallet.ts';

/** HolderError `bad-handle`. */
export function handleOf(typed: string): string {
  try {
    return parseHandle(typed);
  } catch (error) {
    throw new HolderError('bad-handle', {}, error);
  }
}

/** HolderError `bad-digits` {count}. */
export function digitsOf(typed: string, count: number): string {
  let digits = '';
  try {
    digits = readDigits(typed);
  } catch (error) {
    throw new HolderError('bad-digits', { count }, error);
  }
  if (digits.length !== count) throw new HolderError('bad-digits', { count });
  return digits;
}

/** HolderError `bad-block` {block}, `bad-code` {blocks}. */
export function codeOf(typed: string, blocks: number): Bytes {
  try {
    return parseCode(typed, blocks);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'bad-block')
      throw new HolderError('bad-block', { block: error.at }, error);
    throw new HolderError('bad-code', { blocks }, error);
  }
}

/** Random digits without bias. */
export function newDigits(count: number): string {
  let out = '';
  while (out.length < count) {
    for (const byte of crypto.getRandomValues(new Uint8Array(count))) {
      if (byte < 250 && out.length < count) out += String(byte % 10); // 250 is the largest multiple of 10 in a byte
    }
  }
  return out;
}
