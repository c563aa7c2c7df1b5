/** The log as this device has checked it, kept until the wallet is locked or somebody asks to look again. */
import { effect, signal } from '@preact/signals';
import { explain, type Recipient, recipients, type Told } from '../../audit/explain.ts';
import { type Journal, read } from '../../audit/journal.ts';
import { syncNow, vault, wallet } from '../session.ts';

export type Checked = {
  readonly journal: Journal;
  /** Newest first. */
  readonly told: readonly Told[];
  readonly recipients: readonly Recipient[];
  /** When it was checked, in seconds. */
  readonly at: number;
};

export const checked = signal<Checked | null>(null);

/** Reads and checks the whole log. A lie is thrown to whoever asked: the session raises the alarm. */
export async function check(): Promise<Checked> {
  const of = vault();
  // What another device has shared is named in the vault, and the log speaks of it already.
  await syncNow();
  const journal = await read(of);
  const told = explain(of, journal);
  const next = { journal, told, recipients: recipients(of, told), at: Math.floor(Date.now() / 1000) };
  // Locked meanwhile, or another wallet: its log is not this one's.
  if (wallet.peek()?.vault === of) checked.value = next;
  return next;
}

effect(() => {
  if (wallet.value === null) checked.value = null;
});
