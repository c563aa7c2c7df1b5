/** Reads an operation's parameters: binary as b64u, the rest as it is. */
import { type Bytes, b64u, unb64u } from '../../src/formats/encoding.ts';
import type { SealPrivate, Suite } from '../../src/formats/seal_keys.ts';
import type { Json, JsonObject } from '../../src/formats/strict_json.ts';

export const has = (input: JsonObject, name: string): boolean => Object.hasOwn(input, name);

export function text(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new TypeError(`vector: ${name} is no text`);
  return value;
}

export function number(input: JsonObject, name: string): number {
  const value = input[name];
  if (typeof value !== 'number') throw new TypeError(`vector: ${name} is no number`);
  return value;
}

export const bytes = (input: JsonObject, name: string): Bytes => unb64u(text(input, name));
export const iv = (input: JsonObject): Bytes | undefined => (has(input, 'iv') ? bytes(input, 'iv') : undefined);
export const object = (input: JsonObject, name: string): JsonObject => input[name] as JsonObject;
export const list = (input: JsonObject, name: string): Json[] => input[name] as Json[];
export const out = (bytes: Uint8Array): string => b64u(bytes);
/** Through JSON, as a caller would see it. */
export const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** A private key to open boxes with, of the `suite` beside it, or else of suite 1. */
export const sealPrivate = (input: JsonObject, name = 'private'): SealPrivate => ({
  suite: (has(input, 'suite') ? number(input, 'suite') : 1) as Suite,
  seed: bytes(input, name),
});
