/**
 * New secrets on the screen exist nowhere else yet, so that nothing locks by itself while they are shown. When nobody has
 * touched the device for a while they are covered instead, with everything else of the wallet, and come back for whoever
 * proves to be the holder. Nothing that was typed or shown is lost.
 */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Wallet } from '../unlock/wallet.ts';
import { secretsShown, touch, untouched } from './session.ts';

/** Without a touch: eight blocks are copied by hand in less, and paper is fetched for the printer. */
export const CURTAIN_MINUTES = 10;
const LOOK_MS = 5_000;

/** What shows them again. */
export type Uncover =
  /** Finger or face; throws when it is another. */
  | { readonly way: 'passkey'; readonly ask: () => Promise<void> }
  /** Digits that the holder has in the head or on paper. */
  | { readonly way: 'number' | 'passphrase' | 'recovery'; readonly digits: string }
  /** Nothing is set that proves anybody, and nothing is in the wallet: a tap; or all of it is thrown away. */
  | { readonly way: 'tap'; readonly anew: () => unknown };

/** Drawn: what opens it. null: it is not. */
export const curtain = signal<Uncover | null>(null);

/** The screen that calls it shows new secrets of `of` while `how` is not null. */
export function useCurtain(of: Wallet | undefined, how: (() => Uncover) | null): void {
  const whose = useRef(of);
  whose.current = of;
  const ask = useRef(how);
  ask.current = how;
  const shown = how !== null;
  useEffect(() => {
    if (!shown) return;
    secretsShown.value = true;
    touch();
    const look = () => {
      if (untouched() < CURTAIN_MINUTES * 60_000 || curtain.peek() !== null) return;
      curtain.value = ask.current?.() ?? null;
    };
    const timer = setInterval(look, LOOK_MS);
    // A timer sleeps with the tab; the clock does not.
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      secretsShown.value = false;
      curtain.value = null;
    };
  }, [shown]);
  useEffect(() => {
    uncovered = () => {
      // The holder is here again: where there is no number yet, there is time anew to set the first one (unlock/fresh.ts).
      const { profile, fresh } = whose.current ?? {};
      if (profile?.pinLock === null) fresh?.arrive();
      else fresh?.prove();
    };
    return () => {
      uncovered = () => undefined;
    };
  }, []);
}

let uncovered: () => void = () => undefined;

/** Somebody has proved to be the holder. */
export function uncover(): void {
  touch();
  uncovered();
  curtain.value = null;
}
