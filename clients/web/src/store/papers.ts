/**
 * Papers and the people they belong to (object.md). Everything is an edit of an open object: what a newer client wrote
 * and this one does not know stays where it is. Writes go through the outbox, so that all of it works without a network.
 */

import { HolderError } from '../errors.ts';
import type { Attachment } from '../formats/attachment.ts';
import { newId } from '../formats/encoding.ts';
import type { ValueRecord } from '../formats/object.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import { fold, matches } from './search.ts';
import { composed } from './values.ts';
import type { Item, Vault, Write } from './vault.ts';

export type State = 'present' | 'applied' | 'superseded' | 'not-obtainable';
export type Relation = 'self' | 'child' | 'partner' | 'other';
export const RELATIONS: readonly Relation[] = ['self', 'child', 'partner', 'other'];
export type Fields = { readonly [name: string]: readonly ValueRecord[] };

/** Time to notice a mistake; then the bytes go. */
export const TRASH_DAYS = 30;
const DAY = 86_400;

const seconds = () => Math.floor(Date.now() / 1000);

// -- values ----------------------------------------------------------------------------------------------------------

export type About = { readonly asOf: string; readonly source?: string };
export type Missing = { readonly missing: 'not-known' | 'not-obtainable'; readonly reason?: string };

function nfc(content: Json): Json {
  if (typeof content === 'string') return composed(content);
  if (Array.isArray(content)) return content.map(nfc);
  if (content !== null && typeof content === 'object') {
    return Object.fromEntries(Object.entries(content).map(([name, member]) => [name, nfc(member)]));
  }
  return content;
}

/** One value record; nobody has checked it. */
export function valueRecord(content: Json, { asOf, source = '' }: About): ValueRecord {
  return { value: nfc(content), assurance: 'self-declared', source, as_of: asOf, evidence: [] };
}

export function missingRecord({ missing, reason }: Missing, about: About): ValueRecord {
  return { ...valueRecord(null, about), missing, ...(reason === undefined ? {} : { reason }) };
}

const same = (a: Json, b: Json) => JSON.stringify(nfc(a)) === JSON.stringify(nfc(b));

/**
 * The record after an edit: another value is self-declared and bears no marks (fields.md); the same value keeps what
 * was said about it. Members that this client does not know stay, but for what spoke about the old value.
 */
export function editedRecord(old: ValueRecord, content: Json, about: Partial<About>): ValueRecord {
  const moved = {
    ...old,
    ...(about.asOf === undefined ? {} : { as_of: about.asOf }),
    ...(about.source === undefined ? {} : { source: composed(about.source) }),
  };
  if (old.missing === undefined && same(old.value, content) && moved.source === old.source) return moved;
  const next: JsonObject = { ...moved, value: nfc(content), assurance: 'self-declared', evidence: [] };
  for (const gone of ['missing', 'reason', 'substitute']) delete next[gone];
  return next as unknown as ValueRecord;
}

/** The one that is shown by default stands first. */
export function chosenFirst(records: readonly ValueRecord[], index: number): ValueRecord[] {
  const chosen = records[index];
  return chosen === undefined ? [...records] : [chosen, ...records.filter((_, i) => i !== index)];
}

// -- papers ----------------------------------------------------------------------------------------------------------

export type NewPaper = {
  readonly type: string;
  readonly title: string;
  readonly person?: string | undefined;
  readonly state?: State;
  readonly fields?: Fields;
  readonly attachments?: readonly Attachment[];
  readonly notObtainable?: { readonly reason: string; readonly substitute?: string };
};

function payloadOf(paper: NewPaper, now: number): JsonObject {
  const { type, title, person, fields = {}, attachments = [], notObtainable } = paper;
  return {
    v: 1,
    kind: 'document',
    type,
    title: composed(title),
    ...(person === undefined ? {} : { person }),
    created: now,
    updated: now,
    state: paper.state ?? (notObtainable === undefined ? 'present' : 'not-obtainable'),
    ...(notObtainable === undefined ? {} : { not_obtainable: notObtainable }),
    fields: fields as unknown as Json,
    attachments: attachments as unknown as Json[],
  };
}

