/** Proving possession: sign-in and DPoP (sign_in.md). */
import { ed25519Public, ed25519Sign, ed25519Verify, sha256 } from '../crypto/primitives.ts';
import { digest } from './derive.ts';
import { ascii, type Bytes, b64u, equal, newId, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { okpJwk, signJws, verifyJwk } from './jws.ts';
import { edText, xText } from './keys.ts';
import { hybridJwk } from './seal_keys.ts';
import { closed, either, hash, id, just, maybe, one, pattern, type Shaped, text, time } from './shape.ts';
import { type Json, jsonBytes, parseObject } from './strict_json.ts';

const MAX_PROOF = 4096;
export const WINDOW = 60;

const signInShape = closed({
  v: just(1),
  origin: text,
  handle: pattern(/^[0-9A-HJKMNP-TV-Z]{10}$/),
  method: text,
  action: one('sign-in', 'assist'),
  nonce: pattern(/^[A-Za-z0-9_-]{22,128}$/),
  jkt: hash,
  body: hash,
});
export type SignIn = Shaped<typeof signInShape>;

export function signSignIn(seed: Bytes, payload: SignIn): Promise<string> {
  const { v, origin, handle, method, action, nonce, jkt, body } = signInShape(payload);
  return signJws('sign-in', 'jwk', seed, { v, origin, handle, method, action, nonce, jkt, body });
}

export async function readSignIn(token: string): Promise<{ payload: SignIn; key: Bytes }> {
  const { payload, key } = await verifyJwk(token, 'sign-in', MAX_PROOF);
  return { payload: signInShape(payload), key };
}

/** The server's view: one answer for every failure. */
export async function checkSignIn(
  token: string,
  wanted: { enrolled: Bytes; origin: string; jkt: string; body: Uint8Array },
): Promise<SignIn> {
  try {
    const { payload, key } = await readSignIn(token);
    const fits =
      equal(key, wanted.enrolled) &&
      payload.origin === wanted.origin &&
      payload.jkt === wanted.jkt &&
      payload.body === (await digest(wanted.body));
    if (fits) return payload;
  } catch {
    // The same answer.
  }
  return refuse('sign-in-refused');
}

// -- DPoP (RFC 9449) -------------------------------------------------------------------------------------------------

const okp = closed({ kty: just('OKP'), crv: just('Ed25519'), x: edText });
const okpX = closed({ kty: just('OKP'), crv: just('X25519'), x: xText });
const ec = closed({ kty: just('EC'), crv: just('P-256'), x: hash, y: hash });
const dpopHeader = {
  ES256: closed({ typ: just('dpop+jwt'), alg: just('ES256'), jwk: ec }),
  EdDSA: closed({ typ: just('dpop+jwt'), alg: just('EdDSA'), jwk: okp }),
};
const dpopShape = closed({
  jti: id,
  htm: text,
  htu: text,
  iat: time,
  ath: maybe(hash),
  bh: maybe(hash),
});
export type Dpop = Shaped<typeof dpopShape>;

export type DpopKey = {
  readonly alg: 'ES256' | 'EdDSA';
  readonly jwk: Readonly<Record<string, string>>;
  sign(message: Bytes): Promise<Bytes>;
};

const MEMBERS = { EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'], AKP: ['alg', 'kty', 'pub'] };

/** RFC 7638 over exactly the required members, in lexicographic order. */
export function jwkThumbprint(jwk: Readonly<Record<string, string>>): Promise<Bytes> {
  const names = MEMBERS[jwk.kty as keyof typeof MEMBERS] ?? MEMBERS.OKP;
  return sha256(ascii(`{${names.map((name) => `"${name}":"${jwk[name]}"`).join(',')}}`));
}

/** A public key of any kind that Mappe names by thumbprint; exactly the members of its kind. */
export async function readJwk(value: Json): Promise<{ jwk: Readonly<Record<string, string>>; thumbprint: Bytes }> {
  const jwk = either<Record<string, string>, Record<string, string>>(either(okp, okpX), either(ec, hybridJwk))(value);
  if (jwk.kty === 'EC') await ecKey(jwk);
  return { jwk, thumbprint: await jwkThumbprint(jwk) };
}

export async function edDpopKey(seed: Bytes): Promise<DpopKey> {
  return {
    alg: 'EdDSA',
    jwk: okpJwk(await ed25519Public(seed)),
    sign: (message) => ed25519Sign(seed, message),
  };
}

/** The private half cannot leave this browser. */
export function generateDpopPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

export async function esDpopKey(pair: CryptoKeyPair): Promise<DpopKey> {
  const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return {
    alg: 'ES256',
    jwk: { kty: 'EC', crv: 'P-256', x: x as string, y: y as string },
    async sign(message) {
      return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message));
    },
  };
}

export type DpopCall = {
  readonly htm: string;
  /** Public origin and path; no query, no fragment. */
  readonly htu: string;
  readonly iat: number;
  readonly jti?: string;
  readonly accessToken?: string;
  /** The body's bytes exactly as sent. */
  readonly body?: Uint8Array;
};

