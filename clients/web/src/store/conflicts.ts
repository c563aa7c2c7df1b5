/**
 * Two devices have written the same object. Nothing is merged and nothing is thrown away before the person has looked at
 * both: only what differs is asked for, part by part, and where the format holds several values both may stay
 * (fields.md, "Conflicting values").
 */
import { HolderError } from '../errors.ts';
import type { Attachment } from '../formats/attachment.ts';
import { MOST_VALUES, type Payload, type ValueRecord } from '../formats/object.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import type { Writer } from '../unlock/profile.ts';
import { attachmentsOf, fieldsOf, recordsOf } from './papers.ts';
import type { Vault } from './vault.ts';

export type Choice = 'mine' | 'theirs' | 'both';

/** `whole`: one side has removed the object. `field`: lists of value records. `file`: one attachment, there or not. */
export type Difference = {
  readonly key: string;
  readonly part: 'whole' | 'member' | 'field' | 'file';
  readonly name: string;
  readonly mine: Json | undefined;
  readonly theirs: Json | undefined;
  /** The format holds both. */
  readonly both: boolean;
};

export type Conflict = {
  readonly id: string;
  /** Of the other device's: what the person has seen of it. */
  readonly version: number;
  /** null: removed. */
  readonly mine: Payload | null;
  readonly theirs: Payload | null;
  readonly differences: readonly Difference[];
  /** Who wrote the other one; null where this device has not seen the change itself. */
  readonly writer: Writer | null;
};

/** What a version says about itself, not about the paper. */
const ABOUT_ITSELF: ReadonlySet<string> = new Set(['v', 'kind', 'created', 'updated', 'fields', 'attachments']);
/** It means nothing without the state. */
const STATE = ['state', 'not_obtainable'] as const;

/** The same text for the same value, whatever the order of members. */
function canonical(value: Json | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

export const same = (a: Json | undefined, b: Json | undefined): boolean => canonical(a) === canonical(b);

/** The ids that wait because another device has written them meanwhile. */
export function contested(vault: Vault): readonly string[] {
  return vault.outbox.contested();
}

/** null: settled. HolderError `cache-lost`, `left-at-home`: the other version is not on this device now. */
export function conflictOf(vault: Vault, id: string): Conflict | null {
  const mine = vault.outbox.overlay.get(id);
  if (mine === undefined || !contested(vault).includes(id)) return null;
  const { version, body } = vault.state.objects.get(id) ?? { version: 0, body: null };
  const held = vault.opened.all.get(id)?.payload;
  if (body !== null && held === undefined)
    throw new HolderError(vault.away.ids.has(id) ? 'left-at-home' : 'cache-lost');
  const theirs = body === null || held === undefined ? null : held;
  const writer = vault.profile.writers.get(id);
  return {
    ...{ id, version, mine, theirs },
    differences: differencesOf(mine, theirs),
    writer: writer?.version === version ? writer : null,
  };
}

export function differencesOf(mine: Payload | null, theirs: Payload | null): Difference[] {
  if (mine === null && theirs === null) return [];
  if (mine === null || theirs === null) {
    return [
      { key: 'whole', part: 'whole', name: '', mine: mine ?? undefined, theirs: theirs ?? undefined, both: false },
    ];
  }
  return [...membersOf(mine, theirs), ...fieldDifferences(mine, theirs), ...fileDifferences(mine, theirs)];
}

function stateOf(payload: JsonObject): JsonObject {
  return Object.fromEntries(
    STATE.flatMap((name) => (payload[name] === undefined ? [] : [[name, payload[name] as Json]])),
  );
}

function membersOf(mine: JsonObject, theirs: JsonObject): Difference[] {
  const found: Difference[] = [];
  const add = (name: string, a: Json | undefined, b: Json | undefined) => {
    if (!same(a, b)) found.push({ key: `member/${name}`, part: 'member', name, mine: a, theirs: b, both: false });
  };
  for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    if (name === 'state') add(name, stateOf(mine), stateOf(theirs));
    else if (!ABOUT_ITSELF.has(name) && name !== 'not_obtainable') add(name, mine[name], theirs[name]);
  }
  return found;
}