/** A new document; its id. */
export function addPaper(vault: Vault, paper: NewPaper): Promise<string> {
  return vault.outbox.put(payloadOf(paper, seconds()));
}

/** An edit: `change` gets the whole payload and returns the members that are different; undefined takes one away. */
export async function editPaper(
  vault: Vault,
  id: string,
  change: (payload: JsonObject) => { readonly [name: string]: Json | undefined },
  forgotten: readonly Attachment[] = [],
): Promise<void> {
  const { payload } = vault.item(id);
  await vault.outbox.put(edited(payload, change(payload)), id, forgotten);
}

function edited(payload: JsonObject, change: { readonly [name: string]: Json | undefined }): JsonObject {
  const next: JsonObject = { ...payload };
  for (const [name, value] of Object.entries({ ...change, updated: seconds() })) {
    if (value === undefined) delete next[name];
    else next[name] = value;
  }
  return next.person === payload.person && next.type === payload.type ? next : unmarked(next);
}

/** A mark is on a paper of this kind and of this person: as another's it proves nothing. */
function unmarked(payload: JsonObject): JsonObject {
  const fields = Object.entries(fieldsOf(payload)).map(([name, records]) => [
    name,
    records.map((record) => (record.evidence.length === 0 ? record : { ...record, ...OWN_WORD })),
  ]);
  return { ...payload, fields: Object.fromEntries(fields) as Json };
}

const OWN_WORD = { assurance: 'self-declared', evidence: [] as Json[] } as const;

export function fieldsOf(payload: JsonObject): Fields {
  return (payload.fields ?? {}) as unknown as Fields;
}

export function recordsOf(payload: JsonObject, name: string): readonly ValueRecord[] {
  const fields = fieldsOf(payload);
  return Object.hasOwn(fields, name) ? (fields[name] as readonly ValueRecord[]) : [];
}

export function attachmentsOf(payload: JsonObject): readonly Attachment[] {
  return Array.isArray(payload.attachments) ? (payload.attachments as unknown as readonly Attachment[]) : [];
}

/** Replaces all records of some fields; an empty list takes the field away. */
export function setFields(vault: Vault, id: string, changes: Fields): Promise<void> {
  return editPaper(vault, id, (payload) => {
    const fields: { [name: string]: Json } = { ...(payload.fields as JsonObject) };
    for (const [name, records] of Object.entries(changes)) {
      if (records.length === 0) delete fields[name];
      else fields[name] = records as unknown as Json;
    }
    return { fields };
  });
}

/** The first record of each field as somebody typed it in a form; the others stay beside it. */
export function setValues(
  vault: Vault,
  id: string,
  values: { readonly [name: string]: Json | undefined },
  about: About,
): Promise<void> {
  const { payload } = vault.item(id);
  const changes: { [name: string]: readonly ValueRecord[] } = {};
  for (const [name, value] of Object.entries(values)) {
    const [first, ...others] = recordsOf(payload, name);
    if (value === undefined) {
      if (first !== undefined && first.missing === undefined) changes[name] = others;
    } else if (first === undefined) changes[name] = [valueRecord(value, about)];
    else if (first.missing !== undefined || !same(first.value, value)) {
      changes[name] = [editedRecord(first, value, about), ...others];
    }
  }
  return Object.keys(changes).length === 0 ? Promise.resolve() : setFields(vault, id, changes);
}

export async function setState(
  vault: Vault,
  id: string,
  state: State,
  notObtainable?: { readonly reason: string; readonly substitute?: string },
): Promise<void> {
  await editPaper(vault, id, () => ({
    state,
    not_obtainable: state === 'not-obtainable' ? (notObtainable ?? { reason: 'other' }) : undefined,
  }));
}

