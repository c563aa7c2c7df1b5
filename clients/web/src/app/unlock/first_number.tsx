/**
 * The one secret to remember: made by the wallet (nobody's birthday), shown, typed once while it is covered. It becomes
 * the PIN of this device and is the PIN of the sheet, so that there is one number and not two.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, Digits, DigitsField, emptyBlocks, Icon, isFull, Screen } from '../../ui/kit.tsx';
import type { Wallet } from '../../unlock/wallet.ts';
import { noted } from '../session.ts';
import { Trouble } from './trouble.tsx';

export function Remember({ wallet, number, onDone }: { wallet: Wallet; number: string; onDone: () => void }) {
  const [typed, setTyped] = useState(emptyBlocks(1));
  const [shown, setShown] = useState(true);
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  const [looked, setLooked] = useState(0);
  // The eye gives way to the number; next it is typed.
  useEffect(() => {
    if (looked > 0) form.current?.querySelector('input')?.focus();
  }, [looked]);
  const look = () => {
    setShown(true);
    setLooked(looked + 1);
  };
  const type = (next: string[]) => {
    setShown(false);
    setWrong(false);
    setTyped(next);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (typed.join('') !== number) {
      setWrong(true);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await wallet.setPin(number);
      onDone();
    } catch (failure) {
      noted(failure);
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Screen key="number" title={t('unlock.first.number')}>
      <p>{t('unlock.first.number2')}</p>
      <div class="card middle">
        {shown ? (
          <Digits blocks={[number.slice(0, 3), number.slice(3)]} large />
        ) : (
          <button type="button" class="round" aria-label={t('unlock.first.showagain')} onClick={look}>
            <Icon name="eye" />
          </button>
        )}
      </div>
      <form ref={form} onSubmit={submit} class="wide-buttons" autocomplete="off">
        <DigitsField
          label={t('unlock.first.type')}
          value={typed}
          onInput={type}
          blocks={1}
          size={6}
          error={wrong ? t('unlock.first.differs') : undefined}
        />
        <Trouble error={error} />
        <Button type="submit" busy={busy} disabled={!isFull(typed, 6)}>
          {t('unlock.first.next')}
        </Button>
        {error !== null && (
          <Button kind="quiet" onClick={onDone}>
            {t('unlock.first.withoutpin')}
          </Button>
        )}
      </form>
    </Screen>
  );
}
