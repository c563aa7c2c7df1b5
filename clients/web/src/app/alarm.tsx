/** The server said something that cannot be true. Plain words: stop, nothing was sent, what to do now. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ServerLied } from '../errors.ts';
import { moment, t } from '../i18n/index.ts';
import { Button, Notice, Screen } from '../ui/kit.tsx';
import type { Wallet } from '../unlock/wallet.ts';
import { alarm, lock, wallet } from './session.ts';

/** A restore is no lie where the log says so; only then the holder may do something about it (more/put_back.tsx). */
function PutBackLater() {
  const [part, setPart] = useState<{ PutBack: ComponentType<{ of: Wallet }> } | null>(null);
  const of = wallet.value;
  useEffect(() => {
    import('./more/put_back.tsx').then(setPart, () => undefined);
  }, []);
  return part === null || of === null ? null : <part.PutBack of={of} />;
}

export function AlarmScreen({ problem }: { problem: ServerLied }) {
  const close = () => {
    lock();
    alarm.value = null;
  };
  return (
    <Screen
      alarm
      title={t('shell.alarm.title')}
      foot={
        <Button kind="danger" icon="lock" onClick={close}>
          {t('shell.alarm.lock')}
        </Button>
      }
    >
      <Notice kind="alarm">
        <p>{t('shell.alarm.text')}</p>
        <p>
          <strong>{t('shell.alarm.safe')}</strong>
        </p>
      </Notice>
      {problem.code === 'rolled-back' && <PutBackLater />}
      <ol class="todo">
        <li>{t('shell.alarm.do1')}</li>
        <li>{t('shell.alarm.do2')}</li>
        <li>{t('shell.alarm.do3')}</li>
      </ol>
      <p class="help">
        {t('shell.alarm.code')} <bdi dir="ltr">{problem.code}</bdi>
        <br />
        {moment(Math.floor(Date.now() / 1000))}
      </p>
    </Screen>
  );
}
