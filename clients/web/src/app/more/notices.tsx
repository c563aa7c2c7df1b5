/** What happened to the locks and was not done here. It stays until the holder has answered: me, or not me. */
import { useEffect } from 'preact/hooks';
import { type Key, moment, t } from '../../i18n/index.ts';
import { Button, Card, Empty, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, go, replace } from '../router.ts';
import { syncNow, wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { checkNews, type News, pending, restores, seenAll } from './news.ts';

export default function Notices() {
  const deed = useDeed();
  const open = wallet.value;
  useEffect(() => {
    if (open === null) return;
    deed.run(async () => {
      // A waiting recovery comes with the sync, everything else with the log.
      await Promise.all([syncNow(), checkNews(open)]);
    });
  }, [open]);
  if (open === null) return null;
  const until = open.vault.recoveryUntil.value;
  const news = pending.value.filter((one) => until === null || one.kind !== 'recovery-started');
  const stop = () =>
    deed.run(async () => {
      await open.stopRecovery();
      replace('new-sheet', 'stopped');
    });
  const mine = () =>
    deed.run(async () => {
      await seenAll(open.vault);
      back();
    });
  const quiet = news.length === 0 && until === null;
  return (
    <Screen
      title={<Label k="more.notices.title" />}
      back={back}
      foot={
        news.length > 0 && (
          <>
            <Button icon="check" busy={deed.busy} onClick={mine}>
              <Label k="more.notice.mine" />
            </Button>
            <Button kind="danger" icon="warn" onClick={() => go('devices')}>
              <Label k="more.notice.notme" />
            </Button>
          </>
        )
      }
    >
      <Trouble deed={deed} />
      {quiet && !deed.busy && <Empty icon="check" text={t('more.notices.none')} />}
      {until !== null && (
        <Notice kind="alarm" title={t('more.notice.recovery-started')}>
          <p>{t('more.notice.recovery-until', { time: moment(until) })}</p>
          <Button kind="danger" icon="stop" busy={deed.busy} onClick={stop}>
            <Label k="more.notice.stop" />
          </Button>
        </Notice>
      )}
      {restores.value.map((one) => (
        <Notice key={one.seq} kind="alarm">
          <p>{t('more.notice.lost', { time: moment(one.backup), n: one.lost })}</p>
          {one.unproven > 0 && <p>{t('more.notice.unproven', { n: one.unproven })}</p>}
        </Notice>
      ))}
      {news.length > 0 && (
        <p>
          <Label k="more.notices.lead" />
        </p>
      )}
      {news
        .filter(({ seq }) => !restores.value.some((one) => one.seq === seq))
        .map((one) => (
          <Card key={one.seq}>
            <p>
              <strong>{told(one)}</strong>
            </p>
            <p>{moment(one.time)}</p>
          </Card>
        ))}
    </Screen>
  );
}

const SENTENCES: Readonly<Record<string, Key>> = {
  'device-added': 'more.notice.device-added',
  'device-removed': 'more.notice.device-removed',
  'assisted-started': 'more.notice.assisted-started',
  'assisted-refused': 'more.notice.assisted-refused',
  'join-approved': 'more.notice.join-approved',
  'pin-set': 'more.notice.pin-set',
  'method-changed': 'more.notice.method-changed',
  'recovery-started': 'more.notice.recovery-started',
  'recovery-stopped': 'more.notice.recovery-stopped',
  stopped: 'more.notice.stopped',
  restored: 'more.notice.restored',
};

export function told(one: News): string {
  const key = Object.hasOwn(SENTENCES, one.kind) ? SENTENCES[one.kind] : undefined;
  return key === undefined ? t('more.notice.unknown', { kind: one.kind }) : t(key);
}