export async function signDpop(key: DpopKey, call: DpopCall): Promise<string> {
  const payload: Dpop = { jti: call.jti ?? newId(), htm: call.htm, htu: call.htu, iat: call.iat };
  if (call.accessToken !== undefined) payload.ath = await digest(call.accessToken);
  if (call.body !== undefined) payload.bh = await digest(call.body);
  dpopShape({ ...payload });
  const header = { typ: 'dpop+jwt', alg: key.alg, jwk: { ...key.jwk } };
  const signed = `${b64u(jsonBytes(header))}.${b64u(jsonBytes({ ...payload }))}`;
  return `${signed}.${b64u(await key.sign(ascii(signed)))}`;
}

export type DpopWanted = {
  readonly htm: string;
  readonly htu: string;
  readonly now: number;
  readonly jkt?: string;
  readonly accessToken?: string;
  readonly body?: Uint8Array;
};

/** The signature and the shape only: for whoever finds a proof later, without the request (an agency's, in the log). */
export async function readDpop(token: string): Promise<{ payload: Dpop; jkt: string }> {
  if (token.length > MAX_PROOF) refuse('malformed', 'too long');
  const parts = token.split('.');
  if (parts.length !== 3) refuse('malformed', 'not three segments');
  const [head, body, mark] = parts as [string, string, string];
  const raw = parseObject(unb64u(head), MAX_PROOF);
  const alg = one('ES256', 'EdDSA')(raw.alg ?? null);
  const header = dpopHeader[alg](raw);
  const signature = unb64u(mark, 64);
  const signed = ascii(`${head}.${body}`);
  if (!(await verifies(alg, header.jwk, signature, signed))) refuse('bad-signature');
  const payload = dpopShape(parseObject(unb64u(body), MAX_PROOF));
  return { payload, jkt: b64u(await jwkThumbprint(header.jwk)) };
}

/** What a server does, for tests. `jti` is the caller's. */
export async function checkDpop(token: string, wanted: DpopWanted): Promise<{ payload: Dpop; jkt: string }> {
  const { payload, jkt } = await readDpop(token);
  const ath = wanted.accessToken === undefined ? undefined : await digest(wanted.accessToken);
  const bh = wanted.body === undefined ? undefined : await digest(wanted.body);
  const fits =
    payload.htm === wanted.htm &&
    payload.htu === wanted.htu &&
    payload.ath === ath &&
    payload.bh === bh &&
    (wanted.jkt === undefined || wanted.jkt === jkt);
  if (!fits) refuse('dpop-mismatch');
  if (Math.abs(wanted.now - payload.iat) > WINDOW) refuse('dpop-stale');
  return { payload, jkt };
}

/** P-256, FIPS 186-5 / SEC 2 §2.4.2: y² = x³ − 3x + b over the prime field. */
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function onCurve(jwk: Readonly<Record<string, string>>): boolean {
  const [x, y] = [jwk.x, jwk.y].map((part) =>
    unb64u(part as string, 32).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  ) as [bigint, bigint];
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

async function ecKey(jwk: Readonly<Record<string, string>>): Promise<CryptoKey> {
  // WebKitGTK 2.50 imports a point that is not on the curve; the others refuse it.
  if (!onCurve(jwk)) refuse('malformed', 'public key');
  try {
    return await crypto.subtle.importKey('jwk', { ...jwk }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  } catch {
    return refuse('malformed', 'public key');
  }
}

async function verifies(
  alg: string,
  jwk: Readonly<Record<string, string>>,
  signature: Bytes,
  message: Bytes,
): Promise<boolean> {
  if (alg === 'EdDSA') return ed25519Verify(unb64u(jwk.x as string, 32), signature, message);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, await ecKey(jwk), signature, message);
}

// -- agencies --------------------------------------------------------------------------------------------------------

const assertionHeader = closed({ alg: just('EdDSA'), typ: just('client-authentication+jwt'), kid: hash });
const assertionShape = closed({ iss: text, sub: text, aud: text, iat: time, exp: time, jti: id });
export type Assertion = Shaped<typeof assertionShape>;
export const ASSERTION_LIFE = 120;

export async function signAssertion(seed: Bytes, payload: Assertion): Promise<string> {
  const kid = b64u(await jwkThumbprint(okpJwk(await ed25519Public(seed))));
  const header = { alg: 'EdDSA', typ: 'client-authentication+jwt', kid };
  const { iss, sub, aud, iat, exp, jti } = assertionShape(payload);
  const signed = `${b64u(jsonBytes(header))}.${b64u(jsonBytes({ iss, sub, aud, iat, exp, jti }))}`;
  return `${signed}.${b64u(await ed25519Sign(seed, ascii(signed)))}`;
}

export async function readAssertion(token: string, publicKey: Bytes): Promise<Assertion> {
  const parts = token.split('.');
  if (parts.length !== 3) refuse('malformed', 'not three segments');
  const [head, body, mark] = parts as [string, string, string];
  const header = assertionHeader(parseObject(unb64u(head), MAX_PROOF));
  if (header.kid !== b64u(await jwkThumbprint(okpJwk(publicKey)))) refuse('header-mismatch');
  if (!(await ed25519Verify(publicKey, unb64u(mark, 64), ascii(`${head}.${body}`)))) refuse('bad-signature');
  return assertionShape(parseObject(unb64u(body), MAX_PROOF));
}