/** The newer paper names the older one, which becomes `superseded`, in one step. */
export async function replace(vault: Vault, newer: string, older: string): Promise<void> {
  if (newer === older) throw new HolderError('replaces-itself');
  const write = (id: string, change: JsonObject): Write => ({ id, payload: edited(vault.item(id).payload, change) });
  await vault.outbox.write([write(newer, { replaces: older }), write(older, { state: 'superseded' })]);
}

export async function addFiles(vault: Vault, id: string, files: readonly Attachment[]): Promise<void> {
  await editPaper(vault, id, (payload) => ({
    attachments: [...attachmentsOf(payload), ...files] as unknown as Json[],
  }));
}

/** The paper forgets the file. Its bytes go from the server once the change is there. */
export async function removeFile(vault: Vault, id: string, attachment: string): Promise<void> {
  const { payload } = vault.item(id);
  const gone = attachmentsOf(payload).filter((one) => one.id === attachment);
  const kept = attachmentsOf(payload).filter((one) => one.id !== attachment);
  await editPaper(vault, id, () => ({ attachments: kept as unknown as Json[] }), gone);
}

// -- trash -----------------------------------------------------------------------------------------------------------

/** When it was thrown away, in seconds; null: it is not in the trash. */
export function trashed(payload: JsonObject): number | null {
  return typeof payload.trashed === 'number' ? payload.trashed : null;
}

export function daysInTrash(payload: JsonObject, now: number = seconds()): number {
  return Math.max(0, TRASH_DAYS - Math.floor((now - (trashed(payload) ?? now)) / DAY));
}

export async function trash(vault: Vault, id: string): Promise<void> {
  await editPaper(vault, id, () => ({ trashed: seconds() }));
}

export async function restore(vault: Vault, id: string): Promise<void> {
  await editPaper(vault, id, () => ({ trashed: undefined }));
}

/** For good. Running shares keep their own copy until they end. */
export async function removeForGood(vault: Vault, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const files = ids.flatMap((id) => attachmentsOf(vault.item(id).payload));
  await vault.outbox.write(
    ids.map((id) => ({ id, payload: null })),
    files,
  );
}

/** What lies there longer than `TRASH_DAYS`; how many went. */
export async function emptyOldTrash(vault: Vault, now: number = seconds()): Promise<number> {
  const old = trashedPapers(vault).filter(({ payload }) => (trashed(payload) ?? now) < now - TRASH_DAYS * DAY);
  await removeForGood(
    vault,
    old.map((item) => item.id),
  );
  return old.length;
}

// -- lists -----------------------------------------------------------------------------------------------------------

const isDocument = (item: Item) => item.kind === 'document';

export function papers(vault: Vault): Item[] {
  return vault.items('document').filter((item) => isDocument(item) && trashed(item.payload) === null);
}

export function trashedPapers(vault: Vault): Item[] {
  return vault.items('document').filter((item) => trashed(item.payload) !== null);
}

export function personOf(payload: JsonObject): string | null {
  return typeof payload.person === 'string' ? payload.person : null;
}

export const textOf = (payload: JsonObject, name: string) =>
  typeof payload[name] === 'string' ? (payload[name] as string) : '';

/** Everything that a person might remember of a paper. `label`: what the type is called in their language. */
export function searchText(item: Item, label: string): string {
  const parts: string[] = [textOf(item.payload, 'title'), label, textOf(item.payload, 'notes')];
  const collect = (value: Json) => {
    if (typeof value === 'string' || typeof value === 'number') parts.push(String(value));
    else if (Array.isArray(value)) value.forEach(collect);
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(collect);
  };
  for (const records of Object.values(fieldsOf(item.payload))) for (const record of records) collect(record.value);
  for (const file of attachmentsOf(item.payload)) parts.push(file.name);
  return parts.join(' ');
}

export function search(items: readonly Item[], question: string, label: (type: string) => string): Item[] {
  if (fold(question) === '') return [...items];
  return items.filter((item) => matches(question, searchText(item, label(textOf(item.payload, 'type')))));
}

// -- people ----------------------------------------------------------------------------------------------------------

