/** Grants (grant.md): what a recipient derives, checks and opens; and what a holder seals. */
import { knownProfile, type Stretch, stretchHere } from '../crypto/argon2.ts';
import { sha256 } from '../crypto/primitives.ts';
import { type Attachment, readAttachment } from './attachment.ts';
import { derive, digest, H } from './derive.ts';
import { ascii, type Bytes, b64u, concat, EMPTY, equal, readDigits, u32, unb64u, utf8 } from './encoding.ts';
import { Refusal, type RefusalCode, refuse } from './errors.ts';
import { carried, expectHeader, type HeaderMembers, openJwe, sealJwe } from './jwe.ts';
import { signJws, thumbprint, verifyJwk } from './jws.ts';
import { asOf, assurance, missing } from './object.ts';
import { padded, unpad } from './padding.ts';
import {
  any,
  bool,
  closed,
  either,
  hash,
  id,
  integer,
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
import { type JsonObject, jsonBytes, parseObject, writeJson } from './strict_json.ts';

const MAX_POLICY = 16 * 1024;
/** 256 slots with their names. */
const MAX_TERMS = 64 * 1024;
const MAX_SLOT = 64 * 1024;
/** 256 slots with a digest each. */
const MAX_RECORD = 64 * 1024;
const MAX_LIFE = 366 * 86400;

// -- the locator -----------------------------------------------------------------------------------------------------

export type Locator = {
  readonly grant: string;
  readonly auth: string;
  readonly r: Bytes;
  readonly termsKey: Bytes;
  readonly base: Bytes;
  readonly salt: Bytes;
};

/** Everything about *where* a grant is follows from S; S itself is not needed afterwards. */
export async function locate(secret: Bytes): Promise<Locator> {
  if (secret.length !== 32) refuse('malformed', 'locator');
  const from = (kind: string, length: number) => derive(secret, kind, EMPTY, length);
  return {
    grant: b64u(await from('grant-id', 16)),
    auth: b64u(await from('grant-auth', 32)),
    r: await from('grant-recipient', 16),
    termsKey: await from('grant-terms', 32),
    base: await from('grant-base', 32),
    salt: await from('grant-salt', 16),
  };
}

export function linkOf(origin: string, secret: Bytes, path: 'g' | 'a' = 'g'): string {
  return `${origin}/${path}#${b64u(secret)}`;
}

export type Link = { readonly origin: string; readonly path: 'g' | 'a' | 'r' | 'd'; readonly locator: Bytes };

export function readLink(url: string): Link {
  const found = /^(https?:\/\/[^/?#@\s]+)\/([gard])#([A-Za-z0-9_-]{43})$/.exec(url);
  if (found === null) return refuse('malformed', 'link');
  const [, origin, path, locator] = found as unknown as [string, string, Link['path'], string];
  return { origin, path, locator: unb64u(locator, 32) };
}

/** The grant whose S stands in the path of a request: a server ends it. */
export async function leakedGrant(path: string): Promise<string | null> {
  const found = /^\/[ga](?:\/|%23|#)?([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/i.exec(path);
  if (found === null) return null;
  try {
    return (await locate(unb64u(found[1] as string, 32))).grant;
  } catch {
    return null;
  }
}

export async function recipientTag(r: Bytes, sealThumbprint: Bytes): Promise<string> {
  return b64u(await sha256(concat(r, sealThumbprint)));
}

// -- shapes ----------------------------------------------------------------------------------------------------------

const policyShape = closed({
  v: just(1),
  suite: one(1, 2),
  grant: id,
  recipient: either<'bearer', string>(just('bearer'), hash),
  slots: list(id, 1, 256),
  nbf: time,
  exp: time,
  opens: integer(0, 1000),
  passcode: nullable((value): string => knownProfile(text(value))),
  terms: hash,
});
export type Policy = Shaped<typeof policyShape>;

export function readPolicy(bytes: string): Policy {
  const value = parseObject(bytes, MAX_POLICY);
  // Before the form, which a later suite may change.
  if (typeof value.suite === 'number' && value.suite > 2) refuse('unsupported-suite');
  const policy = policyShape(value);
  if (new Set(policy.slots).size !== policy.slots.length) refuse('malformed', 'slot twice');
  if (policy.exp <= policy.nbf || policy.exp > policy.nbf + MAX_LIFE) refuse('malformed', 'times');
  if (policy.recipient === 'bearer' ? policy.opens < 1 : policy.passcode !== null) refuse('malformed', 'limits');
  if (policy.recipient === 'bearer' && policy.suite !== 1) refuse('malformed', 'a link is sealed to no public key');
  return policy;
}

export function policyHash(bytes: string): Promise<Bytes> {
  return H('policy', utf8(bytes));
}

export function writePolicy(policy: Policy): string {
  const { v, suite, grant, recipient, slots, nbf, exp, opens, passcode, terms } = policy;
  const bytes = writeJson({ v, suite, grant, recipient, slots, nbf, exp, opens, passcode, terms });
  readPolicy(bytes);
  return bytes;
}

const slotKind = one('field', 'attachment', 'derived', 'evidence');

const termsShape = closed({
  v: just(1),
  salt: id,
  purpose: text,
  basis: one('consent', 'contract', 'public-task'),
  retention: text,
  language: pattern(/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/),
  text: hash,
  text_kind: one('consent', 'contract', 'notice'),
  recipient: nullable(closed({ name: text, address: maybe(text) })),
  request: nullable(id),
  standing: bool,
  signer: hash,
  slots: record(id, closed({ kind: slotKind, name: text })),
});
export type Terms = Shaped<typeof termsShape>;

export function readTerms(json: Uint8Array): Terms {
  const terms = termsShape(parseObject(json, MAX_TERMS));
  if (terms.text_kind !== (terms.basis === 'public-task' ? 'notice' : terms.basis)) refuse('malformed', 'text kind');
  return terms;
}

export function writeTerms(terms: Terms): Bytes {
  const { v, salt, purpose, basis, retention, language, text, text_kind, recipient, request, standing, signer, slots } =
    terms;
  const json = jsonBytes({
    ...{ v, salt, purpose, basis, retention, language, text, text_kind },
    ...{ recipient: recipient as JsonObject | null, request, standing, signer, slots: slots as unknown as JsonObject },
  });
  readTerms(json);
  return json;
}

export function termsHash(json: Uint8Array): Promise<Bytes> {
  return H('terms', json);
}

const openSlotShape = open({
  v: just(1),
  kind: slotKind,
  name: text,
  value: any,
  missing: maybe(missing),
  assurance,
  source: text,
  as_of: asOf,
  evidence: list(any),
  computed_on: maybe(any),
  attachment: maybe((value): Attachment => readAttachment(value, true)),
});
export type Slot = Shaped<typeof openSlotShape>;

function slotShape(value: JsonObject): Slot {
  const slot = openSlotShape(value);
  if (Object.hasOwn(value, 'computed_on') !== (slot.kind === 'derived')) refuse('malformed', 'computed_on');
  if (Object.hasOwn(value, 'attachment') !== (slot.kind === 'attachment')) refuse('malformed', 'attachment');
  return slot;
}

const recordShape = closed({
  v: just(1),
  grant: id,
  version,
  policy: hash,
  terms: hash,
  keybox: hash,
  slots: record(id, hash),
  time,
});
export type GrantRecord = Shaped<typeof recordShape>;

export async function readRecord(token: string): Promise<{ record: GrantRecord; key: Bytes }> {
  const { payload, key } = await verifyJwk(token, 'record', MAX_RECORD);
  return { record: recordShape(payload), key };
}

export function recordSeed(identitySeed: Bytes, to: { grant: string } | { agency: string }): Promise<Bytes> {
  return derive(identitySeed, 'record-key', 'grant' in to ? unb64u(to.grant, 16) : ascii(to.agency), 32);
}

export function signRecord(seed: Bytes, value: GrantRecord): Promise<string> {
  const { v, grant, version, policy, terms, keybox, slots, time } = recordShape(value as unknown as JsonObject);
  return signJws('record', 'jwk', seed, { v, grant, version, policy, terms, keybox, slots, time });
}

// -- terms, key box, slots -------------------------------------------------------------------------------------------

async function termsKeyOf(locator: Locator): Promise<Bytes> {
  return derive(locator.termsKey, 'terms', unb64u(locator.grant, 16), 32);
}

export async function sealTerms(locator: Locator, json: Bytes, iv?: Bytes): Promise<string> {
  return sealJwe('terms', [['grant', locator.grant]], await termsKeyOf(locator), padded(json), iv);
}

export async function openTerms(locator: Locator, token: string): Promise<{ terms: Terms; hash: string }> {
  const json = unpad(await openJwe(token, 'terms', [['grant', locator.grant]], await termsKeyOf(locator)));
  return { terms: readTerms(json), hash: b64u(await termsHash(json)) };
}

export type Place = { readonly locator: Locator; readonly version: number; readonly policyHash: Bytes };
export type Box = { readonly key: Bytes; readonly record: Bytes };

/** Six digits; the reader takes other scripts and separators too. */
export function readPasscode(typed: string): string {
  const digits = readDigits(typed);
  return digits.length === 6 ? digits : refuse('malformed', 'passcode');
}

/** A: what the passcode adds. Empty without one. */
export async function stretchPasscode(
  locator: Locator,
  profile: string | null,
  passcode: string | null,
  stretch: Stretch = stretchHere,
): Promise<Bytes> {
  if (profile === null) return EMPTY;
  if (passcode === null) return refuse('wrong-key', 'a passcode is needed');
  return stretch(ascii(readPasscode(passcode)), locator.salt, profile);
}

export async function passcodeProof(locator: Locator, stretched: Bytes): Promise<string> {
  const proof = await derive(concat(locator.base, stretched), 'passcode-proof', unb64u(locator.grant, 16), 32);
  return b64u(proof);
}

async function linkKeys(place: Place, stretched: Bytes): Promise<{ key: Bytes; commit: Bytes }> {
  const context = concat(unb64u(place.locator.grant, 16), u32(place.version));
  const both = await derive(concat(place.locator.base, stretched), 'link-key', context, 64);
  return { key: both.slice(0, 32), commit: both.slice(32) };
}

function keyboxHeader(place: Place, commit: string): HeaderMembers {
  return [
    ['grant', place.locator.grant],
    ['version', place.version],
    ['policy', b64u(place.policyHash)],
    ['commit', commit],
  ];
}

export async function sealLinkKeybox(place: Place, stretched: Bytes, box: Box, iv?: Bytes): Promise<string> {
  const { key, commit } = await linkKeys(place, stretched);
  return sealJwe('keybox', keyboxHeader(place, b64u(commit)), key, concat(box.key, box.record), iv);
}

export async function openLinkKeybox(place: Place, stretched: Bytes, token: string): Promise<Box> {
  const received = carried(token, 'commit', hash);
  const header = keyboxHeader(place, received);
  expectHeader(token, 'keybox', header);
  const { key, commit } = await linkKeys(place, stretched);
  // Compared before decrypting: two passcodes must not open one box (partitioning oracle).
  if (!equal(unb64u(received, 32), commit)) refuse('wrong-key');
  return splitBox(await openJwe(token, 'keybox', header, key));
}

export function splitBox(plaintext: Bytes): Box {
  if (plaintext.length !== 64) refuse('malformed', 'key box');
  return { key: plaintext.slice(0, 32), record: plaintext.slice(32) };
}

/** HPKE context of an agency's key box. */
export function keyboxContext(place: Place, sealThumbprint: Bytes): Bytes {
  return concat(unb64u(place.locator.grant, 16), u32(place.version), place.policyHash, sealThumbprint);
}

function slotHeader(place: Place, slot: string): HeaderMembers {
  return [
    ['grant', place.locator.grant],
    ['version', place.version],
    ['slot', slot],
    ['policy', b64u(place.policyHash)],
  ];
}

function slotKey(key: Bytes, place: Place, slot: string): Promise<Bytes> {
  return derive(key, 'slot', concat(unb64u(slot, 16), u32(place.version)), 32);
}

export async function sealSlot(key: Bytes, place: Place, slot: string, value: JsonObject, iv?: Bytes): Promise<string> {
  slotShape(value);
  const json = jsonBytes(value);
  if (json.length > MAX_SLOT) refuse('too-large');
  return sealJwe('slot', slotHeader(place, slot), await slotKey(key, place, slot), padded(json), iv);
}

export function readSlot(json: Uint8Array): Slot {
  return slotShape(parseObject(json, MAX_SLOT));
}

export async function openSlot(key: Bytes, place: Place, slot: string, token: string): Promise<Slot> {
  const raw = await openJwe(token, 'slot', slotHeader(place, slot), await slotKey(key, place, slot));
  return readSlot(unpad(raw));
}

// -- what a recipient checks, in this order ----------------------------------------------------------------------------

export type Seen = { readonly version: number; readonly record: string };

export type Peeked = { readonly policy: string; readonly terms: string; readonly record: string };
export type Delivered = Peeked & {
  readonly keybox: string;
  readonly slots: { readonly [slot: string]: string };
};

/** Bearer, or an agency with its own way to open a key box (the HPKE key may sit in an HSM). */
export type Recipient =
  | { readonly kind: 'bearer'; readonly stretched: Bytes }
  | {
      readonly kind: 'agency';
      readonly thumbprint: Bytes;
      readonly suite: number;
      open(context: Bytes, box: string): Promise<Bytes>;
    };

export type Opened = {
  readonly policy: Policy;
  readonly terms: Terms;
  readonly record: GrantRecord;
  readonly seen: Seen;
  readonly slots: ReadonlyMap<string, Slot>;
};

/** A server that sends something else than JSON strings must not be able to raise a TypeError half-way. */
function asMismatch<T>(read: () => T, code: RefusalCode = 'malformed'): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return refuse(code);
  }
}

async function checkRecordAndPolicy(locator: Locator, peeked: Peeked, rest: Partial<Delivered>) {
  // (1) the record verifies with its header's key, and is for this grant
  const { record, key } = await readRecord(peeked.record);
  if (record.grant !== locator.grant) refuse('wrong-grant');
  // (2) everything delivered has the record's hashes
  const hashOfPolicy = await policyHash(peeked.policy);
  if (record.policy !== b64u(hashOfPolicy)) refuse('record-mismatch', 'policy');
  if (record.terms !== (await digest(peeked.terms))) refuse('record-mismatch', 'terms');
  if (rest.keybox !== undefined && record.keybox !== (await digest(rest.keybox))) refuse('record-mismatch', 'key box');
  for (const [slot, token] of Object.entries(rest.slots ?? {})) {
    const wanted = Object.hasOwn(record.slots, slot) ? record.slots[slot] : undefined;
    if (wanted !== (await digest(token))) refuse('record-mismatch', 'slot', slot);
  }
  // (3) the policy is well formed and is for this grant, me and now
  const policy = asMismatch(() => readPolicy(peeked.policy));
  const listed = Object.keys(record.slots);
  if (listed.length !== policy.slots.length || policy.slots.some((slot) => !Object.hasOwn(record.slots, slot))) {
    refuse('record-mismatch', 'slots');
  }
  if (policy.grant !== locator.grant) refuse('wrong-grant');
  return { record, key, policy, hashOfPolicy };
}

type AgencyKeyName = { readonly thumbprint: Bytes; readonly suite: number };

/** null: the holder of a link. A key is asked for in its own suite alone. */
async function checkRecipient(locator: Locator, policy: Policy, agency: AgencyKeyName | null): Promise<void> {
  const wanted = agency === null ? 'bearer' : await recipientTag(locator.r, agency.thumbprint);
  if (policy.recipient !== wanted || (agency !== null && policy.suite !== agency.suite)) refuse('wrong-recipient');
}

function checkTime(policy: Policy, now: number): void {
  if (now < policy.nbf) refuse('not-yet');
  if (now >= policy.exp) refuse('expired');
}

async function checkTerms(locator: Locator, policy: Policy, key: Bytes, token: string): Promise<Terms> {
  const { terms, hash: found } = await openTerms(locator, token);
  if (found !== policy.terms) refuse('terms-mismatch', 'hash');
  if (terms.signer !== b64u(await thumbprint(key))) refuse('wrong-record-key', 'signer');
  const named = Object.keys(terms.slots);
  if (named.length !== policy.slots.length || policy.slots.some((slot) => !Object.hasOwn(terms.slots, slot))) {
    refuse('terms-mismatch', 'slots');
  }
  return terms;
}

/** What can be checked before an open counts: 1, 2, 3 and 5. */
export async function checkPeek(locator: Locator, peeked: Peeked, now: number, agency: AgencyKeyName | null = null) {
  const { record, key, policy } = await checkRecordAndPolicy(locator, peeked, {});
  await checkRecipient(locator, policy, agency);
  checkTime(policy, now);
  const terms = await checkTerms(locator, policy, key, peeked.terms);
  return { policy, terms, record };
}

/**
 * The seven checks of the page. Pure: bytes and time in, verdict out. The caller keeps `seen` for the next time and
 * shows nothing when this refuses.
 */
export async function openGrant(
  locator: Locator,
  delivered: Delivered,
  recipient: Recipient,
  now: number,
  seen?: Seen,
): Promise<Opened> {
  // (1) (2) (3)
  const { record, key, policy, hashOfPolicy } = await checkRecordAndPolicy(locator, delivered, delivered);
  await checkRecipient(locator, policy, recipient.kind === 'bearer' ? null : recipient);
  checkTime(policy, now);
  // (4) the key box opens, and the record was signed by the key that it names
  const place: Place = { locator, version: record.version, policyHash: hashOfPolicy };
  const box =
    recipient.kind === 'bearer'
      ? await openLinkKeybox(place, recipient.stretched, delivered.keybox)
      : splitBox(await recipient.open(keyboxContext(place, recipient.thumbprint), delivered.keybox));
  if (!equal(box.record, await thumbprint(key))) refuse('wrong-record-key');
  // (5) the terms
  const terms = await checkTerms(locator, policy, key, delivered.terms);
  // (6) never older than before, and one version has one record
  const current: Seen = { version: record.version, record: await digest(delivered.record) };
  if (seen !== undefined) {
    if (record.version < seen.version) refuse('rolled-back');
    if (record.version === seen.version && current.record !== seen.record) refuse('two-faced');
  }
  // (7) the slots
  const slots = new Map<string, Slot>();
  for (const [slot, token] of Object.entries(delivered.slots)) {
    const value = await openSlot(box.key, place, slot, token);
    const promised = terms.slots[slot];
    if (promised === undefined || value.name !== promised.name || value.kind !== promised.kind) {
      refuse('terms-mismatch', 'slot', slot);
    }
    slots.set(slot, value);
  }
  return { policy, terms, record, seen: current, slots };
}
