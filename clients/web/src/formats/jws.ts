/** The signed object: JWS compact, EdDSA (conventions.md, "Signed object"). */
import { ed25519Public, ed25519Sign, ed25519Verify, sha256 } from '../crypto/primitives.ts';
import { label } from './derive.ts';
import { ascii, type Bytes, b64u, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { headerFailure, MAX_HEADER } from './jwe.ts';
import { ed25519Key } from './keys.ts';
import { bytes, hash, open } from './shape.ts';
import type { Json, JsonObject } from './strict_json.ts';
import { jsonBytes, parseJson, parseObject, writeJson } from './strict_json.ts';

/** RFC 7638: the required members in lexicographic order. */
export function thumbprint(publicKey: Uint8Array, curve: 'Ed25519' | 'X25519' = 'Ed25519'): Promise<Bytes> {
  return sha256(ascii(`{"crv":"${curve}","kty":"OKP","x":"${b64u(publicKey)}"}`));
}

export function okpJwk(publicKey: Uint8Array, curve: 'Ed25519' | 'X25519' = 'Ed25519') {
  return { kty: 'OKP', crv: curve, x: b64u(publicKey) } as const;
}

function kidHeader(kind: string, kid: string): string {
  return b64u(ascii(writeJson({ alg: 'EdDSA', typ: label(kind), kid })));
}

function jwkHeader(kind: string, publicKey: Uint8Array): string {
  return b64u(ascii(writeJson({ alg: 'EdDSA', typ: label(kind), jwk: okpJwk(publicKey) })));
}

export async function signJwsBytes(kind: string, by: 'kid' | 'jwk', seed: Bytes, payload: Uint8Array): Promise<string> {
  const publicKey = await ed25519Public(seed);
  const header = by === 'jwk' ? jwkHeader(kind, publicKey) : kidHeader(kind, b64u(await thumbprint(publicKey)));
  const signed = `${header}.${b64u(payload)}`;
  return `${signed}.${b64u(await ed25519Sign(seed, ascii(signed)))}`;
}

export function signJws(kind: string, by: 'kid' | 'jwk', seed: Bytes, payload: Json): Promise<string> {
  return signJwsBytes(kind, by, seed, jsonBytes(payload));
}

function split(token: string): { header: string; payload: string; signature: Bytes } {
  const parts = token.split('.');
  if (parts.length !== 3) refuse('malformed', 'not three segments');
  const [header, payload, signature] = parts as [string, string, string];
  unb64u(header);
  unb64u(payload);
  return { header, payload, signature: unb64u(signature, 64) };
}

async function verified(token: string, publicKey: Bytes, expected: string): Promise<Bytes> {
  const { header, payload, signature } = split(token);
  if (header !== expected) headerFailure(header);
  if (!(await ed25519Verify(publicKey, signature, ascii(`${header}.${payload}`)))) refuse('bad-signature');
  return unb64u(payload);
}

/** The signer is known: its thumbprint MUST stand in the header. */
export async function verifyKidBytes(token: string, kind: string, publicKey: Bytes): Promise<Bytes> {
  return verified(token, publicKey, kidHeader(kind, b64u(await thumbprint(ed25519Key(publicKey)))));
}

export async function verifyKid(token: string, kind: string, publicKey: Bytes, limit: number): Promise<JsonObject> {
  return parseObject(await verifyKidBytes(token, kind, publicKey), limit);
}

const jwkShape = open({ jwk: open({ x: bytes(32) }) });
const kidShape = open({ kid: hash });

/** The token brings its key. Whether that key is the right one is the caller's question. */
export async function verifyJwkBytes(token: string, kind: string): Promise<{ payload: Bytes; key: Bytes }> {
  const { header } = split(token);
  const members = parseJson(unb64u(header), MAX_HEADER);
  let x: string;
  try {
    x = jwkShape(members).jwk.x;
  } catch {
    return headerFailure(header);
  }
  const key = unb64u(x, 32);
  if (header !== jwkHeader(kind, key)) headerFailure(header);
  return { payload: await verified(token, ed25519Key(key), header), key };
}

export async function verifyJwk(
  token: string,
  kind: string,
  limit: number,
): Promise<{ payload: JsonObject; key: Bytes }> {
  const { payload, key } = await verifyJwkBytes(token, kind);
  return { payload: parseObject(payload, limit), key };
}

/** The key's name in a header that is not verified yet: it only selects a key. */
export function kidOf(token: string): string {
  try {
    return kidShape(parseJson(unb64u(token.split('.')[0] ?? ''), MAX_HEADER)).kid;
  } catch {
    return refuse('malformed', 'kid');
  }
}
