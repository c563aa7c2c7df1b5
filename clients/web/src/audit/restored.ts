/**
 * After a restore: which entries are gone, and whether a restore explains it (log.md, "After a restore"). A server that
 * was brought back from a backup lost what was written since, and says so in every log. That word is no excuse for more:
 * what is older than the backup must be there, and nobody's acts stand between the last entry that this device knows and
 * the one that says it. What is gone is counted and told to the holder; it is never passed over.
 * Twin of mappe.holder.restored.
 */
import { ServerLied } from '../errors.ts';
import type { Shelf, ShelfChange } from '../store/shelf.ts';
import type { Entry } from './journal.ts';

const BOX = 'log-seen';
const KIND = 'restored';
/** Seconds: an entry may be this much older than the backup that lacks it, as it was being written. */
const CLOCK_SECONDS = 300;

/** An entry that this device has verified. */
export type Known = { readonly leaf: string; readonly time: number };
/**
 * The server went back to its backup of `backup`. `seq`, `time`: of the entry that says so; `lost`: entries that this
 * device knew or was promised, and that are gone; `unproven`: those of them that the public log lacks as well.
 */
export type Restored = {
  readonly backup: number;
  readonly seq: number;
  readonly time: number;
  readonly lost: number;
  readonly unproven: number;
};
export type Explained = { readonly entry: Entry; readonly backup: number; readonly gone: readonly string[] };
type Holder = { readonly shelf: Shelf; readonly profile: { readonly wallet: string } };

/** Every entry that this device has verified, from the first on; none where it has kept none. */
export async function known(of: Holder): Promise<readonly Known[]> {
  return (await of.shelf.get<Known[]>(BOX, of.profile.wallet)) ?? [];
}

/** For the next reading: goes onto the shelf in one step with the pin and with what was restored. */
export function remember(of: Holder, before: readonly Known[], entries: readonly Entry[]): ShelfChange[] {
  if (before.length === entries.length && before.at(-1)?.leaf === entries.at(-1)?.leaf) return [];
  const value = entries.map(({ leaf, event }): Known => ({ leaf, time: event.time }));
  return [{ box: BOX, key: of.profile.wallet, value }];
}

/** null: nothing is gone. `owed`: leaf → time of a promise that is due. ServerLied `log-broken`, `promise-broken`. */
export function explain(
  before: readonly Known[],
  owed: ReadonlyMap<string, number>,
  shown: readonly Entry[],
): Explained | null {
  const here = new Set(shown.map(({ leaf }) => leaf));
  let same = 0;
  while (same < before.length && same < shown.length && before[same]?.leaf === shown[same]?.leaf) same++;
  const lost = before.slice(same);
  const due = [...owed].filter(([leaf]) => !here.has(leaf));
  if (lost.length === 0 && due.length === 0) return null;
  const broken =
    lost.length > 0
      ? new ServerLied('log-broken', { seq: same + 1, why: 'rewritten' })
      : new ServerLied('promise-broken', { missing: due.length });
  const after = shown.slice(same);
  const at = after.findIndex(({ event }) => event.kind === KIND && event.actor.type === 'server');
  const entry = after[at];
  const backup = entry?.event.detail?.backup;
  if (entry === undefined || typeof backup !== 'number' || backup > entry.event.time) throw broken;
  // Whoever read or wrote after the last known entry, and before the restore, would have been in the backup.
  if (lost.length > 0 && after.slice(0, at).some(({ event }) => event.actor.type !== 'server')) throw broken;
  const times = [...lost.map(({ time }) => time), ...due.map(([, time]) => time)];
  if (times.some((time) => time < backup - CLOCK_SECONDS)) throw broken;
  return { entry, backup, gone: [...new Set([...lost.map(({ leaf }) => leaf), ...due.map(([leaf]) => leaf)])] };
}
