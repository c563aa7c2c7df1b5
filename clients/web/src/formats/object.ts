/** Vault objects and documents (object.md). */

import { readAttachment } from './attachment.ts';
import { derive } from './derive.ts';
import { type Bytes, b64u, concat, random, u32, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { type HeaderMembers, openJwe, sealJwe } from './jwe.ts';
import { padded, unpad } from './padding.ts';
import {
  any,
  type Check,
  closed,
  hash,
  id,
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
import { type Json, type JsonObject, jsonBytes, parseObject } from './strict_json.ts';

/** DoS: one document, not a file store. */
export const MAX_OBJECT = 256 * 1024;

export type ObjectPlace = { readonly wallet: Bytes; readonly id: string; readonly version: number };
export type Wrapped = { readonly key: string; readonly body: string };

function context(place: ObjectPlace): Bytes {
  return concat(place.wallet, unb64u(place.id, 16), u32(place.version));
}

function bodyHeader(place: ObjectPlace): HeaderMembers {
  return [
    ['wallet', b64u(place.wallet)],
    ['id', place.id],
    ['version', place.version],
  ];
}

function keyHeader(place: ObjectPlace, epoch: number): HeaderMembers {
  return [...bodyHeader(place), ['epoch', epoch]];
}

export async function wrapObjectKey(vmk: Bytes, place: ObjectPlace, epoch: number, objectKey: Bytes, iv?: Bytes) {
  const key = await derive(vmk, 'object-key', context(place), 32);
  return sealJwe('object-key', keyHeader(place, epoch), key, objectKey, iv);
}

export async function unwrapObjectKey(vmk: Bytes, place: ObjectPlace, epoch: number, token: string): Promise<Bytes> {
  const key = await derive(vmk, 'object-key', context(place), 32);
  const objectKey = await openJwe(token, 'object-key', keyHeader(place, epoch), key);
  return objectKey.length === 32 ? objectKey : refuse('malformed', 'object key');
}

export async function sealBody(objectKey: Bytes, place: ObjectPlace, payload: JsonObject, iv?: Bytes) {
  const json = jsonBytes(payload);
  if (json.length > MAX_OBJECT) refuse('too-large');
  const key = await derive(objectKey, 'object', context(place), 32);
  return sealJwe('object', bodyHeader(place), key, padded(json), iv);
}

export async function openBody(objectKey: Bytes, place: ObjectPlace, token: string): Promise<Payload> {
  const key = await derive(objectKey, 'object', context(place), 32);
  const plaintext = unpad(await openJwe(token, 'object', bodyHeader(place), key));
  return readPayload(parseObject(plaintext, MAX_OBJECT));
}

/** A fresh key for every version. */
export async function sealObject(vmk: Bytes, place: ObjectPlace, epoch: number, payload: JsonObject): Promise<Wrapped> {
  const objectKey = random(32);
  return { key: await wrapObjectKey(vmk, place, epoch, objectKey), body: await sealBody(objectKey, place, payload) };
}

export async function openObject(vmk: Bytes, place: ObjectPlace, epoch: number, wrapped: Wrapped): Promise<Payload> {
  return openBody(await unwrapObjectKey(vmk, place, epoch, wrapped.key), place, wrapped.body);
}

// -- payloads --------------------------------------------------------------------------------------------------------

/** DoS, the same as in the Python client: what one of them writes the other must read. */
export const MOST_VALUES = 64;
const MOST_EVIDENCE = 64;
const MOST_FIELDS = 512;
const MOST_ATTACHMENTS = 256;
const MOST_SLOTS = 256;

function few<T extends object>(check: Check<T>, most: number): Check<T> {
  return (value) => {
    const read = check(value);
    return Object.keys(read).length <= most ? read : refuse('malformed', 'too many members');
  };
}

export const assurance = one('self-declared', 'seen-in-original', 'issuer-signed');
export const missing = one('not-known', 'not-obtainable');
export const asOf = pattern(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);

const valueRecord = open({
  value: any,
  missing: maybe(missing),
  reason: maybe(text),
  assurance,
  source: text,
  as_of: asOf,
  evidence: list(any, 0, MOST_EVIDENCE),
});
export type ValueRecord = Shaped<typeof valueRecord>;

const kinds = {
  document: open({
    v: just(1),
    kind: just('document'),
    type: text,
    title: text,
    person: maybe(id),
    created: time,
    updated: time,
    state: one('present', 'applied', 'superseded', 'not-obtainable'),
    not_obtainable: maybe(closed({ reason: text, substitute: maybe(text) })),
    fields: few(record(text, list(valueRecord, 0, MOST_VALUES)), MOST_FIELDS),
    attachments: list((value: Json) => readAttachment(value), 0, MOST_ATTACHMENTS),
    notes: maybe(text),
  }),
  person: open({
    v: just(1),
    kind: just('person'),
    label: text,
    relation: one('self', 'child', 'partner', 'other'),
    created: time,
  }),
  grant: open({
    v: just(1),
    kind: just('grant'),
    grant: id,
    secret: hash,
    recipient: any,
    title: text,
    slots: few(record(id, text), MOST_SLOTS),
    exp: time,
    version,
    standing: any,
    created: time,
    passcode: maybe(nullable(text)),
  }),
  'deposit-code': open({
    v: just(1),
    kind: just('deposit-code'),
    code: id,
    secret: any,
    private: hash,
    exp: time,
    label: text,
  }),
} as const;

const unknown = open({ v: just(1), kind: text });
export type Payload = Shaped<typeof unknown>;

/** Later kinds survive unread. */
export function readPayload(value: JsonObject): Payload {
  const { kind } = unknown(value);
  if (Object.hasOwn(kinds, kind)) kinds[kind as keyof typeof kinds](value);
  return value as Payload;
}
