/** One attempt to open: busy, how far, what went wrong. Every way in ends here. */
import { batch, type Signal, signal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import type { Step, Steps, Wallet } from '../../unlock/wallet.ts';
import { HOME, replace } from '../router.ts';
import { ROUTES } from '../routes.ts';
import { noted, opened } from '../session.ts';
import { keepShelf, markHere } from '../shelf.ts';

export type Opening = {
  readonly busy: Signal<boolean>;
  readonly step: Signal<{ step: Step; share: number | undefined } | null>;
  readonly error: Signal<unknown>;
  /** Runs `way`; the screen that follows is shown when it worked. True then. */
  run(way: (steps: Steps) => Promise<Wallet>, then?: () => void): Promise<boolean>;
};

export function opening(): Opening {
  const busy = signal(false);
  const step: Opening['step'] = signal(null);
  const error = signal<unknown>(null);
  const steps: Steps = (name, done, total) => {
    step.value = { step: name, share: done === undefined || !total ? undefined : done / total };
  };
  const run = async (way: (steps: Steps) => Promise<Wallet>, then?: () => void): Promise<boolean> => {
    if (busy.value) return false;
    busy.value = true;
    error.value = null;
    try {
      const wallet = await way(steps);
      await markHere();
      void keepShelf();
      batch(() => {
        opened(wallet);
        then?.();
      });
      return true;
    } catch (failure) {
      noted(failure);
      error.value = failure;
      return false;
    } finally {
      busy.value = false;
      step.value = null;
    }
  };
  return { busy, step, error, run };
}

export function stepText(step: Step): string {
  return t(`unlock.step.${step}`);
}

/** A new device of the wallet: next it gets a short way in of its own. */
export function toNewDevice(): void {
  replace(Object.hasOwn(ROUTES, 'pin') ? 'pin' : HOME);
}
