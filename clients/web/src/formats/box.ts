/** Sealed to a public key: HPKE base mode (conventions.md, "Sealed to a public key"). Not loaded by the link page. */
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { labelled } from './derive.ts';
import { type Bytes, b64u, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { x25519Key } from './keys.ts';

export async function sealBox(
  kind: string,
  publicKey: Bytes,
  context: Uint8Array,
  plaintext: Uint8Array,
): Promise<string> {
  return b64u(await hpkeSeal(x25519Key(publicKey), labelled(kind, context), plaintext));
}

export async function openBox(kind: string, privateKey: Bytes, context: Uint8Array, box: string): Promise<Bytes> {
  const sealed = unb64u(box);
  if (sealed.length < 32 + 16) refuse('malformed', kind);
  return (await hpkeOpen(privateKey, labelled(kind, context), sealed)) ?? refuse('undecryptable', kind);
}
