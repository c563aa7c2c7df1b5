/**
 * What leaves: single values, files and derived answers picked from papers, as slots (grant.md, "Slots"). A pick never
 * takes a whole paper. Twin of mappe.holder.selection.
 */
import sharing from 'virtual:sharing';
import { HolderError } from '../errors.ts';
import { newId } from '../formats/encoding.ts';
import { type Json, type JsonObject, writeJson } from '../formats/strict_json.ts';
import type { Item, Vault } from '../store/vault.ts';

const ADULT_YEARS = 18;
/** Three months: a title's renewal is applied for that long before. */
const EXPIRING_SECONDS = 92 * 86400;

export const DERIVED = ['valid-today', 'adult-today'] as const;
export type Derived = (typeof DERIVED)[number];

/** One thing to release from the paper `document`: a field (with the index of its value), a file, or a derived answer. */
export type Pick = {
  readonly document: string;
  readonly field: string | null;
  readonly value: number;
  readonly file: number | null;
  readonly derived: Derived | null;
};

export const pickField = (document: string, field: string, value = 0): Pick => {
  return { document, field, value, file: null, derived: null };
};
export const pickFile = (document: string, file: number): Pick => {
  return { document, field: null, value: 0, file, derived: null };
};
export const pickDerived = (document: string, derived: Derived): Pick => {
  return { document, field: null, value: 0, file: null, derived };
};

/** A slot ready to be sealed. `content` is exactly what the recipient will see. */
export type Chosen = {
  readonly slot: string;
  readonly kind: 'field' | 'attachment' | 'derived' | 'evidence';
  /** `type.field` */
  readonly name: string;
  readonly content: JsonObject;
  readonly file: { readonly ref: string; readonly attachment: string; readonly version: number } | null;
  readonly pick: Pick;
};

/** What the person should know before it leaves. `day` is a date; `shows` are codes of `scan_shows` in fields.json. */
export type Warning =
  | { readonly kind: 'expired' | 'expiring'; readonly document: string; readonly title: string; readonly day: string }
  | { readonly kind: 'scan-shows'; readonly name: string; readonly document: string; readonly shows: readonly string[] }
  | { readonly kind: 'sensitive' | 'conflicting' | 'superseded'; readonly name: string; readonly document: string };

/**
 * The slots for these picks, in order; `slots` are the ids to keep at a re-publish. `today` is YYYY-MM-DD.
 * HolderError `nothing-picked`, `no-such-field`, `no-such-file`, `cannot-derive`.
 */
export function choose(vault: Vault, picks: readonly Pick[], today: string, slots?: readonly string[]): Chosen[] {
  if (picks.length === 0) throw new HolderError('nothing-picked');
  if (slots !== undefined && slots.length !== picks.length) throw new HolderError('other-fields');
  return picks.map((pick, n) => {
    const item = vault.item(pick.document);
    const slot = slots?.[n] ?? newId();
    if (pick.file !== null) return chosenFile(item, pick, pick.file, slot);
    const content = pick.derived === null ? chosenField(item, pick) : derived(item, pick.derived, today);
    const { kind, name } = content;
    return { slot, kind: kind as Chosen['kind'], name: name as string, content, file: null, pick };
  });
}

export const typeOf = (item: Item): string => String(item.payload.type ?? 'other_paper');
const titleOf = (item: Item): string => String(item.payload.title ?? '');

/** The values of a field; the newest by as-of date stands first. Conflicting values stand side by side. */
export function valueRecords(item: Item, name: string): JsonObject[] {
  const fields = (item.payload.fields ?? {}) as JsonObject;
  const records = Object.hasOwn(fields, name) ? ((fields[name] ?? []) as JsonObject[]) : [];
  const asOf = (record: JsonObject) => String(record.as_of ?? '');
  return [...records].sort((a, b) => (asOf(a) < asOf(b) ? 1 : asOf(a) > asOf(b) ? -1 : 0));
}

function valueRecord(item: Item, name: string, index = 0): JsonObject {
  const found = valueRecords(item, name)[index];
  if (found === undefined) throw new HolderError('no-such-field', { document: item.id, field: name });
  return found;
}

function chosenField(item: Item, pick: Pick): JsonObject {
  const field = pick.field as string;
  const record = valueRecord(item, field, pick.value);
  const content: { [member: string]: Json } = {
    ...{ v: 1, kind: 'field', name: `${typeOf(item)}.${field}`, value: record.value ?? null },
    ...{ assurance: record.assurance ?? 'self-declared', source: record.source ?? '', as_of: record.as_of ?? '' },
    evidence: record.evidence ?? [],
  };
  for (const more of ['missing', 'reason', 'substitute']) if (record[more] !== undefined) content[more] = record[more];
  return content;
}

