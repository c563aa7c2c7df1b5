/** The signed list of agencies (registry.md). */
import { ed25519Sign, ed25519Verify, sha256 } from '../crypto/primitives.ts';
import { H, label, labelled } from './derive.ts';
import { ascii, type Bytes, b64u, concat, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { signJws, thumbprint, verifyJwk } from './jws.ts';
import { edText, xText } from './keys.ts';
import { hybridJwk, SUITES, sealThumbprint } from './seal_keys.ts';
import {
  closed,
  either,
  hash,
  just,
  list,
  maybe,
  nullable,
  one,
  open,
  pattern,
  record,
  type Shaped,
  text,
  time,
  version,
} from './shape.ts';
import { type Json, type JsonObject, jsonBytes, parseObject, writeJson } from './strict_json.ts';
import { HANDLE_ALPHABET } from './wallet.ts';

const MAX_REGISTRY = 4 * 1024 * 1024;
const MAX_ENVELOPE = 6 * 1024 * 1024;
const MAX_ENROLMENT = 16 * 1024;
const MAX_ROOTS = 8 * 1024;
const MAX_AGE = 45 * 86400;

const bundleName = pattern(/^[a-z0-9-]{1,40}$/);
const agencyId = pattern(/^[a-z0-9-]{3,40}$/);
const contact = closed({ email: maybe(text), phone: maybe(text), url: maybe(text) });
const ed = closed({ kty: just('OKP'), crv: just('Ed25519'), x: edText });
const xJwk = closed({ kty: just('OKP'), crv: just('X25519'), x: xText });
const anyJwk = either(ed, xJwk);

const rootsShape = closed({ v: just(1), bundle: bundleName, threshold: just(2), keys: list(ed, 3, 3) });
export type Roots = Shaped<typeof rootsShape>;

export function readRoots(input: Uint8Array | string): Roots {
  const roots = rootsShape(parseObject(input, MAX_ROOTS));
  if (new Set(roots.keys.map((key) => key.x)).size !== 3) refuse('malformed', 'key twice');
  return roots;
}

const purposeShape = open({
  id: text,
  text: record(text, text),
  basis: one('consent', 'contract', 'public-task'),
  fields: list(text),
  retention: text,
});
const keyShape = open({
  use: one('login', 'request', 'seal'),
  kid: hash,
  jwk: anyJwk,
  nbf: time,
  exp: time,
  status: one('active', 'revoked'),
});
/** Keys of suite 2 stand apart: readers that know suite 1 alone pass over a member of an open object. */
const hybridKeyShape = open({
  use: just('seal'),
  kid: hash,
  jwk: hybridJwk,
  nbf: time,
  exp: time,
  status: one('active', 'revoked'),
});
const agencyShape = open({
  id: agencyId,
  name: text,
  address: text,
  contact,
  power: one('can-intervene', 'can-sanction', 'voluntary-advice'),
  status: one('active', 'suspended'),
  purposes: list(purposeShape),
  keys: list(keyShape),
  keys_2: maybe(list(hybridKeyShape)),
});
export type Agency = Shaped<typeof agencyShape>;
export type AgencyKey = Shaped<typeof keyShape>;
export type Purpose = Shaped<typeof purposeShape>;

const registryShape = closed({
  v: just(1),
  bundle: bundleName,
  version,
  previous: nullable(hash),
  issued: time,
  expires: time,
  agencies: list(agencyShape),
});
export type Registry = Shaped<typeof registryShape>;

const generalShape = closed({
  payload: text,
  signatures: list(closed({ protected: text, signature: text }), 2, 3),
});

function protectedHeader(kid: string): string {
  return b64u(ascii(writeJson({ alg: 'EdDSA', typ: label('registry'), kid })));
}

export async function signRegistry(seeds: readonly { seed: Bytes; key: Bytes }[], registry: Registry): Promise<string> {
  registryShape(registry as unknown as Json);
  return signRegistryBytes(seeds, jsonBytes(registry as unknown as Json));
}

export async function signRegistryBytes(seeds: readonly { seed: Bytes; key: Bytes }[], bytes: Bytes): Promise<string> {
  const payload = b64u(bytes);
  const signatures: Json[] = [];
  for (const { seed, key } of seeds) {
    const head = protectedHeader(b64u(await thumbprint(key)));
    signatures.push({ protected: head, signature: b64u(await ed25519Sign(seed, ascii(`${head}.${payload}`))) });
  }
  return writeJson({ payload, signatures });
}

export type RegistryPin = { readonly version: number; readonly hash: string };
export type ReadRegistry = { readonly registry: Registry; readonly hash: Bytes; readonly pin: RegistryPin };

/** A payload whose signatures were checked before. */
export function readPayload(value: JsonObject): Registry {
  return registryShape(value);
}

/** All that a client can check without the log; the leaf is then looked up there (`unlogged`). */
export async function readRegistry(
  input: Uint8Array | string,
  roots: Roots,
  now: number,
  pinned?: RegistryPin,
): Promise<ReadRegistry> {
  const general = generalShape(parseObject(input, MAX_ENVELOPE));
  const valid = new Set<string>();
  for (const jwk of roots.keys) {
    const key = unb64u(jwk.x, 32);
    const kid = b64u(await thumbprint(key));
    const wanted = protectedHeader(kid);
    for (const entry of general.signatures) {
      if (entry.protected !== wanted) continue;
      const signature = unb64u(entry.signature, 64);
      if (await ed25519Verify(key, signature, ascii(`${entry.protected}.${general.payload}`))) valid.add(kid);
    }
  }
  if (valid.size < roots.threshold) refuse('bad-signature');
  const bytes = unb64u(general.payload);
  const registry = registryShape(parseObject(bytes, MAX_REGISTRY));
  await checkKeys(registry);
  if ((registry.previous === null) !== (registry.version === 1)) refuse('malformed', 'previous');
  if (registry.bundle !== roots.bundle) refuse('header-mismatch', 'bundle');
  if (registry.expires <= registry.issued || registry.expires > registry.issued + MAX_AGE) refuse('malformed', 'times');
  const digest = await H('registry', bytes);
  const pin: RegistryPin = { version: registry.version, hash: b64u(digest) };
  if (pinned !== undefined) {
    if (pin.version < pinned.version) refuse('rolled-back');
    if (pin.version === pinned.version && pin.hash !== pinned.hash) refuse('two-faced');
    if (pin.version === pinned.version + 1 && registry.previous !== pinned.hash) refuse('two-faced', 'previous');
  }
  if (now >= registry.expires) refuse('expired');
  return { registry, hash: digest, pin };
}

/** One use and one owner a key; its name is its thumbprint. */
async function checkKeys(registry: Registry): Promise<void> {
  const seen = new Set<string>();
  for (const { kid, jwk, use } of registry.agencies.flatMap((agency) => agency.keys)) {
    if ((use === 'seal') !== (jwk.crv === 'X25519')) refuse('malformed', 'curve');
    if (kid !== b64u(await thumbprint(unb64u(jwk.x, 32), jwk.crv))) refuse('malformed', 'kid');
    if (seen.has(kid)) refuse('malformed', 'key twice');
    seen.add(kid);
  }
  for (const { kid, jwk } of registry.agencies.flatMap((agency) => agency.keys_2 ?? [])) {
    if (kid !== b64u(await sealThumbprint(unb64u(jwk.pub)))) refuse('malformed', 'kid');
    if (seen.has(kid)) refuse('malformed', 'key twice');
    seen.add(kid);
  }
}

type Timed = { readonly status: string; readonly nbf: number; readonly exp: number };
const counts = (key: Timed, now: number) => key.status === 'active' && key.nbf <= now && now < key.exp;

/** The keys of one use in suite 1 that count now; none while the agency is suspended. */
export function activeKeys(agency: Agency, use: AgencyKey['use'], now: number): AgencyKey[] {
  if (agency.status !== 'active') return [];
  return agency.keys.filter((key) => key.use === use && counts(key, now));
}

export type AgencySealKey = { readonly kid: string; readonly suite: 1 | 2; readonly publicKey: string };

/**
 * What a sender that knows these suites seals to: the best suite that both have, and of it the key listed last. Which keys
 * there are is signed: nobody can take one away on the way here.
 */
export function agencySealKey(agency: Agency, now: number, suites: readonly number[] = SUITES): AgencySealKey | null {
  if (agency.status !== 'active') return null;
  const hybrid = suites.includes(2) ? agency.keys_2?.filter((key) => counts(key, now)).at(-1) : undefined;
  if (hybrid !== undefined) return { kid: hybrid.kid, suite: 2, publicKey: hybrid.jwk.pub };
  const classic = suites.includes(1) ? activeKeys(agency, 'seal', now).at(-1) : undefined;
  return classic === undefined ? null : { kid: classic.kid, suite: 1, publicKey: classic.jwk.x };
}

/** Every seal key that is not revoked, of both suites. */
export function sealKids(agency: Agency): string[] {
  const all = [...agency.keys.filter((key) => key.use === 'seal'), ...(agency.keys_2 ?? [])];
  return all.filter((key) => key.status === 'active').map((key) => key.kid);
}

// -- enrolment -------------------------------------------------------------------------------------------------------

const enrolmentShape = closed({
  v: just(1),
  id: agencyId,
  name: text,
  address: text,
  contact,
  keys: list(closed({ use: one('login', 'request', 'seal'), jwk: either(anyJwk, hybridJwk) }), 3, 4),
  time,
});
export type Enrolment = Shaped<typeof enrolmentShape>;

export function signEnrolment(loginSeed: Bytes, enrolment: Enrolment): Promise<string> {
  enrolmentShape(enrolment as unknown as Json);
  const { v, id, name, address, contact, keys, time } = enrolment;
  const payload: JsonObject = { v, id, name, address, contact, keys: keys as unknown as Json, time };
  return signJws('enrolment', 'jwk', loginSeed, payload);
}

export async function readEnrolment(token: string): Promise<{ enrolment: Enrolment; fingerprint: string }> {
  const { payload, key } = await verifyJwk(token, 'enrolment', MAX_ENROLMENT);
  const enrolment = enrolmentShape(payload);
  const further = enrolment.keys[3]; // it can only be a seal key of suite 2
  if (further !== undefined && (further.use !== 'seal' || further.jwk.kty !== 'AKP')) refuse('malformed', 'fourth key');
  const classic = enrolment.keys.slice(0, 3).map(({ use, jwk }) => {
    if (jwk.kty === 'AKP' || (use === 'seal') !== (jwk.crv === 'X25519')) return refuse('malformed', 'curve');
    return { use, x: jwk.x };
  });
  if (new Set(classic.map((row) => row.use)).size !== 3) refuse('malformed', 'uses');
  if (new Set(classic.map((row) => row.x)).size !== 3) refuse('malformed', 'key twice');
  if (classic.find((row) => row.use === 'login')?.x !== b64u(key)) refuse('header-mismatch');
  return { enrolment, fingerprint: await fingerprint(token) };
}

/** Sixteen characters that two people read to each other. */
export async function fingerprint(enrolmentToken: string): Promise<string> {
  return readAloud(unb64u(enrolmentToken.split('.')[1] ?? ''));
}

/** The same for a roots file, in whatever order it names the keys. */
export async function rootsFingerprint({ bundle, keys }: Roots): Promise<string> {
  const raw = keys.map((key) => unb64u(key.x, 32)).sort(compareBytes);
  return readAloud(labelled('roots', concat(ascii(bundle), new Uint8Array(1), ...raw)));
}

function compareBytes(a: Bytes, b: Bytes): number {
  const at = a.findIndex((byte, n) => byte !== b[n]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}

async function readAloud(payload: Bytes): Promise<string> {
  const hash = await sha256(payload);
  let bits = 0n;
  for (const byte of hash.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let out = '';
  for (let i = 15; i >= 0; i--) out += HANDLE_ALPHABET.charAt(Number((bits >> BigInt(i * 5)) & 31n));
  return out.replace(/(.{4})(?=.)/g, '$1-');
}
