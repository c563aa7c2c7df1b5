/** Entries in plain data: who, what, when, why refused. The words are the screen's. */
import { HolderError } from '../errors.ts';
import type { Vault } from '../store/vault.ts';
import type { Journal } from './journal.ts';

export type Who =
  | { readonly kind: 'agency'; readonly name: string; readonly agency: string | null }
  /** `name` '': whoever had the link. */
  | { readonly kind: 'link'; readonly name: string }
  | { readonly kind: 'this-device' | 'other-device' | 'server' | 'sender' | 'stop-code' };

export type Told = {
  readonly seq: number;
  readonly time: number;
  /** Kind of the event (log.md); `what` groups it for symbol and sentence. Unknown kinds: `other`. */
  readonly kind: string;
  readonly what:
    | 'read'
    | 'looked'
    | 'refused'
    | 'ended'
    | 'shared'
    | 'deposit'
    | 'device'
    | 'wallet'
    | 'more'
    | 'other';
  readonly who: Who;
  /** The share it is about. */
  readonly grant: string | null;
  readonly purpose: string | null;
  /** `type.field` of what was delivered; the vault's own record names them. Unnamed slots: null. */
  readonly fields: readonly (string | null)[];
  /** A code: why it was refused, or why it ended. */
  readonly reason: string | null;
  /** "n more": how many accesses of this hour the entry stands for; null if not a sum, or not counted yet. */
  readonly more: { readonly hour: number; readonly of: string | null; readonly count: number | null } | null;
  readonly waiting: boolean;
};

/** Newest first. */
export function explain(_vault: Vault, _journal: Journal): Told[] {
  throw new HolderError('not-built');
}

/** What one recipient did, for the cockpit's rows: newest activity first. */
export type Recipient = {
  readonly who: Who;
  readonly grants: readonly string[];
  readonly running: number;
  readonly reads: number;
  readonly refused: number;
  readonly last: number | null;
  readonly fields: readonly string[];
};

export function recipients(_vault: Vault, _told: readonly Told[]): Recipient[] {
  throw new HolderError('not-built');
}
