/**
 * Grants: a snapshot of chosen values, sealed for one recipient, until an end date (grant.md). `prepare` builds all of it
 * on this device and shows exactly what the recipient will see; `release` sends it. Twin of mappe.holder.grants.
 */
import { HolderError } from '../errors.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Vault } from '../store/vault.ts';
import type { Agency } from './registry.ts';
import type { Chosen, Pick } from './selection.ts';
import type { Basis } from './texts.ts';

export const DAY = 24 * 3600;
export const MAX_LIFE = 366 * DAY;
/** A link's secret may stay in a scanner's history: one open unless asked for more. */
export const DEFAULT_LINK_OPENS = 1;
export const DEFAULT_LINK_LIFE = 7 * DAY;

/** Whom it is for: an agency (registry id) with its HPKE key, or nobody in particular (a link). */
export type To = {
  readonly name: string;
  readonly address: string | null;
  readonly agency: string | null;
  readonly sealKey: string | null;
};
export const toAnybody = (name = ''): To => ({ name, address: null, agency: null, sealKey: null });

/** The agency with its current key. HolderError `no-key`. */
export function toAgency(_agency: Agency, _now: number): To {
  throw new HolderError('not-built');
}

/** Why and how long. `life` in seconds; `opens` 0: not limited (agencies only); `passcode`: six digits or null. */
export type Conditions = {
  readonly purpose: string;
  readonly basis: Basis;
  readonly retention: string;
  readonly language: string;
  readonly life: number;
  readonly opens: number;
  readonly passcode: string | null;
  readonly standing: boolean;
  readonly request: string | null;
};
export const conditions = (purpose: string, more: Partial<Conditions> = {}): Conditions => ({
  ...{ purpose, basis: 'consent', retention: 'P3M', language: 'de', life: DEFAULT_LINK_LIFE },
  ...{ opens: DEFAULT_LINK_OPENS, passcode: null, standing: false, request: null },
  ...more,
});

/** Six digits made by the wallet. */
export function newPasscode(): string {
  throw new HolderError('not-built');
}

/** Ready to be released. `slots` is exactly what the recipient will see. */
export type Prepared = {
  readonly grant: string;
  readonly secret: string;
  readonly to: To;
  readonly conditions: Conditions;
  readonly slots: readonly Chosen[];
  readonly picks: readonly Pick[];
  readonly policy: string;
  readonly terms: string;
  readonly body: JsonObject;
  readonly version: number;
  readonly exp: number;
  /** Hash of the consent text that stands in the terms. */
  readonly text: string;
};

/** Builds and seals; sends nothing. HolderError `too-long`, `bad-opens`, `no-text`, and those of `choose`. */
export async function prepare(
  _vault: Vault,
  _to: To,
  _picks: readonly Pick[],
  _conditions: Conditions,
): Promise<Prepared> {
  throw new HolderError('not-built');
}

/** Sends it. The own record goes into the vault first: no grant exists that the holder cannot find. Call again if it broke. */
export async function release(_vault: Vault, _prepared: Prepared): Promise<void> {
  throw new HolderError('not-built');
}

/** A standing grant follows the newest values under the same policy; the new version. HolderError `other-fields`. */
export async function republish(_vault: Vault, _grant: string, _picks?: readonly Pick[]): Promise<number> {
  throw new HolderError('not-built');
}

/** What the vault knows beside what the server says. */
export type Share = {
  readonly id: string;
  /** '' : whoever has the link. null: not in the vault (`unknown`). */
  readonly to: string | null;
  readonly address: string | null;
  readonly agency: string | null;
  readonly purpose: string;
  /** slot id → `type.field` */
  readonly slots: Readonly<Record<string, string>>;
  readonly created: number | null;
  readonly exp: number | null;
  readonly standing: boolean;
  readonly passcode: string | null;
  /** `unknown`: the server cannot be asked (offline). */
  readonly state: 'active' | 'suspended' | 'ended' | 'unknown';
  readonly reason: string | null;
  readonly opens: number | null;
  readonly opensUsed: number | null;
  readonly triesLeft: number | null;
  readonly peeks: number | null;
  readonly version: number | null;
};

/** Every grant; `offline`: only what the vault knows. rows unknown to the vault have `to` null. */
export async function listing(_vault: Vault, _options?: { offline?: boolean }): Promise<Share[]> {
  throw new HolderError('not-built');
}

/** Ends grants at once; the ids that ended. */
export async function end(_vault: Vault, _grants: readonly string[]): Promise<string[]> {
  throw new HolderError('not-built');
}

/** All running shares of one recipient (agency id, or the name of a link's recipient), or of everybody. */
export async function endAll(_vault: Vault, _recipient?: { agency?: string; name?: string }): Promise<string[]> {
  throw new HolderError('not-built');
}

/** The URL to show as QR or to send: `/g#…` for anybody, `/a#…` for the agency's software. */
export function linkOf(_vault: Vault, _prepared: { readonly secret: string; readonly to: To }): string {
  throw new HolderError('not-built');
}

/** The link of a running share, from the vault's own record. */
export async function linkOfShare(_vault: Vault, _grant: string): Promise<string> {
  throw new HolderError('not-built');
}
