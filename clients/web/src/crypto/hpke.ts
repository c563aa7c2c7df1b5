/**
 * HPKE base mode, single shot, HKDF-SHA256 / AES-256-GCM, over DHKEM(X25519, HKDF-SHA256) in suite 1 and MLKEM768-X25519 in
 * suite 2.
 */
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  KEM_MLKEM768_X25519,
  type KEMFactory,
  type Key,
} from 'hpke';
import { type Bytes, concat } from '../formats/encoding.ts';
import { curve25519, scripted, scriptForced, x25519Public } from './primitives.ts';

/** Bytes of the encapsulated key. */
export const ENC = { 1: 32, 2: 1120 } as const;

function over(kem: unknown): CipherSuite<Key> {
  return new CipherSuite(kem as KEMFactory<Key>, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
}

let able: Promise<boolean> | undefined;

/** One exchange: a browser may have ML-KEM and lack the SHA-3 that joins it with X25519. */
async function probe(): Promise<boolean> {
  try {
    const kem = KEM_MLKEM768_X25519();
    const { privateKey, publicKey } = await kem.GenerateKeyPair(true);
    const { enc } = await kem.Encap(publicKey);
    await kem.Decap(enc, privateKey, publicKey);
    return true;
  } catch {
    return false;
  }
}

async function native(): Promise<boolean> {
  if (scriptForced()) return false;
  able ??= probe();
  return able;
}

async function hybridSuite(): Promise<CipherSuite<Key>> {
  return over((await native()) ? KEM_MLKEM768_X25519 : (await import('./hybrid.ts')).KEM_SCRIPTED_HYBRID);
}

async function suiteFor(suite: 1 | 2): Promise<CipherSuite<Key>> {
  if (suite === 2) return hybridSuite();
  return over((await curve25519()) === 'web' ? KEM_DHKEM_X25519_HKDF_SHA256 : (await scripted()).KEM_SCRIPTED_X25519);
}

export async function hpkeSeal(suite: 1 | 2, publicKey: Bytes, info: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  const hpke = await suiteFor(suite);
  const sealed = await hpke.Seal(await hpke.DeserializePublicKey(publicKey), plaintext, { info });
  return concat(sealed.encapsulatedSecret, sealed.ciphertext);
}

/** null: it was not sealed to this key with this info. */
export async function hpkeOpen(suite: 1 | 2, privateKey: Bytes, info: Bytes, sealed: Bytes): Promise<Bytes | null> {
  const hpke = await suiteFor(suite);
  const own = await hpke.DeserializePrivateKey(privateKey, false);
  // Firefox and WebKit need the whole pair.
  const key =
    suite === 2 ? own : { privateKey: own, publicKey: await hpke.DeserializePublicKey(await x25519Public(privateKey)) };
  try {
    return (await hpke.Open(key, sealed.slice(0, ENC[suite]), sealed.slice(ENC[suite]), { info })) as Bytes;
  } catch {
    return null;
  }
}
