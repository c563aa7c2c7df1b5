/**
 * Helping at somebody else's computer. The choice is made by the address with which the page is loaded, before anything is
 * kept: from then on this tab has a shelf in memory only, registers no service worker and writes no place into the
 * history. Thirty minutes, then the server lets this device do nothing more (sign_in.md).
 */
import { computed, effect, signal } from '@preact/signals';
import { ASSISTED_SECONDS } from '../../formats/join.ts';
import type { Wallet } from '../../unlock/wallet.ts';
import { OFFICE } from '../office.ts';
import { alarm, lock, wallet } from '../session.ts';

const session = signal<{ readonly wallet: Wallet; readonly until: number } | null>(null);
/** The end of the running half hour, in seconds; null: this is no assisted session. */
export const assisted = computed(() =>
  session.value !== null && session.value.wallet === wallet.value ? session.value.until : null,
);

/** Milliseconds that the server has to hear of the end; the keys are gone before it is asked. */
const FAREWELL_MS = 3000;
/** Milliseconds: how often this computer's own clock is looked at. */
const LOOK_MS = 1000;

export function begin(open: Wallet, until: number): void {
  session.value = { wallet: open, until };
  // By the clock of this computer alone: what the server says of the time lengthens nothing.
  const last = Date.now() + ASSISTED_SECONDS * 1000;
  const watch = setInterval(() => {
    if (session.value?.wallet !== open) clearInterval(watch);
    else if (Date.now() >= last) void end('over');
  }, LOOK_MS);
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

let ending = false;

/**
 * Forgets the keys, empties what the tab keeps, tells the server, and loads the page anew for the next person. In this
 * order: a server that does not answer must not keep the papers on the screen of somebody who has walked away.
 */
export async function end(why: 'ended' | 'over' = 'ended'): Promise<void> {
  if (ending) return;
  ending = true;
  const server = session.value?.wallet.vault.server;
  session.value = null;
  lock();
  alarm.value = null;
  sessionStorage.clear();
  history.replaceState(null, '', `${location.pathname}${OFFICE}/${why}`);
  // Where no answer comes the session ends by itself.
  const told = server?.post('/v1/session/end').catch(() => undefined);
  await Promise.race([told, new Promise((resolve) => setTimeout(resolve, FAREWELL_MS))]);
  location.reload();
}
