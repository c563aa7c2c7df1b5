/** This device shows a code; one that the holder has open reads it, and both show the same six digits. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Busy, Button, Digits, Notice, Qr, Screen } from '../../ui/kit.tsx';
import type { Joining } from '../../unlock/join.ts';
import { back } from '../router.ts';
import { shelf } from '../shelf.ts';
import { opening, toNewDevice } from './opening.ts';
import { Trouble } from './trouble.tsx';

export default function Join() {
  const attempt = useMemo(opening, []);
  const [joining, setJoining] = useState<Joining | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const over = new AbortController();
    const run = async () => {
      const { beginJoin } = await import('../../unlock/join.ts');
      const begun = await beginJoin(shelf());
      if (over.signal.aborted) return;
      setJoining(begun);
      await attempt.run(() => begun.wait(over.signal), toNewDevice);
    };
    run().catch((failure) => {
      if (!over.signal.aborted) attempt.error.value = failure;
    });
    return () => over.abort();
  }, [round]);
  const again = () => {
    setJoining(null);
    attempt.error.value = null;
    setRound(round + 1);
  };
  return (
    <Screen title={t('unlock.enter.join')} back={back}>
      {attempt.error.value !== null ? (
        <>
          <Trouble error={attempt.error.value} />
          <Button icon="sync" onClick={again}>
            {t('unlock.join.anew')}
          </Button>
        </>
      ) : joining === null ? (
        <Busy text={t('shell.busy')} />
      ) : (
        <>
          <p>{t('unlock.join.how')}</p>
          <Qr text={joining.url} label={t('unlock.join.code')} />
          <p class="help">{t('unlock.join.same')}</p>
          <p class="middle">
            <Digits blocks={[joining.digits.slice(0, 3), joining.digits.slice(3)]} large />
          </p>
          <Notice kind="warn">{t('unlock.join.warn')}</Notice>
          <Busy text={t('unlock.join.wait')} />
        </>
      )}
    </Screen>
  );
}
