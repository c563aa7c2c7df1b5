/** The signed object: JWS compact, EdDSA (conventions.md, "Signed object"). */
import { ed25519Public, ed25519Sign, ed25519Verify, sha256 } from '../crypto/primitives.ts';
import { label } from './derive.ts';
import { ascii, type Bytes, b64u, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { bytes, closed, just } from './shape.ts';
import type { Json, JsonObject } from './strict_json.ts';
import { jsonBytes, parseObject, writeJson } from './strict_json.ts';

const MAX_HEADER = 1024;

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

export async function signJws(kind: string, by: 'kid' | 'jwk', seed: Bytes, payload: Json): Promise<string> {
  const publicKey = await ed25519Public(seed);
  const header = by === 'jwk' ? jwkHeader(kind, publicKey) : kidHeader(kind, b64u(await thumbprint(publicKey)));
  const signed = `${header}.${b64u(jsonBytes(payload))}`;
  return `${signed}.${b64u(await ed25519Sign(seed, ascii(signed)))}`;
}

function split(token: string): { header: string; payload: string; signature: Bytes } {
  const parts = token.split('.');
  if (parts.length !== 3) refuse('malformed', 'not three segments');
  const [header, payload, signature] = parts as [string, string, string];
  unb64u(header);
  unb64u(payload);
  return { header, payload, signature: unb64u(signature, 64) };
}

async function verified(token: string, publicKey: Bytes, expected: string, limit: number): Promise<JsonObject> {
  const { header, payload, signature } = split(token);
  if (header !== expected) refuse('header-mismatch');
  if (!(await ed25519Verify(publicKey, signature, ascii(`${header}.${payload}`)))) refuse('bad-signature');
  return parseObject(unb64u(payload), limit);
}

/** The signer is known: its thumbprint MUST stand in the header. */
export async function verifyKid(token: string, kind: string, publicKey: Bytes, limit: number): Promise<JsonObject> {
  return verified(token, publicKey, kidHeader(kind, b64u(await thumbprint(publicKey))), limit);
}

const jwkShape = closed({
  alg: just('EdDSA'),
  typ: (value) => value,
  jwk: closed({ kty: just('OKP'), crv: just('Ed25519'), x: bytes(32) }),
});

/** The token brings its key. Whether that key is the right one is the caller's question. */
export async function verifyJwk(
  token: string,
  kind: string,
  limit: number,
): Promise<{ payload: JsonObject; key: Bytes }> {
  const { header } = split(token);
  let key: Bytes;
  try {
    key = unb64u(jwkShape(parseObject(unb64u(header), MAX_HEADER)).jwk.x, 32);
  } catch {
    return refuse('header-mismatch');
  }
  return { payload: await verified(token, key, jwkHeader(kind, key), limit), key };
}
