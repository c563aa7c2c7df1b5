/** Labels, hashes and derived keys (conventions.md, "Labels, hashing, derivation"). Suite 2 names only what is sealed to such a key. */
import { hkdf, type KeyInput, sha256 } from '../crypto/primitives.ts';
import { ascii, type Bytes, b64u, concat, EMPTY, utf8 } from './encoding.ts';

const ZERO = new Uint8Array(1);

export function label(kind: string, suite = 1): string {
  return `mappe/${suite}/${kind}`;
}

export function labelled(kind: string, data: Uint8Array = EMPTY, suite = 1): Bytes {
  return concat(ascii(label(kind, suite)), ZERO, data);
}

export function H(kind: string, data: Uint8Array, suite = 1): Promise<Bytes> {
  return sha256(labelled(kind, data, suite));
}

export function derive(key: KeyInput, kind: string, context: Uint8Array, length: number): Promise<Bytes> {
  return hkdf(key, labelled(kind, context), length);
}

export async function digest(data: Uint8Array | string): Promise<string> {
  return b64u(await sha256(typeof data === 'string' ? utf8(data) : data));
}