export type NewPerson = {
  readonly label: string;
  readonly relation: Relation;
  readonly birthdate?: string | undefined;
};

/** The person, and where a birthdate is known the paper `person` that holds it, in one step; the person's id. */
export async function addPerson(vault: Vault, person: NewPerson, asOf: string): Promise<string> {
  const now = seconds();
  const id = newId();
  const label = composed(person.label);
  const writes: Write[] = [{ id, payload: { v: 1, kind: 'person', label, relation: person.relation, created: now } }];
  if (person.birthdate !== undefined) {
    const fields = { birthdate: [valueRecord(person.birthdate, { asOf })] };
    writes.push({ id: newId(), payload: payloadOf({ type: 'person', title: label, person: id, fields }, now) });
  }
  await vault.outbox.write(writes);
  return id;
}

export async function editPerson(vault: Vault, id: string, label: string, relation: Relation): Promise<void> {
  const { payload } = vault.item(id);
  await vault.outbox.put({ ...payload, label: composed(label), relation }, id);
}

/** Only somebody without papers; HolderError `has-papers`. */
export async function removePerson(vault: Vault, id: string): Promise<void> {
  if (vault.items('document').some((item) => personOf(item.payload) === id)) throw new HolderError('has-papers');
  await vault.outbox.write([{ id, payload: null }]);
}

export function people(vault: Vault): readonly Item[] {
  return vault.items('person');
}

/** From the paper `person`; the value that is shown by default. */
export function birthdateOf(vault: Vault, person: string | null): Json | undefined {
  for (const item of papers(vault)) {
    if (item.payload.type !== 'person' || personOf(item.payload) !== person) continue;
    const [first] = recordsOf(item.payload, 'birthdate');
    if (first !== undefined) return first.value;
  }
  return undefined;
}

// -- contradictions --------------------------------------------------------------------------------------------------

export type Said = { readonly item: Item; readonly name: string; readonly record: ValueRecord };

/** Names of one person in several papers: the wallet points out what differs and decides nothing (S9). */
const ABOUT_THE_PERSON: readonly string[] = [
  'family_name',
  'given_name',
  'birth_family_name',
  'birthdate',
  'place_of_birth',
  'nationalities',
  'sex',
  'x_country_of_origin',
  'marital_status',
];

/** Fields with more than one value: within a paper, or over the papers of one person where the field is about the person. */
export function conflicts(vault: Vault, id: string): ReadonlyMap<string, readonly Said[]> {
  const item = vault.item(id);
  const found = new Map<string, readonly Said[]>();
  for (const name of Object.keys(fieldsOf(item.payload))) {
    const here = said(item, name);
    const others = ABOUT_THE_PERSON.includes(name) ? elsewhere(vault, item, name) : [];
    const all = [...here, ...others];
    const values = new Set(all.map(({ record }) => JSON.stringify(nfc(record.value))));
    if (values.size > 1) found.set(name, all);
  }
  return found;
}

function said(item: Item, name: string): Said[] {
  return recordsOf(item.payload, name)
    .filter((record) => record.missing === undefined)
    .map((record) => ({ item, name, record }));
}

function elsewhere(vault: Vault, item: Item, name: string): Said[] {
  return papers(vault)
    .filter((one) => one.id !== item.id && personOf(one.payload) === personOf(item.payload))
    .filter((one) => one.payload.state !== 'superseded')
    .flatMap((one) => said(one, name));
}

/** Papers of the same kind and person that an newer one may take the place of. */
export function replaceable(vault: Vault, id: string): Item[] {
  const { payload } = vault.item(id);
  const interim = ['residence_title', 'interim_paper', 'proof_of_application'];
  const kinds = interim.includes(textOf(payload, 'type')) ? interim : [textOf(payload, 'type')];
  return papers(vault).filter(
    (one) =>
      one.id !== id &&
      kinds.includes(textOf(one.payload, 'type')) &&
      personOf(one.payload) === personOf(payload) &&
      one.payload.state !== 'superseded',
  );
}
