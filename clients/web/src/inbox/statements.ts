/**
 * What offices sign about the holder's values, and papers that come as data (mark.md, "Statement"). A statement waits in
 * quarantine like any deposit; all of it is checked before anything is written. Twin of mappe.holder.marks.
 */
import { HolderError } from '../errors.ts';
import { derive } from '../formats/derive.ts';
import { b64u, concat, newId, unb64u } from '../formats/encoding.ts';
import { Refusal, refuse } from '../formats/errors.ts';
import {
  type CheckedMark,
  type Issued,
  MAX_STATEMENT,
  type Mark,
  markEntry,
  markNames,
  marksIn,
  readStatement,
  type Salted,
  type Says,
  STATEMENT_MEDIA,
  unverified,
  verifyMark,
} from '../formats/mark.ts';
import type { ValueRecord } from '../formats/object.ts';
import type { Registry } from '../formats/registry.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import type { Write } from '../store/commit.ts';
import type { Item, Vault } from '../store/vault.ts';
import { acceptAndDrop, type Received } from './deposits.ts';
import { fetchDeposit } from './fetch.ts';

/** `type.field` with its value, and what is said about it. */
export type Said = { readonly field: string; readonly value: Json; readonly says: Says; readonly time: number };
/** Checked, and not written yet. `title`: of a paper that comes with it; null: marks on papers that are here. */
export type Told = {
  readonly title: string | null;
  readonly said: readonly Said[];
  readonly writes: readonly Write[];
};

type Checker = {
  readonly vault: Vault;
  readonly office: string;
  readonly registry: Registry;
  readonly now: number;
};

export const isStatement = (received: Received): boolean =>
  received.manifest?.kind === 'mark' || received.manifest?.kind === 'credential';

/**
 * Fetches a statement and checks all of it. HolderError `unknown-sender`, and the refusals of mark.md as codes
 * (`mark-mismatch`, `unknown-agency`, `malformed`, …).
 */
export async function openStatement(vault: Vault, received: Received, registry: Registry): Promise<Told> {
  const { manifest, office } = received;
  if (manifest === null || !isStatement(received)) throw new HolderError('no-statement');
  if (office === null) throw new HolderError('unknown-sender');
  if (manifest.attachment.size > MAX_STATEMENT) throw new HolderError('too-large');
  const blob = await fetchDeposit(vault, received, manifest.attachment, STATEMENT_MEDIA);
  const by: Checker = { vault, office, registry, now: vault.server.now() };
  try {
    const { document, marks } = readStatement(new Uint8Array(await blob.arrayBuffer()), manifest.kind);
    return document === null ? await onPapers(by, marks) : await asPaper(by, document, marks, received);
  } catch (error) {
    if (error instanceof Refusal) throw new HolderError(error.code, {}, error);
    throw error;
  }
}

/** Writes it, and takes it out of quarantine; the ids of the papers. */
export async function takeStatement(vault: Vault, received: Received, told: Told): Promise<string[]> {
  await vault.commit(told.writes);
  await acceptAndDrop(vault, received);
  return told.writes.map(({ id }) => id);
}

/** Each mark at the value that it covers. What waits in the outbox is an edit that the mark does not know. */
async function onPapers(by: Checker, marks: readonly Salted[]): Promise<Told> {
  const { vault } = by;
  const papers = await namedBy(by);
  const changed = new Map<string, JsonObject>();
  const said: Said[] = [];
  for (const one of marks) {
    const mark = unverified(one.token);
    if (mark.agency !== by.office) refuse('unknown-agency');
    const item = papers.get(`${mark.document} ${mark.person}`) ?? refuse('mark-mismatch', 'no such paper');
    if (item.pending) throw new HolderError('edited-elsewhere', { ids: [item.id] });
    const payload = changed.get(item.id) ?? item.payload;
    const [type = '', name = ''] = mark.field.split('.');
    if (type !== payload.type) refuse('mark-mismatch', 'another type');
    const fields = (payload.fields ?? {}) as unknown as { readonly [name: string]: readonly ValueRecord[] };
    const records = Object.hasOwn(fields, name) ? (fields[name] as readonly ValueRecord[]) : [];
    const found = await atRecord(by, records, mark, one);
    said.push({ field: mark.field, value: found.value, says: mark.says, time: mark.time });
    changed.set(item.id, {
      ...payload,
      fields: { ...fields, [name]: found.records } as unknown as Json,
      updated: by.now,
    });
  }
  const writes = [...changed].map(([id, payload]) => ({ id, payload }));
  if (vault.outbox.waiting.value > 0) await vault.outbox.flush();
  return { title: null, said, writes };
}

