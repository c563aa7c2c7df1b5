/**
 * Moving to another server, or into a fresh wallet: what the old place remembers until the new one has been seen to work,
 * and what has to be made anew at the new one (export.md, "Moving"). Both sealed, on this device only.
 */
import { HolderError } from '../errors.ts';
import { H } from '../formats/derive.ts';
import { fromUtf8, utf8 } from '../formats/encoding.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { readShare, type Share } from './moving_share.ts';
import type { Vault } from './vault.ts';

export type { Share } from './moving_share.ts';

const BOX = 'moves';
const ANEW = 'anew';
/** Decimal digits that a person types from one screen into the other. */
export const CHECK_DIGITS = 8;

/** One entry of the archive as its directory names it. */
export type Listed = { readonly name: string; readonly size: number; readonly crc: number };
/** `check`: eight digits over everything that came along; `papers`: for the person, who counts no other objects. */
export type Content = {
  readonly objects: number;
  readonly papers: number;
  readonly files: number;
  readonly check: string;
};
export type Move = Content & { readonly exported: number; readonly number: number };

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The check number (export.md): it finds another archive, and one that came in only in part. Against whoever makes
 * archives it is no defence; that is age's.
 */
export async function checkOf(entries: readonly Listed[]): Promise<string> {
  const rows = entries
    .filter(({ name }) => name.startsWith('objects/') || name.startsWith('files/'))
    .sort((a, b) => order(a.name, b.name)) // ASCII, so that code units are bytes
    .map(({ name, size, crc }) => `${name}\0${size}\0${crc}\n`);
  const view = new DataView((await H('export-content', utf8(rows.join('')))).buffer);
  return String(view.getBigUint64(0) % 10n ** BigInt(CHECK_DIGITS)).padStart(CHECK_DIGITS, '0');
}

async function put(vault: Vault, box: string, value: unknown): Promise<void> {
  const key = vault.profile.wallet;
  await vault.shelf.put(box, key, await vault.local.seal('local-move', `${box}/${key}`, utf8(JSON.stringify(value))));
}

async function get<T>(vault: Vault, box: string): Promise<T | null> {
  const key = vault.profile.wallet;
  const sealed = await vault.shelf.get<Parameters<typeof vault.local.open>[2]>(box, key);
  const plain = sealed === undefined ? null : await vault.local.open('local-move', `${box}/${key}`, sealed);
  return plain === null ? null : (JSON.parse(fromUtf8(plain)) as T);
}

// -- at the old place --------------------------------------------------------------------------------------------------

export function rememberMove(vault: Vault, move: Move): Promise<void> {
  return put(vault, BOX, move);
}

/** `changed`: something was written here since then, which the archive does not hold. */
export async function moveOf(vault: Vault): Promise<(Move & { readonly changed: boolean }) | null> {
  const move = await get<Move>(vault, BOX);
  if (move === null) return null;
  return { ...move, changed: vault.number !== move.number || vault.outbox.waiting.value > 0 };
}

/**
 * The new one has shown this number: what it holds is what was taken along. HolderError `other-check`; `changed-since`
 * where this wallet was written to after the archive was made.
 */
export async function confirmMove(vault: Vault, typed: string): Promise<void> {
  await vault.sync();
  const move = await moveOf(vault);
  if (move === null || move.changed) throw new HolderError('changed-since');
  if (typed !== move.check) throw new HolderError('other-check');
}

// -- at the new place --------------------------------------------------------------------------------------------------

/** Shares that were running at the old place, until each was made anew or waved away. */
export async function toMakeAnew(vault: Vault): Promise<readonly Share[]> {
  const kept = (await get<JsonObject[]>(vault, ANEW)) ?? [];
  return kept.map(readShare).filter((one) => one !== null);
}

export function keepToMakeAnew(vault: Vault, shares: readonly JsonObject[]): Promise<void> {
  return put(vault, ANEW, shares);
}

export async function madeAnew(vault: Vault, grant: string): Promise<void> {
  const kept = (await get<JsonObject[]>(vault, ANEW)) ?? [];
  await put(
    vault,
    ANEW,
    kept.filter((one) => one.grant !== grant),
  );
}
