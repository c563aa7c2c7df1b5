/** Argon2id, only with the two profiles of the suite (wallet.md). In a browser it runs in a worker. */
import type { Bytes } from '../formats/encoding.ts';
import { refuse } from '../formats/errors.ts';

export const PROFILES = {
  'argon2id-64-3-1': { memory: 65536, passes: 3, lanes: 1 },
  'argon2id-32-6-1': { memory: 32768, passes: 6, lanes: 1 },
} as const;

export type Profile = keyof typeof PROFILES;
export type Stretch = (secret: Uint8Array, salt: Uint8Array, profile: string) => Promise<Bytes>;

export function knownProfile(name: string): Profile {
  return Object.hasOwn(PROFILES, name) ? (name as Profile) : refuse('kdf-refused');
}

/** In this thread. */
export const stretchHere: Stretch = async (secret, salt, profile) => {
  const { memory, passes, lanes } = PROFILES[knownProfile(profile)];
  const { argon2id } = await import('hash-wasm');
  const raw = await argon2id({
    password: secret,
    salt,
    memorySize: memory,
    iterations: passes,
    parallelism: lanes,
    hashLength: 32,
    outputType: 'binary',
  });
  return new Uint8Array(raw);
};
