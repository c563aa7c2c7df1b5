/** Entries in plain data: who, what, when, why refused. The words are the screen's. */

import { HolderError } from '../errors.ts';
import type { Json } from '../formats/strict_json.ts';
import { type Own, readOwn } from '../grant/own.ts';
import type { Vault } from '../store/vault.ts';
import type { Entry, Journal } from './journal.ts';

export type Who =
  | { readonly kind: 'agency'; readonly name: string; readonly agency: string | null }
  /** `name` '': whoever had the link. */
  | { readonly kind: 'link'; readonly name: string }
  | { readonly kind: 'this-device' | 'other-device' | 'server' | 'sender' | 'stop-code' };

/** Kinds of log.md in groups: for the symbol and the sentence. Kinds of a newer server are `other`. */
const GROUPS = {
  read: ['grant-opened', 'slot-delivered', 'file-delivered'],
  looked: ['grant-looked-at'],
  refused: ['grant-refused', 'sign-in-refused', 'refusals-counted'],
  ended: ['grant-ended'],
  shared: ['grant-created', 'grant-republished', 'desk-given'],
  deposit: [
    ...['deposit-created', 'deposit-opened', 'deposit-received', 'deposit-accepted', 'deposit-discarded'],
    'deposit-ended',
  ],
  device: ['signed-in', 'device-added', 'device-removed', 'recovery-started', 'recovery-stopped'],
  wallet: ['wallet-created', 'method-changed', 'vault-changed', 'stopped', 'exported', 'restored'],
  more: ['more-entries'],
} as const;
export type What = keyof typeof GROUPS | 'other';
const GROUP_OF: ReadonlyMap<string, What> = new Map(
  Object.entries(GROUPS).flatMap(([what, kinds]) => kinds.map((kind) => [kind, what as What] as const)),
);

export type Told = {
  readonly seq: number;
  readonly time: number;
  /** Kind of the event (log.md). */
  readonly kind: string;
  readonly what: What;
  readonly who: Who;
  /** The share it is about. */
  readonly grant: string | null;
  readonly purpose: string | null;
  /** `type.field` of what was delivered; the vault's own record names them. Unnamed slots: null. */
  readonly fields: readonly (string | null)[];
  /** A code: why it was refused, or why it ended. */
  readonly reason: string | null;
  /**
   * "n more": the entry stands for further accesses of the hour that begins at `hour`; `of` a kind, null: deliveries of
   * the share. `count` null: the hour is not over, or its number follows in a later entry.
   */
  readonly more: { readonly hour: number; readonly of: string | null; readonly count: number | null } | null;
  /** Whatever else the entry says (log.md, `detail`). */
  readonly detail: Readonly<Record<string, string | number>>;
  /** An office's act: whether its own signature proves it; false: only the server says so. null: nobody's act that is signed. */
  readonly proven: boolean | null;
  /** Promised, and not yet in the public log. */
  readonly waiting: boolean;
};

/** Newest first. */
export function explain(vault: Vault, journal: Journal): Told[] {
  const shares = ownRecords(vault);
  return journal.entries.map((entry) => told(entry, shares, journal.device)).reverse();
}

function ownRecords(vault: Vault): Map<string, Own> {
  const found = new Map<string, Own>();
  for (const item of vault.items('grant')) {
    try {
      found.set(item.id, readOwn(item));
    } catch (error) {
      if (!(error instanceof HolderError)) throw error; // of a program that this one does not know: shown by its id
    }
  }
  return found;
}

function told({ seq, event, index, proven }: Entry, shares: ReadonlyMap<string, Own>, device: string): Told {
  const share = event.grant === undefined ? undefined : shares.get(event.grant);
  const detail = event.detail ?? {};
  return {
    ...{ seq, time: event.time, kind: event.kind, what: GROUP_OF.get(event.kind) ?? 'other' },
    who: who(event.actor, share, device),
    grant: event.grant ?? null,
    purpose: share?.purpose ?? null,
    fields: (event.slots ?? []).map((slot) =>
      share !== undefined && Object.hasOwn(share.slots, slot) ? (share.slots[slot] ?? null) : null,
    ),
    reason: textOf(detail.code ?? detail.reason),
    more: more(event.kind, detail),
    detail,
    proven,
    waiting: index === null,
  };
}

function who(actor: Entry['event']['actor'], share: Own | undefined, device: string): Who {
  switch (actor.type) {
    case 'device':
      return { kind: actor.id === device ? 'this-device' : 'other-device' };
    case 'agency':
      return { kind: 'agency', name: share?.to.name ?? actor.id ?? '', agency: share?.to.agency ?? actor.id ?? null };
    case 'link':
      return { kind: 'link', name: share?.to.name ?? '' };
    default:
      return { kind: actor.type };
  }
}

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

function more(kind: string, detail: Readonly<Record<string, string | number>>): Told['more'] {
  if (kind !== 'more-entries' && kind !== 'refusals-counted') return null;
  const hour = numberOf(detail.hour) ?? 0;
  return { hour, of: kind === 'refusals-counted' ? 'refused' : textOf(detail.of), count: numberOf(detail.count) };
}

/** What one recipient did, for the cockpit's rows. */
export type Recipient = {
  readonly who: Who;
  readonly grants: readonly string[];
  /** Shares that have neither ended nor run out. */
  readonly running: number;
  readonly reads: number;
  readonly refused: number;
  readonly last: number | null;
  /** Everything that was delivered, each name once. */
  readonly fields: readonly string[];
};

/** Everybody who has or had a share, newest activity first. Links without a name are recipients of their own. */
export function recipients(vault: Vault, told: readonly Told[]): Recipient[] {
  const now = vault.server.now();
  const groups = new Map<string, { who: Who; grants: Map<string, Own> }>();
  for (const [grant, own] of ownRecords(vault)) {
    const { agency, name } = own.to;
    const key = agency !== null ? `agency ${agency}` : name !== '' ? `name ${name}` : `grant ${grant}`;
    const who: Who = agency !== null ? { kind: 'agency', name, agency } : { kind: 'link', name };
    const group = groups.get(key) ?? { who, grants: new Map<string, Own>() };
    group.grants.set(grant, own);
    groups.set(key, group);
  }
  const ended = new Set(told.filter((one) => one.kind === 'grant-ended').map((one) => one.grant));
  const rows = [...groups.values()].map(({ who, grants }) => {
    const about = told.filter((one) => one.grant !== null && grants.has(one.grant));
    const by = about.filter((one) => one.who.kind === 'agency' || one.who.kind === 'link');
    const created = [...grants.values()].map((own) => own.created);
    const names = about.filter((one) => one.what === 'read').flatMap((one) => one.fields);
    return {
      ...{ who, grants: [...grants.keys()] },
      running: [...grants].filter(([grant, own]) => !ended.has(grant) && own.exp > now).length,
      reads: by.filter((one) => one.what === 'read').length,
      refused: by.filter((one) => one.what === 'refused').length,
      last: by.reduce<number | null>((latest, one) => Math.max(latest ?? 0, one.time), null),
      fields: [...new Set(names.filter((name) => name !== null))],
      order: Math.max(0, ...by.map((one) => one.time), ...created),
    };
  });
  return rows.sort((a, b) => b.order - a.order).map(({ order: _, ...row }) => row);
}
