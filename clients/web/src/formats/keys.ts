/** Public keys that are refused (conventions.md, "Signed object"): not canonical, or of small order. */
import type { Bytes } from './encoding.ts';
import { unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import type { Check } from './shape.ts';

/** y of the points of order 1, 2, 4 and 8, little-endian, without the sign bit. */
const SMALL_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];
/** u of the points of small order. */
const SMALL_U = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
];
/** 2^255−19 … 2^255−1 */
const NOT_REDUCED = /^(e[d-f]|f[0-9a-f])(ff){30}7f$/;

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function checked(key: Bytes, small: readonly string[], signBit: boolean): Bytes {
  if (key.length !== 32) refuse('malformed', 'public key');
  const coordinate = key.slice();
  if (signBit) coordinate[31] = (coordinate[31] as number) & 0x7f;
  const text = hex(coordinate);
  if (((coordinate[31] as number) & 0x80) !== 0 || NOT_REDUCED.test(text) || small.includes(text)) {
    refuse('malformed', 'public key');
  }
  return key;
}

export function ed25519Key(key: Bytes): Bytes {
  return checked(key, SMALL_Y, true);
}

export function x25519Key(key: Bytes): Bytes {
  return checked(key, SMALL_U, false);
}

function inJson(check: (key: Bytes) => Bytes): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return refuse('malformed', 'public key');
    check(unb64u(value, 32));
    return value;
  };
}

export const edText = inJson(ed25519Key);
export const xText = inJson(x25519Key);
