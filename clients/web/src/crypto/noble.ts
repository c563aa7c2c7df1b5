/** Fallback for browsers without Ed25519 / X25519 in WebCrypto. Loaded only there. */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { KDF_HKDF_SHA256, type KEM, type KeyPair, LabeledExpand, LabeledExtract } from 'hpke';
import { ascii, type Bytes, concat } from '../formats/encoding.ts';
import { RawKey, rawKeys } from './raw_key.ts';

export function ed25519Public(seed: Bytes): Bytes {
  return ed25519.getPublicKey(seed) as Bytes;
}

export function x25519Public(seed: Bytes): Bytes {
  return x25519.getPublicKey(seed) as Bytes;
}

export function x25519Shared(seed: Bytes, publicKey: Bytes): Bytes {
  return x25519.getSharedSecret(seed, publicKey) as Bytes;
}

export function ed25519Sign(seed: Bytes, message: Bytes): Bytes {
  return ed25519.sign(message, seed) as Bytes;
}

export function ed25519Verify(publicKey: Bytes, signature: Bytes, message: Bytes): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

const NAME = 'X25519';

const SUITE = concat(ascii('KEM'), Uint8Array.of(0x00, 0x20));

async function shared(dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  const kdf = KDF_HKDF_SHA256();
  const prk = await LabeledExtract(kdf, SUITE, new Uint8Array(), ascii('eae_prk'), dh);
  return LabeledExpand(kdf, SUITE, prk, ascii('shared_secret'), concat(enc, publicKey), 32);
}

function pair(seed: Uint8Array): KeyPair<RawKey> {
  return {
    privateKey: new RawKey(NAME, 'private', seed),
    publicKey: new RawKey(NAME, 'public', x25519.getPublicKey(seed)),
  };
}

/** DHKEM(X25519, HKDF-SHA256), RFC 9180 §4.1; noble refuses an all-zero shared secret. */
export function KEM_SCRIPTED_X25519(): KEM<RawKey> {
  return {
    id: 0x0020,
    type: 'KEM',
    name: 'DHKEM(X25519, HKDF-SHA256)',
    Nsecret: 32,
    Nenc: 32,
    Npk: 32,
    Nsk: 32,
    async DeriveKeyPair(ikm) {
      const kdf = KDF_HKDF_SHA256();
      const prk = await LabeledExtract(kdf, SUITE, new Uint8Array(), ascii('dkp_prk'), ikm);
      return pair(await LabeledExpand(kdf, SUITE, prk, ascii('sk'), new Uint8Array(), 32));
    },
    async GenerateKeyPair() {
      return pair(crypto.getRandomValues(new Uint8Array(32)));
    },
    ...rawKeys(NAME),
    async Encap(recipient) {
      const own = await this.GenerateKeyPair(false);
      const dh = x25519.getSharedSecret(own.privateKey.raw, recipient.raw);
      return { shared_secret: await shared(dh, own.publicKey.raw, recipient.raw), enc: own.publicKey.raw };
    },
    async Decap(enc, own, publicKey) {
      const dh = x25519.getSharedSecret(own.raw, enc);
      return shared(dh, enc, publicKey?.raw ?? x25519.getPublicKey(own.raw));
    },
  };
}
