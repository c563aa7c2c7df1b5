/** HPKE base mode, DHKEM(X25519, HKDF-SHA256) / HKDF-SHA256 / AES-256-GCM, single shot. */
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  type KEMFactory,
  type Key,
} from 'hpke';
import { type Bytes, concat } from '../formats/encoding.ts';
import { curve25519, scripted, x25519Public } from './primitives.ts';

async function suite(): Promise<CipherSuite<Key>> {
  const kem = (await curve25519()) === 'web' ? KEM_DHKEM_X25519_HKDF_SHA256 : (await scripted()).KEM_SCRIPTED_X25519;
  return new CipherSuite(kem as unknown as KEMFactory<Key>, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
}

export async function hpkeSeal(publicKey: Bytes, info: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  const hpke = await suite();
  const sealed = await hpke.Seal(await hpke.DeserializePublicKey(publicKey), plaintext, { info });
  return concat(sealed.encapsulatedSecret, sealed.ciphertext);
}

/** null: it was not sealed to this key with this info. */
export async function hpkeOpen(privateKey: Bytes, info: Bytes, sealed: Bytes): Promise<Bytes | null> {
  const hpke = await suite();
  // Firefox and WebKit need the whole pair.
  const pair = {
    privateKey: await hpke.DeserializePrivateKey(privateKey, false),
    publicKey: await hpke.DeserializePublicKey(await x25519Public(privateKey)),
  };
  try {
    return (await hpke.Open(pair, sealed.slice(0, 32), sealed.slice(32), { info })) as Bytes;
  } catch {
    return null;
  }
}