/** The papers of the wallet under the names that this office knows. */
async function namedBy({ vault, office }: Checker): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for (const item of vault.items('document')) {
    const person = typeof item.payload.person === 'string' ? item.payload.person : null;
    const names = await markNames(vault.identity.sign, office, item.id, person);
    found.set(`${names.document} ${names.person}`, item);
  }
  return found;
}

async function atRecord(
  by: Checker,
  records: readonly ValueRecord[],
  { field }: Mark,
  one: Salted,
): Promise<{ readonly records: ValueRecord[]; readonly value: Json }> {
  for (const [place, record] of records.entries()) {
    if (record.missing !== undefined) continue;
    try {
      const checked = await verifyMark(one, by.registry, { field, value: record.value }, by.now);
      return { records: records.map((old, i) => (i === place ? marked(old, one, checked) : old)), value: record.value };
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'mark-mismatch')) throw error;
    }
  }
  return refuse('mark-mismatch', 'no such value');
}

const RAISES: Partial<Record<Says, ValueRecord['assurance']>> = {
  'seen-in-original': 'seen-in-original',
  issued: 'issuer-signed',
};

/** With a mark that holds; one that the same office made before is replaced. `agreed` raises nothing. */
function marked(record: ValueRecord, one: Salted, { mark, agency }: CheckedMark): ValueRecord {
  const kept = record.evidence.filter((entry) => !samePlace(entry, mark));
  const raised = RAISES[mark.says] ?? record.assurance;
  const assurance = record.assurance === 'issuer-signed' ? record.assurance : raised;
  return { ...record, assurance, evidence: [...kept, markEntry(one, agency.name)] };
}

function samePlace(entry: Json, { agency, says }: Mark): boolean {
  return marksIn([entry]).some(({ token }) => {
    try {
      const old = unverified(token);
      return old.agency === agency && old.says === says;
    } catch (error) {
      if (error instanceof Refusal) return true; // cannot be read: it goes
      throw error;
    }
  });
}

/** The paper. Its id follows from the deposit, so that taking it twice makes one. */
async function asPaper(by: Checker, paper: Issued, marks: readonly Salted[], { code, item }: Received): Promise<Told> {
  const { vault, now } = by;
  const fields: { [name: string]: Json } = {};
  const said: Said[] = [];
  let person: string | null = null;
  for (const one of marks) {
    const mark = unverified(one.token);
    const name = mark.field.split('.')[1] as string;
    const { value, as_of } = paper.fields[name] as { value: Json; as_of: string };
    const checked = await verifyMark(one, by.registry, { field: mark.field, value }, now);
    if (checked.agency.id !== by.office) refuse('unknown-agency');
    const record = { value, assurance: 'self-declared', source: checked.agency.name, as_of, evidence: [] } as const;
    fields[name] = [marked({ ...record, evidence: [] }, one, checked) as unknown as Json];
    said.push({ field: mark.field, value, says: mark.says, time: mark.time });
    person = mark.person;
  }
  const owner = await personNamed(by, person);
  const seed = concat(unb64u(code, 16), unb64u(item, 16));
  const id = b64u(await derive(vault.identity.sign, 'statement-document', seed, 16));
  const payload: JsonObject = {
    ...{ v: 1, kind: 'document', type: paper.type, title: paper.title },
    ...(owner === null ? {} : { person: owner }),
    ...{ created: now, updated: now, state: 'present', fields, attachments: [] },
  };
  return { title: paper.title, said, writes: [{ id, payload }] };
}

/** Whom the office calls so: a person object, or null for the holder. */
async function personNamed({ vault, office }: Checker, name: string | null): Promise<string | null> {
  if (name === null) return null;
  for (const person of [null, ...vault.items('person').map((item) => item.id)]) {
    if ((await markNames(vault.identity.sign, office, newId(), person)).person === name) return person;
  }
  return refuse('mark-mismatch', 'of nobody here');
}
