/**
 * MLKEM768-X25519 in script, for browsers without ML-KEM (or SHA-3) in WebCrypto. Loaded only there, and only where a box
 * of suite 2 is made or opened.
 */
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { KEM, KeyPair } from 'hpke';
import { type Bytes, concat } from '../formats/encoding.ts';
import { x25519Public, x25519Shared } from './primitives.ts';
import { RawKey, rawKeys } from './raw_key.ts';

const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);
const CIPHERTEXT = 1088;
const MLKEM_PUBLIC = 1184;
const MLKEM_SEED = 64;

const NAME = 'MLKEM768-X25519';

function expand(seed: Uint8Array) {
  const both = shake256(seed, { dkLen: MLKEM_SEED + 32 }) as Bytes;
  return { mlkem: ml_kem768.keygen(both.slice(0, MLKEM_SEED)), x25519: both.slice(MLKEM_SEED) };
}

export async function hybridPublic(seed: Uint8Array): Promise<Bytes> {
  const { mlkem, x25519 } = expand(seed);
  return concat(mlkem.publicKey, await x25519Public(x25519));
}

function combine(...parts: Uint8Array[]): Uint8Array {
  return sha3_256(concat(...parts, LABEL));
}

async function pair(seed: Uint8Array): Promise<KeyPair<RawKey>> {
  return {
    privateKey: new RawKey(NAME, 'private', seed),
    publicKey: new RawKey(NAME, 'public', await hybridPublic(seed)),
  };
}

export function KEM_SCRIPTED_HYBRID(): KEM<RawKey> {
  return {
    id: 0x647a,
    type: 'KEM',
    name: NAME,
    Nsecret: 32,
    Nenc: CIPHERTEXT + 32,
    Npk: MLKEM_PUBLIC + 32,
    Nsk: 32,
    async DeriveKeyPair() {
      throw new Error('not used: keys are seeds');
    },
    async GenerateKeyPair() {
      return pair(crypto.getRandomValues(new Uint8Array(32)));
    },
    ...rawKeys(NAME),
    async Encap(recipient) {
      const point = recipient.raw.slice(MLKEM_PUBLIC);
      const own = crypto.getRandomValues(new Uint8Array(32));
      const ephemeral = await x25519Public(own);
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(recipient.raw.slice(0, MLKEM_PUBLIC));
      const dh = await x25519Shared(own, point);
      return { shared_secret: combine(sharedSecret, dh, ephemeral, point), enc: concat(cipherText, ephemeral) };
    },
    async Decap(enc, own) {
      const { mlkem, x25519 } = expand(own.raw);
      const ephemeral = enc.slice(CIPHERTEXT) as Bytes;
      const shared = ml_kem768.decapsulate(enc.slice(0, CIPHERTEXT), mlkem.secretKey);
      const dh = await x25519Shared(x25519, ephemeral);
      return combine(shared, dh, ephemeral, await x25519Public(x25519));
    },
  };
}
