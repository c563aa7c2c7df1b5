/** Sealed to a public key: HPKE base mode (conventions.md, "Sealed to a public key"). Not loaded by the link page. */
import { ENC, hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { labelled } from './derive.ts';
import { type Bytes, b64u, unb64u } from './encoding.ts';
import { Refusal, refuse } from './errors.ts';
import { x25519Key } from './keys.ts';
import { type SealPrivate, sealKey, suiteOf } from './seal_keys.ts';

const TAG = 16;

/** In the suite of the key. */
export async function sealBox(
  kind: string,
  publicKey: Bytes,
  context: Uint8Array,
  plaintext: Uint8Array,
): Promise<string> {
  const suite = suiteOf(publicKey);
  return b64u(await hpkeSeal(suite, sealKey(publicKey), labelled(kind, context, suite), plaintext));
}

/** `own`: a key of suite 1 as its bytes, or a key of either suite. */
export async function openBox(
  kind: string,
  own: Bytes | SealPrivate,
  context: Uint8Array,
  box: string,
): Promise<Bytes> {
  const { suite, seed } = own instanceof Uint8Array ? { suite: 1 as const, seed: own } : own;
  const sealed = unb64u(box);
  if (sealed.length < ENC[suite] + TAG) refuse('malformed', kind);
  if (suite === 2) checkPoint(sealed.slice(ENC[2] - 32, ENC[2]), kind);
  return (await hpkeOpen(suite, seed, labelled(kind, context, suite), sealed)) ?? refuse('undecryptable', kind);
}

/** Implementations differ about a point that makes the X25519 part zero: it is refused before. */
function checkPoint(point: Bytes, kind: string): void {
  try {
    x25519Key(point);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse('undecryptable', kind);
  }
}
