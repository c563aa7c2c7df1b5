/**
 * Grants: a snapshot of chosen values, sealed for one recipient, until an end date (grant.md). `prepare` builds all of it
 * on this device and shows exactly what the recipient will see; `release` sends it. The holder's own record goes into the
 * vault first, so that whatever exists can always be found and ended. Twin of mappe.holder.grants.
 */
import { Problem } from '../api/http.ts';
import * as promises from '../audit/promises.ts';
import { HolderError } from '../errors.ts';
import { b64u, random, unb64u } from '../formats/encoding.ts';
import {
  linkOf as link,
  locate,
  recipientTag,
  sealTerms,
  termsHash,
  writePolicy,
  writeTerms,
} from '../formats/grant.ts';
import { agencySealKey } from '../formats/registry.ts';
import { sealThumbprint, suiteOf } from '../formats/seal_keys.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Vault } from '../store/vault.ts';
import { named } from './origin.ts';
import { ownRecord, readOwn } from './own.ts';
import type { Agency } from './registry.ts';
import { PASSCODE_PROFILE, sealVersion, signerOf, type To } from './seal.ts';
import { type Chosen, choose, dayOf, type Pick } from './selection.ts';
import { own } from './shares.ts';
import { type Basis, consentText } from './texts.ts';

export { end, endAll, listing, own, type Share, standingWith } from './shares.ts';
export type { To };

export const DAY = 24 * 3600;
export const MAX_LIFE = 366 * DAY;
/** A link's secret may stay in a scanner's history: one open unless asked for more. */
export const DEFAULT_LINK_OPENS = 1;
export const DEFAULT_LINK_LIFE = 7 * DAY;
const PASSCODE_DIGITS = 6;
const MAX_VERSION = 0xffffffff;

export const toAnybody = (name = ''): To => ({ name, address: null, agency: null, sealKey: null });

/** The agency with its current key, of the best suite that it has. HolderError `no-key`. */
export function toAgency(agency: Agency, now: number): To {
  const key = agencySealKey(agency, now);
  if (key === null) throw new HolderError('no-key', { agency: agency.name });
  return { name: agency.name, address: agency.address, agency: agency.id, sealKey: key.publicKey };
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

/** Digits made by the wallet, each equally likely: a code that a person chose would be guessed in five tries. */
export function newDigits(count = PASSCODE_DIGITS): string {
  const limit = 10 ** count;
  const most = Math.floor(2 ** 32 / limit) * limit;
  for (;;) {
    const value = new DataView(random(4).buffer).getUint32(0);
    if (value < most) return String(value % limit).padStart(count, '0');
  }
}
export const newPasscode = (): string => newDigits(PASSCODE_DIGITS);

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

/**
 * Builds and seals; sends nothing. `secret`: an S that was drawn before, for this grant alone (desk.ts).
 * HolderError `too-long`, `bad-opens`, `no-text`, and those of `choose`.
 */
export async function prepare(
  vault: Vault,
  to: To,
  picks: readonly Pick[],
  conditions: Conditions,
  secret = random(32),
): Promise<Prepared> {
  const { purpose, basis, retention, language, life, opens, passcode, standing, request } = conditions;
  if (!(life > 0 && life <= MAX_LIFE)) throw new HolderError('too-long', { days: MAX_LIFE / DAY });
  if (to.agency === null && opens < 1) throw new HolderError('bad-opens');
  const now = vault.server.now();
  const locator = await locate(secret);
  const chosen = await named(vault, to, choose(vault, picks, dayOf(now)));
  const text = await consentText(basis, language);
  const signer = await signerOf(vault.identity.sign, locator, to);
  const termsJson = writeTerms({
    ...{ v: 1, salt: b64u(random(16)), purpose, basis, retention, language, text: text.hash, text_kind: text.kind },
    recipient: to.name === '' ? null : { name: to.name, ...(to.address === null ? {} : { address: to.address }) },
    ...{ request, standing, signer: b64u(signer.thumbprint) },
    slots: Object.fromEntries(chosen.map(({ slot, kind, name }) => [slot, { kind, name }])),
  });
  const exp = now + life;
  const seal = to.sealKey === null ? null : unb64u(to.sealKey);
  const policy = writePolicy({
    ...{ v: 1, suite: seal === null ? 1 : suiteOf(seal), grant: locator.grant },
    recipient: seal === null ? 'bearer' : await recipientTag(locator.r, await sealThumbprint(seal)),
    ...{ slots: shuffled(chosen.map((one) => one.slot)), nbf: now, exp, opens },
    passcode: passcode === null ? null : PASSCODE_PROFILE,
    terms: b64u(await termsHash(termsJson)),
  });
  const terms = await sealTerms(locator, termsJson);
  const body = await sealVersion({ locator, to, signer, passcode, chosen, policy, terms, version: 1, now });
  return {
    ...{ grant: locator.grant, secret: b64u(secret), to, conditions, slots: chosen, picks, policy, terms, body },
    ...{ version: 1, exp, text: text.hash },
  };
}

/** The order of slots tells the server nothing about the papers that they come from. */
function shuffled(slots: readonly string[]): string[] {
  const keyed = slots.map((slot) => [b64u(random(16)), slot] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slot]) => slot);
}

