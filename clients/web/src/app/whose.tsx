/**
 * Which of the wallets on this phone is open, or gives something away: a mother must not give from her child's by mistake.
 * Shown where there are several, or where the holder has given a name; one alone needs no words.
 */
import { effect, signal } from '@preact/signals';
import { t } from '../i18n/index.ts';
import { Foreign, Label, SignOf } from '../ui/kit.tsx';
import type { WalletOnDevice } from '../unlock/profile.ts';
import type { Sign } from '../unlock/sign.ts';
import { wallet } from './session.ts';
import { shelf } from './shelf.ts';

/** The wallets of this device, as they were when one was last opened or named. */
export const here = signal<readonly WalletOnDevice[]>([]);

export async function lookHere(): Promise<void> {
  const { listWallets } = await import('../unlock/profile.ts');
  // Without a shelf there is no wallet to tell apart.
  here.value = await listWallets(shelf()).catch(() => []);
}

effect(() => {
  if (wallet.value !== null) void lookHere();
});

type Named = { readonly name: string; readonly sign: Sign };

/** The holder's word; without one the sign's own. */
export function Name({ of }: { of: Named }) {
  return of.name === '' ? <span>{t(`devices.sign.${of.sign}`)}</span> : <Foreign text={of.name} />;
}

export function Signed({ of }: { of: Named }) {
  return (
    <span class="signed">
      <SignOf sign={of.sign} />
      <span>
        <Name of={of} />
      </span>
    </span>
  );
}

/** null: nothing to tell apart. */
function current(): Named | null {
  const open = wallet.value;
  if (open === null) return null;
  const row = here.value.find((one) => one.wallet === open.profile.wallet);
  return row === undefined || (here.value.length < 2 && row.name === '') ? null : row;
}

/** For the header. */
export function WhoseOpen() {
  const now = current();
  return now === null ? null : <Signed of={now} />;
}

/** For every screen on which something is given away or asked for. */
export function FromWhich() {
  const now = current();
  if (now === null) return null;
  return (
    <p class="from-which">
      <Label k="devices.from" /> <Signed of={now} />
    </p>
  );
}
