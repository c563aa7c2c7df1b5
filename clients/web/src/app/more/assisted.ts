/**
 * Helping at somebody else's computer. The choice is made by the address with which the page is loaded, before anything is
 * kept: from then on this tab has a shelf in memory only, registers no service worker and writes no place into the
 * history. Thirty minutes, then the server lets this device do nothing more (sign_in.md).
 */
import { computed, signal } from '@preact/signals';
import type { Wallet } from '../../unlock/wallet.ts';
import { alarm, lock, wallet } from '../session.ts';

export const OFFICE_ADDRESS = '#/assist';
/** Seconds; the server's own clock decides. */
export const LASTS = 30 * 60;

/** Whether this page was loaded for an office computer. It does not change while the page lives. */
export const atOffice: boolean = globalThis.location?.hash.startsWith(OFFICE_ADDRESS) ?? false;

const session = signal<{ readonly wallet: Wallet; readonly until: number } | null>(null);
/** The end of the running half hour, in seconds; null: this is no assisted session. */
export const assisted = computed(() =>
  session.value !== null && session.value.wallet === wallet.value ? session.value.until : null,
);

export function begin(open: Wallet, until: number): void {
  session.value = { wallet: open, until };
}

/** From an ordinary page: anew, so that nothing of it is left in memory. */
export function toOffice(): void {
  location.hash = OFFICE_ADDRESS;
  location.reload();
}

/** Ends it on the server, forgets the keys, empties what the tab keeps, and loads the page anew for the next person. */
export async function end(why: 'ended' | 'over' = 'ended'): Promise<void> {
  const open = session.value?.wallet ?? null;
  session.value = null;
  try {
    await open?.signOut();
  } catch {
    // Without a network the session ends by itself; here it is gone either way.
  }
  lock();
  alarm.value = null;
  sessionStorage.clear();
  history.replaceState(null, '', `${location.pathname}${OFFICE_ADDRESS}/${why}`);
  location.reload();
}
