/**
 * Keys that boxes are sealed to (conventions.md, "Sealed to a public key"): X25519 in suite 1, MLKEM768-X25519 in suite 2.
 * A box has no suite of its own: it has that of its key, and a raw public key tells its suite by its length.
 */
import { sha256, x25519Public } from '../crypto/primitives.ts';
import { ascii, type Bytes, b64u, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { thumbprint } from './jws.ts';
import { x25519Key } from './keys.ts';
import { closed, just, text } from './shape.ts';

export type Suite = 1 | 2;
/** What this program can seal to and open. */
export const SUITES: readonly number[] = [1, 2];
/** 32 bytes in either suite. */
export type SealPrivate = { readonly suite: Suite; readonly seed: Bytes };

/** An ML-KEM-768 encapsulation key: 768 numbers of 12 bits, and a seed of 32 bytes. */
const MLKEM_BYTES = 1184;
const HYBRID_BYTES = MLKEM_BYTES + 32;
const HYBRID = 'MLKEM768-X25519';
/** FIPS 203 §2.4 */
const Q = 3329;

export function suiteOf(publicKey: Uint8Array): Suite {
  if (publicKey.length === 32) return 1;
  return publicKey.length === HYBRID_BYTES ? 2 : refuse('malformed', 'seal key');
}

/** A key that may be sealed to: each number below q (FIPS 203 §7.2), the X25519 part as every X25519 key. */
export function sealKey(publicKey: Bytes): Bytes {
  if (suiteOf(publicKey) === 1) return x25519Key(publicKey);
  for (let at = 0; at < MLKEM_BYTES - 32; at += 3) {
    const [a, b, c] = publicKey.subarray(at, at + 3) as unknown as [number, number, number];
    if ((a | ((b & 15) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) refuse('malformed', 'ML-KEM key');
  }
  x25519Key(publicKey.slice(MLKEM_BYTES));
  return publicKey;
}

/** WebCrypto does not tell the public half of a seed in suite 2. */
export async function sealPublic({ suite, seed }: SealPrivate): Promise<Bytes> {
  return suite === 1 ? x25519Public(seed) : (await import('../crypto/hybrid.ts')).hybridPublic(seed);
}

/** RFC 7638; the members of `AKP` that count are alg, kty, pub. */
export function sealThumbprint(publicKey: Bytes): Promise<Bytes> {
  if (suiteOf(publicKey) === 1) return thumbprint(publicKey, 'X25519');
  return sha256(ascii(`{"alg":"${HYBRID}","kty":"AKP","pub":"${b64u(publicKey)}"}`));
}

/** A seal key as text, of either suite. */
export function sealKeyText(value: Parameters<typeof text>[0]): string {
  sealKey(unb64u(text(value)));
  return value as string;
}

export const hybridJwk = closed({
  kty: just('AKP'),
  alg: just(HYBRID),
  pub: (value) => {
    if (suiteOf(unb64u(text(value))) !== 2) refuse('malformed', 'hybrid key');
    return sealKeyText(value);
  },
});
