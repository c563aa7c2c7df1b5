/** Two things to do, and everything that runs. */
import { useEffect, useState } from 'preact/hooks';
import { endAll, listing, type Share } from '../../grant/grants.ts';
import { count, t } from '../../i18n/index.ts';
import { Busy, Button, Dialog, Empty, Foreign, Label, List, Row, Screen, toast } from '../../ui/kit.tsx';
import { go, href } from '../router.ts';
import { online, vault } from '../session.ts';
import { dayOf } from './end.tsx';
import { giving } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

export const nameOf = (share: Share): string => share.to || t('share.anybody');
export const isRunning = (share: Share): boolean => share.state !== 'ended';

/** What the server says beside what the vault knows; without a network what the vault knows. */
export async function shares(): Promise<Share[]> {
  const rows = await listing(vault(), { offline: !online.value });
  return [...rows].sort((a, b) => (b.created ?? 0) - (a.created ?? 0));
}

export default function Home() {
  const task = useTask();
  const [rows, setRows] = useState<readonly Share[] | null>(null);
  const [asking, setAsking] = useState(false);
  const changed = vault().changed.value;
  useEffect(() => {
    void task.run(async () => setRows(await shares()));
  }, [changed]);
  const running = (rows ?? []).filter(isRunning);
  const ended = (rows ?? []).filter((one) => !isRunning(one));
  const stop = () => {
    setAsking(false);
    void task.run(async () => {
      const ids = await endAll(vault());
      toast(count('share.ended', ids.length));
      setRows(await shares());
    });
  };
  const begin = () => {
    giving.value = null;
    go('give');
  };
  return (
    <Screen title={<Label k="share.title" />}>
      <div class="wide-buttons">
        <Button icon="scan" onClick={() => go('scan')}>
          <Label k="share.home.scan" />
        </Button>
        <Button kind="quiet" icon="share" onClick={begin}>
          <Label k="share.home.give" />
        </Button>
      </div>
      <h2>
        <Label k="share.home.running" />
      </h2>
      <TroubleView trouble={task.trouble} />
      {rows === null && task.trouble === null && <Busy text={t('shell.busy')} />}
      {rows !== null && running.length === 0 && <Empty icon="lock" text={t('share.home.none')} />}
      {running.length > 0 && (
        <>
          <List label={t('share.home.running')}>
            {running.map((one) => (
              <ShareRow key={one.id} share={one} />
            ))}
          </List>
          {running.length > 1 && (
            <Button kind="danger" icon="stop" busy={task.busy} onClick={() => setAsking(true)}>
              <Label k="share.home.endall" />
            </Button>
          )}
        </>
      )}
      {ended.length > 0 && (
        <details>
          <summary>{count('share.home.ended', ended.length)}</summary>
          <List label={t('share.state.ended')}>
            {ended.map((one) => (
              <ShareRow key={one.id} share={one} />
            ))}
          </List>
        </details>
      )}
      <Dialog
        open={asking}
        title={t('share.home.endall.ask')}
        onClose={() => setAsking(false)}
        foot={
          <>
            <Button kind="danger" onClick={stop}>
              <Label k="share.home.endall" />
            </Button>
            <Button kind="quiet" onClick={() => setAsking(false)}>
              <Label k="share.keep" />
            </Button>
          </>
        }
      />
    </Screen>
  );
}

export function stateText(share: Share): string {
  if (share.state === 'suspended') return t('share.state.suspended');
  if (share.state === 'ended') {
    const text = share.reason === null ? '' : t(`share.reason.${share.reason as 'revoked'}`);
    return text === '' ? t('share.state.ended') : text;
  }
  return share.exp === null ? '' : t('share.until.day', { day: dayOf(share.exp) });
}

function ShareRow({ share }: { share: Share }) {
  const fields = Object.keys(share.slots).length;
  const seen = (share.opensUsed ?? 0) > 0;
  return (
    <Row
      icon={share.agency === null ? 'link' : 'office'}
      title={<Foreign text={nameOf(share)} />}
      second={
        <>
          {fields > 0 && `${count('share.things', fields)} · `}
          {stateText(share)}
        </>
      }
      badge={seen && isRunning(share) ? t('share.seen') : undefined}
      tone="plain"
      href={href('running', share.id)}
    />
  );
}
