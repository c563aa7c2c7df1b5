/** The server said something that cannot be true. Plain words: stop, nothing was sent, what to do now. */
import type { ServerLied } from '../errors.ts';
import { moment, t } from '../i18n/index.ts';
import { Button, Notice, Screen } from '../ui/kit.tsx';
import { alarm, lock } from './session.ts';

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