/**
 * Sends it. The vault's own record is written before, so that no grant exists that the holder cannot find. A lost answer
 * is repaired by calling again: the same bytes are sent.
 */
export async function release(vault: Vault, prepared: Prepared): Promise<void> {
  const held = vault.items('grant').some((item) => item.id === prepared.grant && !item.pending);
  if (!held) await vault.commit([{ id: prepared.grant, payload: ownRecord(prepared) }]);
  if (prepared.slots.some((one) => one.file !== null)) await vault.outbox.flush();
  const answer = await vault.server.put(`/v1/grants/${prepared.grant}`, prepared.body);
  // The latter where it had come already, and only its answer was lost.
  const about = { grant: prepared.grant, detail: { version: prepared.version } };
  await promises.keep(vault, answer, about, 'grant-created', 'grant-republished');
}

/**
 * A standing grant follows the newest values: new grant key, key box, slots and record under the same policy; the new
 * version. The picks are those of the grant, of the same names in the same order; only values change.
 * HolderError `other-fields`, `no-such-share`.
 */
export async function republish(vault: Vault, grant: string, picks?: readonly Pick[]): Promise<number> {
  const item = own(vault, grant);
  const kept = readOwn(item);
  const { to, passcode, policy, terms, order } = kept;
  const locator = await locate(unb64u(kept.secret, 32));
  const signer = await signerOf(vault.identity.sign, locator, to);
  const now = vault.server.now();
  const used = picks ?? kept.picks;
  const chosen = await named(vault, to, choose(vault, used, dayOf(now), order));
  if (chosen.some((one) => one.name !== kept.slots[one.slot])) throw new HolderError('other-fields');
  if (chosen.some((one) => one.file !== null)) await vault.outbox.flush();
  const put = async (version: number) => {
    const body = await sealVersion({ locator, to, signer, passcode, chosen, policy, terms, version, now });
    return vault.server.put(`/v1/grants/${grant}`, body);
  };
  let version = kept.version + 1;
  let answer: JsonObject;
  try {
    answer = await put(version);
  } catch (error) {
    const stored = error instanceof Problem && error.code === 'grant-stale' ? error.number('version') : undefined;
    if (stored === undefined || stored < version || stored >= MAX_VERSION) throw error;
    version = stored + 1; // the server took a version whose answer never came; a version only goes up
    answer = await put(version);
  }
  await promises.keep(vault, answer, { grant, detail: { version } }, 'grant-republished');
  await vault.commit([
    { id: grant, payload: { ...item.payload, version, picks: used.map((one) => ({ ...one })), published: now } },
  ]);
  return version;
}

/** The URL to show as QR or to send: `/g#…` for anybody, `/a#…` for the agency's software. */
export function linkOf(vault: Vault, of: { readonly secret: string; readonly to: To }): string {
  return link(vault.server.origin, unb64u(of.secret, 32), of.to.sealKey === null ? 'g' : 'a');
}

/** The link of a running share, from the vault's own record. */
export function linkOfShare(vault: Vault, grant: string): string {
  return linkOf(vault, readOwn(own(vault, grant)));
}
