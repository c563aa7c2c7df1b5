/**
 * The algorithms of suite 1 over WebCrypto. Ed25519 and X25519 are young there: where the browser lacks them, the
 * audited pure-JavaScript implementation is fetched, once.
 */
import type { Bytes } from '../formats/encoding.ts';

const subtle = crypto.subtle;

export async function sha256(data: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-256', data as Bytes));
}

/** Input that may be a key of this browser which cannot leave it. */
export type KeyInput = Uint8Array | CryptoKey;

export async function hkdf(ikm: KeyInput, info: Uint8Array, length: number): Promise<Bytes> {
  const key =
    ikm instanceof Uint8Array ? await subtle.importKey('raw', ikm as Bytes, 'HKDF', false, ['deriveBits']) : ikm;
  const salt = new Uint8Array(32);
  const bits = await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: info as Bytes }, key, length * 8);
  return new Uint8Array(bits);
}

export async function aesSeal(key: Bytes, iv: Bytes, aad: Bytes, plaintext: Uint8Array): Promise<Bytes> {
  const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const params = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
  return new Uint8Array(await subtle.encrypt(params, imported, plaintext as Bytes));
}

/** null: the tag does not verify. */
export async function aesOpen(key: Bytes, iv: Bytes, aad: Bytes, sealed: Uint8Array): Promise<Bytes | null> {
  const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  const params = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 };
  try {
    return new Uint8Array(await subtle.decrypt(params, imported, sealed as Bytes));
  } catch {
    return null;
  }
}

// -- Ed25519 ---------------------------------------------------------------------------------------------------------

type Provider = 'web' | 'script';
let provider: Promise<Provider> | undefined;
let forced: Provider | undefined;

/** Only for tests: makes both ways run on one machine. */
export function forceProvider(wanted: Provider | undefined): void {
  forced = wanted;
}

async function probe(): Promise<Provider> {
  try {
    await subtle.importKey('pkcs8', pkcs8(ED25519, new Uint8Array(32)), 'Ed25519', false, ['sign']);
    await subtle.importKey('pkcs8', pkcs8(X25519, new Uint8Array(32)), 'X25519', false, ['deriveBits']);
    return 'web';
  } catch {
    return 'script';
  }
}

export function curve25519(): Promise<Provider> {
  if (forced !== undefined) return Promise.resolve(forced);
  provider ??= probe();
  return provider;
}

/** Only in tests. */
export const scriptForced = () => forced === 'script';

export function scripted() {
  return import('./noble.ts');
}

const ED25519 = 0x70;
const X25519 = 0x6e;

function pkcs8(algorithm: number, seed: Uint8Array): Bytes {
  return new Uint8Array([
    ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, algorithm, 0x04, 0x22, 0x04, 0x20],
    ...seed,
  ]);
}

async function publicHalf(name: 'Ed25519' | 'X25519', seed: Bytes): Promise<Bytes> {
  const key = await subtle.importKey('pkcs8', pkcs8(name === 'Ed25519' ? ED25519 : X25519, seed), name, true, [
    name === 'Ed25519' ? 'sign' : 'deriveBits',
  ] as KeyUsage[]);
  const { x } = await subtle.exportKey('jwk', key);
  return Uint8Array.from(atob((x as string).replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

export async function ed25519Public(seed: Bytes): Promise<Bytes> {
  if ((await curve25519()) === 'script') return (await scripted()).ed25519Public(seed);
  return publicHalf('Ed25519', seed);
}

export async function x25519Public(seed: Bytes): Promise<Bytes> {
  if ((await curve25519()) === 'script') return (await scripted()).x25519Public(seed);
  return publicHalf('X25519', seed);
}

/** The bare agreement; fails for a point of small order. */
export async function x25519Shared(seed: Bytes, publicKey: Bytes): Promise<Bytes> {
  if ((await curve25519()) === 'script') return (await scripted()).x25519Shared(seed, publicKey);
  const own = await subtle.importKey('pkcs8', pkcs8(X25519, seed), 'X25519', false, ['deriveBits']);
  const theirs = await subtle.importKey('raw', publicKey, 'X25519', false, []);
  return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: theirs }, own, 256));
}

export async function ed25519Sign(seed: Bytes, message: Bytes): Promise<Bytes> {
  if ((await curve25519()) === 'script') return (await scripted()).ed25519Sign(seed, message);
  const key = await subtle.importKey('pkcs8', pkcs8(ED25519, seed), 'Ed25519', false, ['sign']);
  return new Uint8Array(await subtle.sign('Ed25519', key, message));
}

/** The order of the group, RFC 8032 §5.1, little-endian as S is. */
const ORDER = Uint8Array.from(
  'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010'.match(/../g) ?? [],
  (two) => Number.parseInt(two, 16),
);

/** S below the order (RFC 8032 §5.1.7): else one signature has two forms. WebKitGTK 2.50 takes both. */
function canonical(signature: Bytes): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (signature[32 + i] as number) - (ORDER[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The caller has refused weak keys (formats/keys.ts): implementations differ about them. */
export async function ed25519Verify(publicKey: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  if (signature.length !== 64 || !canonical(signature)) return false;
  if ((await curve25519()) === 'script') return (await scripted()).ed25519Verify(publicKey, signature, message);
  try {
    const key = await subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
    return await subtle.verify('Ed25519', key, signature, message);
  } catch {
    return false;
  }
}
