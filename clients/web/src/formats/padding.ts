/** Padding (conventions.md, "Padding"). Plain arithmetic: sizes pass 2^31. */
import type { Bytes } from './encoding.ts';
import { refuse } from './errors.ts';

export const LEAST_PADDED = 256;

/** Padmé (Nikitin et al., PETS 2019): at most 12 % more, O(log log L) bits leaked. */
export function padme(length: number): number {
  let e = 0;
  while (2 ** (e + 1) <= length) e++;
  let s = 0;
  while (2 ** s <= e) s++;
  const step = 2 ** Math.max(0, e - s);
  return Math.ceil(length / step) * step;
}

export function pad(message: Uint8Array, length: number): Bytes {
  if (length < message.length + 1) refuse('too-large');
  const out = new Uint8Array(length);
  out.set(message);
  out[message.length] = 0x80;
  return out;
}

export function padded(message: Uint8Array): Bytes {
  return pad(message, padme(Math.max(LEAST_PADDED, message.length + 1)));
}

export function unpad(data: Uint8Array): Bytes {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end--;
  if (end === 0 || data[end - 1] !== 0x80) refuse('malformed', 'padding');
  return data.slice(0, end - 1) as Bytes;
}
