/**
 * A device that has not seen the wallet before says what it has come into, and asks, before anything can be entered: a
 * stranger may have let it in, or the server may show an old state (wallet.md, "A device that has not seen the wallet").
 */
import { useEffect, useState } from 'preact/hooks';
import { showHandle } from '../../formats/wallet.ts';
import { count, moment, t } from '../../i18n/index.ts';
import { Busy, Button, Notice, Screen } from '../../ui/kit.tsx';
import type { Arrival, Wallet } from '../../unlock/wallet.ts';
import { atOffice } from '../office.ts';
import { asked, lock, noted, opened } from '../session.ts';
import { Trouble } from './trouble.tsx';

export function Yours({ of }: { of: Wallet }) {
  const [arrival, setArrival] = useState<Arrival | null>(null);
  const [no, setNo] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const attempt = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      if (noted(failure) !== null) setError(failure);
    }
    setBusy(false);
  };
  useEffect(() => {
    void attempt(async () => setArrival(await of.arrival()));
  }, [of]);
  const yes = () =>
    attempt(async () => {
      await of.mine();
      opened(of);
    });
  const leave = () =>
    attempt(async () => {
      if (atOffice) {
        const { end } = await import('../more/assisted.ts');
        return end();
      }
      await of.notMine();
      if (asked.peek() === of) lock();
    });
  if (no) {
    return (
      <Screen
        key="no"
        title={t('devices.not.title')}
        alarm
        foot={
          <>
            <Button icon="leave" busy={busy} onClick={leave}>
              {t('devices.not.leave')}
            </Button>
            <Button kind="quiet" disabled={busy} onClick={() => setNo(false)}>
              {t('shell.back')}
            </Button>
          </>
        }
      >
        <Notice kind="alarm">
          <p>{t('devices.not.why')}</p>
        </Notice>
        <p>{t('devices.not.next')}</p>
        <Trouble error={error} />
      </Screen>
    );
  }
  return (
    <Screen
      key="ask"
      title={t('devices.yours.title')}
      foot={
        arrival !== null && (
          <>
            <Button icon="check" busy={busy} onClick={yes}>
              {t('devices.yours.yes')}
            </Button>
            <Button kind="quiet" icon="close" disabled={busy} onClick={() => setNo(true)}>
              {t('devices.yours.no')}
            </Button>
          </>
        )
      }
    >
      {arrival === null ? (
        error === null && <Busy text={t('shell.busy')} />
      ) : (
        <div class="card middle yours">
          <p class="sheet-handle">
            <bdi dir="ltr">{showHandle(arrival.handle)}</bdi>
          </p>
          <p>
            <strong>{count('devices.yours.papers', arrival.papers)}</strong>
          </p>
          <p>{t('devices.yours.last', { date: moment(arrival.changed) })}</p>
        </div>
      )}
      <Trouble error={error} />
    </Screen>
  );
}
