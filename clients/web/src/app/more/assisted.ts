/**
 * Helping at somebody else's computer. The choice is made by the address with which the page is loaded, before anything is
 * kept: from then on this tab has a shelf in memory only, registers no service worker and writes no place into the
 * history. Thirty minutes, then the server lets this device do nothing more (sign_in.md).
 */
import { computed, effect, signal } from '@preact/signals';
import type { Wallet } from '../../unlock/wallet.ts';
import { OFFICE } from '../office.ts';
import { alarm, lock, wallet } from '../session.ts';

const session = signal<{ readonly wallet: Wallet; readonly until: number } | null>(null);
/** The end of the running half hour, in seconds; null: this is no assisted session. */
export const assisted = computed(() =>
  session.value !== null && session.value.wallet === wallet.value ? session.value.until : null,
);

export function begin(open: Wallet, until: number): void {
  session.value = { wallet: open, until };
  let begun = false;
  // Locked by itself or by quick hide: on this computer that is the end, nothing stays to be unlocked.
  const stop = effect(() => {
    if (wallet.value === open) begun = true;
    else if (begun) {
      queueMicrotask(() => stop());
      void end('over');
    }
  });
}

/** From an ordinary page: anew, so that nothing of it is left in memory. */
export function toOffice(): void {
  location.hash = OFFICE;
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
  history.replaceState(null, '', `${location.pathname}${OFFICE}/${why}`);
  location.reload();
}
