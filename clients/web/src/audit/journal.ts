/** Audit: the wallet's log, checked on this device before it is shown (log.md, "The holder's check"). */
import { HolderError } from '../errors.ts';
import type { LogEvent } from '../formats/log.ts';
import type { Vault } from '../store/vault.ts';

/** One verified entry; `index` its place in the public tree, null while it waits for the next checkpoint. */
export type Entry = {
  readonly seq: number;
  readonly event: LogEvent;
  readonly leaf: string;
  readonly index: number | null;
};

/** `waiting` entries are promised but not yet in the public tree. */
export type Journal = { readonly entries: readonly Entry[]; readonly waiting: number };

/** The whole log, verified; moves the pins. ServerLied `log-broken` {seq}, `promise-broken`. */
export async function read(_vault: Vault, _options?: { tree?: boolean }): Promise<Journal> {
  throw new HolderError('not-built');
}

/** The entry that a recipient's receipt speaks of. ServerLied `receipt-outside`; HolderError `bad-receipt`. */
export async function checkReceipt(_vault: Vault, _journal: Journal, _receipt: string): Promise<Entry> {
  throw new HolderError('not-built');
}