const EXPIRY = ['date_of_expiry', 'valid_until'];
/** Any day: only whether there is an answer counts. */
const FAR = '9999-12-31';
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A yes or no instead of the date behind it; self-declared, with the day it was computed. */
function derived(item: Item, question: Derived, today: string): JsonObject {
  const names = question === 'valid-today' ? EXPIRY : ['birthdate'];
  const source = names.find((name) => valueRecords(item, name).length > 0);
  if (source === undefined) throw new HolderError('cannot-derive', { why: 'no-date', question });
  const day = String(valueRecord(item, source).value);
  if (!DAY.test(day)) throw new HolderError('cannot-derive', { why: 'partial-date', question });
  const value = question === 'valid-today' ? day >= today : day <= eighteenYearsBefore(today);
  const type = typeOf(item);
  return {
    ...{ v: 1, kind: 'derived', name: `${type}.${question.replace('-', '_')}`, value, assurance: 'self-declared' },
    ...{ source: `computed from ${type}.${source}`, as_of: today, evidence: [], computed_on: today },
  };
}

/** Whether the paper answers this question: it needs a date that is known to the day. */
export function canDerive(item: Item, question: Derived): boolean {
  try {
    derived(item, question, FAR);
    return true;
  } catch {
    return false;
  }
}

/** As text: a birthday on 29 February counts from 1 March on in other years, as in the twin. */
function eighteenYearsBefore(today: string): string {
  return `${String(Number(today.slice(0, 4)) - ADULT_YEARS).padStart(4, '0')}${today.slice(4)}`;
}

function chosenFile(item: Item, pick: Pick, index: number, slot: string): Chosen {
  const files = (item.payload.attachments ?? []) as JsonObject[];
  const file = files[index];
  if (file === undefined) throw new HolderError('no-such-file', { document: item.id });
  const ref = newId();
  const name = `${typeOf(item)}.file`;
  const content = {
    ...{ v: 1, kind: 'attachment', name, value: file.name ?? null, assurance: 'self-declared' },
    ...{ source: titleOf(item), as_of: dayOf(Number(item.payload.updated ?? 0)), evidence: [] },
    attachment: { ...file, ref },
  };
  const reference = { ref, attachment: String(file.id), version: Number(file.version) };
  return { slot, kind: 'attachment', name, content, file: reference, pick };
}

/** The date of a moment, in UTC as everywhere in the formats. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/**
 * What is worth a word before these picks leave. Sensitive types and what is in no bundle are named so that the screen
 * lets the person confirm each of them alone.
 */
export function warnings(vault: Vault, picks: readonly Pick[], today: string): Warning[] {
  const found: Warning[] = [];
  const soon = dayOf(Date.parse(today) / 1000 + EXPIRING_SECONDS);
  for (const document of new Set(picks.map((pick) => pick.document))) {
    const item = vault.item(document);
    const day = EXPIRY.map((name) => String(valueRecords(item, name)[0]?.value ?? '')).find((one) => DAY.test(one));
    if (day === undefined || day >= soon) continue;
    found.push({ kind: day < today ? 'expired' : 'expiring', document, title: titleOf(item), day });
  }
  for (const pick of picks) {
    const item = vault.item(pick.document);
    const { document } = pick;
    const name = `${typeOf(item)}.${pick.field ?? (pick.file === null ? pick.derived : 'file')}`;
    const type = Object.hasOwn(sharing, typeOf(item)) ? sharing[typeOf(item)] : undefined;
    if (pick.file !== null && type !== undefined && type.shows.length > 0) {
      found.push({ kind: 'scan-shows', name, document, shows: type.shows });
    }
    if (!inBundle(typeOf(item)) || (pick.field !== null && type?.fields.includes(pick.field))) {
      found.push({ kind: 'sensitive', name, document });
    }
    if (pick.field !== null && conflicting(valueRecords(item, pick.field))) {
      found.push({ kind: 'conflicting', name, document });
    }
    if (item.payload.state === 'superseded') found.push({ kind: 'superseded', name, document });
  }
  return found;
}

/** Whether fields of this type may be part of a bundle; else they are picked one by one. Unknown types are not. */
export function inBundle(type: string): boolean {
  const known = Object.hasOwn(sharing, type) ? sharing[type] : undefined;
  return known?.bundle === true && !known.sensitive;
}

function conflicting(records: readonly JsonObject[]): boolean {
  return new Set(records.map((record) => writeJson(record.value ?? null))).size > 1;
}
