/**
 * What happened to the locks and was not done on this device: a new device, a changed way in, a recovery that waits. It
 * comes from the verified log, so no other device can take it away: it stays until it is seen here.
 */
import { computed, effect, signal } from '@preact/signals';
import type { Entry } from '../../audit/journal.ts';
import type { Restored } from '../../audit/restored.ts';
import type { Vault } from '../../store/vault.ts';
import type { Wallet } from '../../unlock/wallet.ts';
import { wallet } from '../session.ts';

/** Kinds of log entries (log.md) that mean: somebody has, had or could get a way in. */
const KINDS: ReadonlySet<string> = new Set([
  'device-added',
  'device-removed',
  'assisted-started',
  'assisted-refused',
  'join-approved',
  'pin-set',
  'method-changed',
  'recovery-started',
  'recovery-stopped',
  'stopped',
  'restored',
]);
/** A later registered kind about the ways in is shown rather than missed. */
const LATER = /^(device|method|recovery|join)-/;

export type News = {
  readonly seq: number;
  readonly kind: string;
  readonly time: number;
  /** The device it is about: the new one, or the one locked out. */
  readonly device: string | null;
};

/** Box of the shelf: per wallet, the last entry that was seen on this device. A number, nothing about papers. */
const BOX = 'seen';

/** `here`: this device's key. What it did itself is no news to it. */
export function newsOf(entries: readonly Entry[], after: number, here: string): News[] {
  const found: News[] = [];
  for (const { seq, event } of entries) {
    if (seq <= after || !(KINDS.has(event.kind) || LATER.test(event.kind))) continue;
    const { actor, detail } = event;
    // Done here, or let in from here.
    if ((actor.type === 'device' && actor.id === here) || detail?.approved_by === here) continue;
    const device = detail?.device ?? (actor.type === 'device' ? actor.id : undefined);
    found.push({ seq, kind: event.kind, time: event.time, device: typeof device === 'string' ? device : null });
  }
  return found.reverse();
}

type Known = {
  readonly vault: Vault;
  readonly news: readonly News[];
  readonly restores: readonly Restored[];
  readonly last: number;
};
const known = signal<Known | null>(null);
effect(() => {
  if (wallet.value === null) known.value = null;
});
export const pending = computed(() => {
  const now = known.value;
  return now !== null && now.vault === wallet.value?.vault ? now.news : [];
});

/** By which entries that this device knew have gone from the log. */
export const restores = computed(() => (pending.value.length > 0 ? (known.value?.restores ?? []) : []));

/** Reads the log and says what is new. On the first visit of a device everything before its own arrival is old. */
export async function lookForNews(vault: Vault, here: string): Promise<void> {
  const { read } = await import('../../audit/journal.ts');
  const { entries, restores } = await read(vault, { tree: false });
  const last = entries.at(-1)?.seq ?? 0;
  let seen = await vault.shelf.get<number>(BOX, vault.profile.wallet);
  if (seen === undefined) {
    seen = arrival(entries, here);
    await vault.shelf.put(BOX, vault.profile.wallet, seen);
  }
  // A restore takes the log back to a number that was seen before: what came in its place was not.
  const after = Math.min(seen, ...restores.map((one) => one.seq - 1));
  known.value = { vault, news: newsOf(entries, after, here), restores, last };
}

const ARRIVALS: ReadonlySet<string> = new Set(['wallet-created', 'device-added', 'assisted-started']);

/** The entry with which this device came in; the log's end where it is not found. */
export function arrival(entries: readonly Entry[], here: string): number {
  const came = (one: Entry) =>
    ARRIVALS.has(one.event.kind) && (one.event.actor.id === here || one.event.detail?.device === here);
  return entries.findLast(came)?.seq ?? entries.at(-1)?.seq ?? 0;
}

/** Seen on this device, up to and with the newest entry. */
export async function seenAll(vault: Vault): Promise<void> {
  const now = known.value;
  if (now === null || now.vault !== vault) return;
  await vault.shelf.put(BOX, vault.profile.wallet, now.last);
  if (now.restores.length > 0) await (await import('../../audit/journal.ts')).answerRestores(vault);
  known.value = { ...now, news: [], restores: [] };
}

export async function checkNews(of: Wallet): Promise<void> {
  await lookForNews(of.vault, await of.profile.device());
}
