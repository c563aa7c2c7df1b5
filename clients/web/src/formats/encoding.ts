/** Bytes and text (conventions.md, "Values" and "Digits a person types"). */
import { refuse } from './errors.ts';

/** Bytes over an ordinary buffer: what WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const EMPTY: Bytes = new Uint8Array(0);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUE[ALPHABET.charCodeAt(i)] = i;

export function b64u(bytes: Uint8Array): string {
  const parts: string[] = [];
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] as number;
    const b = bytes[i + 1] ?? 0;
    const c = bytes[i + 2] ?? 0;
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | (b >> 4));
    if (i + 1 < bytes.length) text += ALPHABET.charAt(((b & 15) << 2) | (c >> 6));
    if (i + 2 < bytes.length) text += ALPHABET.charAt(c & 63);
    if (text.length > 8192) {
      parts.push(text);
      text = '';
    }
  }
  return parts.join('') + text;
}

/** Canonical only: no padding, no white space, unused trailing bits zero. */
export function unb64u(text: string, length?: number): Bytes {
  const rest = text.length % 4;
  if (rest === 1) refuse('malformed', 'not b64u');
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (VALUE[code] as number) : -1;
    if (value < 0) refuse('malformed', 'not b64u');
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 0xff;
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) refuse('malformed', 'not canonical b64u');
  if (length !== undefined && out.length !== length) refuse('malformed', `not ${length} bytes`);
  return out;
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return encoder.encode(text) as Bytes;
}

export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuse('malformed', 'not UTF-8');
  }
}

/** Text that MUST be ASCII (tokens, labels, digits). */
export function ascii(text: string): Bytes {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) refuse('malformed', 'not ASCII');
    out[i] = code;
  }
  return out;
}

export function fromAscii(bytes: Uint8Array): string {
  for (const byte of bytes) if (byte > 127) refuse('malformed', 'not ASCII');
  return decoder.decode(bytes);
}

export function u32(n: number): Bytes {
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) refuse('malformed', 'not a u32');
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, n);
  return out;
}

export function u64(n: number): Bytes {
  if (!Number.isSafeInteger(n) || n < 0) refuse('malformed', 'not a u64');
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function newId(): string {
  return b64u(random(16));
}

const DROPPED = new Set([0x20, 0xa0, 0x2d, 0x2e, 0x200e, 0x200f, 0x61c, 0x2066, 0x2067, 0x2068, 0x2069, 0x9, 0xa, 0xd]);
const ZEROS = [0x30, 0x660, 0x6f0, 0xff10];

/** ASCII digits out of what a person typed; anything else is refused. */
export function readDigits(typed: string): string {
  let out = '';
  for (const char of typed) {
    const code = char.codePointAt(0) as number;
    if (DROPPED.has(code)) continue;
    const zero = ZEROS.find((z) => code >= z && code <= z + 9);
    if (zero === undefined) return refuse('malformed', 'not a digit');
    out += String.fromCharCode(0x30 + code - zero);
  }
  return out;
}