function fieldDifferences(mine: JsonObject, theirs: JsonObject): Difference[] {
  const names = new Set([...Object.keys(fieldsOf(mine)), ...Object.keys(fieldsOf(theirs))]);
  return [...names].flatMap((name) => {
    const [a, b] = [recordsOf(mine, name), recordsOf(theirs, name)];
    if (same(a as unknown as Json, b as unknown as Json)) return [];
    const both = a.length > 0 && b.length > 0 && together(a, b).length <= MOST_VALUES;
    const values = { mine: a as unknown as Json, theirs: b as unknown as Json };
    return [{ key: `field/${name}`, part: 'field' as const, name, ...values, both }];
  });
}

/** Side by side, none twice; what this device has typed is shown first. */
function together(a: readonly ValueRecord[], b: readonly ValueRecord[]): ValueRecord[] {
  const has = (record: ValueRecord) => a.some((one) => same(one as unknown as Json, record as unknown as Json));
  return [...a, ...b.filter((record) => !has(record))];
}

function fileDifferences(mine: JsonObject, theirs: JsonObject): Difference[] {
  const [a, b] = [attachmentsOf(mine), attachmentsOf(theirs)];
  return [...new Set([...a, ...b].map(({ id }) => id))].flatMap((id) => {
    const find = (files: readonly Attachment[]) => files.find((one) => one.id === id) as unknown as Json | undefined;
    const values = { mine: find(a), theirs: find(b) };
    return same(values.mine, values.theirs)
      ? []
      : [{ key: `file/${id}`, part: 'file' as const, name: id, ...values, both: false }];
  });
}

/** What the person has put together; null: removed. HolderError `choose` where a part has no choice yet. */
export function merged(conflict: Conflict, choices: ReadonlyMap<string, Choice>, now: number): Payload | null {
  const { mine, theirs, differences } = conflict;
  const chosen = new Map<Difference, Choice>();
  for (const one of differences) {
    const choice = choices.get(one.key);
    if (choice === undefined || (choice === 'both' && !one.both)) throw new HolderError('choose', { part: one.key });
    chosen.set(one, choice);
  }
  const [first] = differences;
  if (mine === null || theirs === null) return first !== undefined && chosen.get(first) === 'mine' ? mine : theirs;
  if ([...chosen.values()].every((choice) => choice === 'theirs')) return theirs;
  const out: { [name: string]: Json } = { ...theirs, updated: now };
  const fields: { [name: string]: Json } = { ...(theirs.fields as JsonObject | undefined) };
  let files = attachmentsOf(theirs);
  for (const [{ part, name, mine: a }, choice] of chosen) {
    if (choice === 'theirs') continue;
    if (part === 'file') {
      files = files.filter((one) => one.id !== name);
      if (a !== undefined) files = [...files, a as unknown as Attachment];
    } else if (part === 'field') {
      const records =
        choice === 'both' ? together(recordsOf(mine, name), recordsOf(theirs, name)) : recordsOf(mine, name);
      if (records.length === 0) delete fields[name];
      else fields[name] = records as unknown as Json;
    } else {
      for (const member of name === 'state' ? STATE : [name]) {
        if (mine[member] === undefined) delete out[member];
        else out[member] = mine[member] as Json;
      }
    }
  }
  if (mine.fields !== undefined || theirs.fields !== undefined) out.fields = fields;
  if (mine.attachments !== undefined || theirs.attachments !== undefined) out.attachments = files as unknown as Json;
  return out as Payload;
}

/** It becomes the next version. HolderError `edited-elsewhere`: the other device has written once more meanwhile. */
export async function settle(vault: Vault, conflict: Conflict, payload: Payload | null): Promise<void> {
  const { id, version, theirs } = conflict;
  if ((vault.state.objects.get(id)?.version ?? 0) !== version) throw new HolderError('edited-elsewhere', { ids: [id] });
  const unchanged = payload === null ? theirs === null : theirs !== null && same(payload, theirs);
  await vault.outbox.settle(id, unchanged ? undefined : payload);
}
