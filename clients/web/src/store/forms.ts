/**
 * A form between a field's value and what somebody types. `Raw` is what stands in the boxes; reading it gives the value or
 * the problems by box. A value that no box can hold (a newer kind) is left alone.
 */

import type { Json, JsonObject } from '../formats/strict_json.ts';
import type { Field } from '../i18n/fields.ts';
import { boxText, type Problem, pruned, typed } from './values.ts';

export type Raw = string | Raw[] | { [name: string]: Raw };
/** Path of a box (`address.country`, `members.0.birthdate`; '' the field itself) → what is wrong. */
export type Problems = Readonly<Record<string, Problem>>;
export type Read = { readonly value: Json | undefined; readonly problems: Problems };

const MONEY: Readonly<Record<string, Field>> = {
  amount: { label: '', kind: 'decimal' },
  currency: { label: '', kind: 'text' },
};
export const CURRENCY = 'EUR';

/** The boxes of one entry of a list. */
export function entryOf(field: Field): Field {
  if (field.kind === 'countries') {
    return { label: field.label, kind: 'country', ...(field.codes === undefined ? {} : { codes: field.codes }) };
  }
  if (field.item !== undefined) return { label: field.label, kind: field.item };
  return { label: field.label, kind: 'object', ...(field.members === undefined ? {} : { members: field.members }) };
}

export function membersOf(field: Field): Readonly<Record<string, Field>> | null {
  if (field.kind === 'money') return MONEY;
  return field.kind === 'object' ? (field.members ?? {}) : null;
}

const isList = (field: Field) => field.kind === 'list' || field.kind === 'countries';

export function emptyRaw(field: Field): Raw {
  if (isList(field)) return [];
  const members = membersOf(field);
  if (members === null) return '';
  if (field.kind === 'money') return { amount: '', currency: CURRENCY };
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, emptyRaw(member)]));
}

/** null: no box can hold this value. */
export function rawOf(field: Field, value: Json | undefined): Raw | null {
  if (value === undefined || value === null) return emptyRaw(field);
  if (isList(field)) {
    if (!Array.isArray(value)) return null;
    const entry = entryOf(field);
    const raws = value.map((one) => rawOf(entry, one));
    return raws.includes(null) ? null : (raws as Raw[]);
  }
  const members = membersOf(field);
  if (members === null) return boxText(value);
  if (typeof value !== 'object' || Array.isArray(value)) return null;
  const out: { [name: string]: Raw } = emptyRaw(field) as { [name: string]: Raw };
  for (const [name, member] of Object.entries(members)) {
    const raw = rawOf(member, value[name]);
    if (raw === null) return null;
    if (Object.hasOwn(value, name)) out[name] = raw;
  }
  return out;
}

/** `old`: what members this client does not know are kept from. */
export function readRaw(field: Field, raw: Raw, old?: Json): Read {
  const problems: Record<string, Problem> = {};
  const value = read(field, raw, old, '', problems);
  return { value: pruned(value), problems };
}

const under = (path: string, name: string | number) => (path === '' ? String(name) : `${path}.${name}`);

function read(
  field: Field,
  raw: Raw,
  old: Json | undefined,
  path: string,
  problems: Record<string, Problem>,
): Json | undefined {
  if (isList(field)) {
    if (!Array.isArray(raw)) return undefined;
    const entry = entryOf(field);
    const olds = Array.isArray(old) ? old : [];
    const values = raw.map((one, i) => pruned(read(entry, one, olds[i], under(path, i), problems)));
    return values.filter((one): one is Json => one !== undefined);
  }
  const members = membersOf(field);
  if (members === null) {
    if (typeof raw !== 'string') return undefined;
    const result = typed(field.kind, raw, field);
    if ('problem' in result) {
      problems[path] = result.problem;
      return undefined;
    }
    return result.value;
  }
  if (typeof raw === 'string' || Array.isArray(raw)) return undefined;
  const before = old !== null && typeof old === 'object' && !Array.isArray(old) ? old : {};
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(before)) if (!Object.hasOwn(members, name)) out[name] = value;
  for (const [name, member] of Object.entries(members)) {
    const value = read(member, raw[name] ?? emptyRaw(member), before[name], under(path, name), problems);
    if (value !== undefined) out[name] = value;
  }
  // A currency without an amount is no money.
  if (field.kind === 'money' && out.amount === undefined) return undefined;
  return out;
}

/** A box that is empty or holds nothing but what it began with. */
export function isEmpty(field: Field, raw: Raw): boolean {
  return readRaw(field, raw).value === undefined && Object.keys(readRaw(field, raw).problems).length === 0;
}
