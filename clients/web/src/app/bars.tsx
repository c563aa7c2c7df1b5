/** Lines below the header: what the person should know while they do something else. None covers a screen. */
import { signal } from '@preact/signals';
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { clockAhead } from '../api/http.ts';
import type { HolderError } from '../errors.ts';
import { count, moment, t } from '../i18n/index.ts';
import type { Outbox } from '../store/outbox.ts';
import { Icon, type IconName, toast } from '../ui/kit.tsx';
import type { Wallet } from '../unlock/wallet.ts';
import { atOffice } from './office.ts';
import { go, hasUnsaved, route, routeKey } from './router.ts';
import { heard, moved, noted, online, signedOut, wallet } from './session.ts';
import { isSheetMissing } from './shelf.ts';

/** A phone's clock may be this wrong before dates of papers are: less than a day is not worth a word. */
const WRONG_CLOCK_S = 12 * 3600;

/** A newer version of the app waits (app/update.ts): what tapping the bar does. */
export const update = signal<(() => void) | null>(null);

type BarProps = {
  icon: IconName;
  tone: 'info' | 'warn' | 'alarm';
  children: ComponentChildren;
  action?: ComponentChildren;
};

function Bar({ icon, tone, children, action }: BarProps) {
  return (
    <div class={`bar bar-${tone}`} role={tone === 'alarm' ? 'alert' : 'status'}>
      <Icon name={icon} />
      <span>{children}</span>
      {action}
    </div>
  );
}

function RecoveryBar() {
  const until = wallet.value?.vault.recoveryUntil.value ?? null;
  if (until === null) return null;
  const stop = async () => {
    try {
      await wallet.value?.stopRecovery();
      toast(t('shell.recovery.stopped'));
    } catch (error) {
      noted(error);
      toast(t('shell.recovery.failed'));
    }
  };
  return (
    <Bar
      icon="stop"
      tone="alarm"
      action={
        <button type="button" onClick={stop}>
          {t('shell.recovery.stop')}
        </button>
      }
    >
      {t('shell.recovery', { time: moment(until) })}
    </Bar>
  );
}

/** The same paper was changed on another device: nothing is overwritten unasked. */
function ElsewhereBar({ outbox, stuck }: { outbox: Outbox; stuck: HolderError }) {
  const [busy, setBusy] = useState(false);
  const [id] = stuck.members.ids as readonly string[];
  const payload = outbox.overlay.get(id ?? '');
  const name = payload?.title ?? payload?.label;
  const decide = async (how: () => Promise<void>) => {
    setBusy(true);
    await how().catch(noted);
    setBusy(false);
  };
  return (
    <Bar
      icon="warn"
      tone="warn"
      action={
        <>
          {id !== undefined && (
            <button type="button" disabled={busy} onClick={() => go('paper-conflict', id)}>
              {t('devices.conflict.look')}
            </button>
          )}
          <button type="button" disabled={busy} onClick={() => decide(() => outbox.keepMine())}>
            {t('shell.elsewhere.mine')}
          </button>
          <button type="button" disabled={busy} onClick={() => decide(() => outbox.discardStuck())}>
            {t('shell.elsewhere.other')}
          </button>
        </>
      }
    >
      {t('shell.elsewhere')} {typeof name === 'string' && <bdi>{name}</bdi>}
    </Bar>
  );
}

function StuckBar() {
  const outbox = wallet.value?.vault.outbox;
  const stuck = outbox?.stuck.value ?? null;
  const waiting = outbox?.waiting.value ?? 0;
  if (outbox !== undefined && stuck?.code === 'edited-elsewhere') {
    // On the screen where both are compared nothing is decided with one tap beside it.
    return route.value.name === 'paper-conflict' ? null : <ElsewhereBar outbox={outbox} stuck={stuck} />;
  }
  if (stuck !== null) {
    const full = stuck.code === 'quota-exceeded' || stuck.code === 'storage-full';
    return (
      <Bar icon="warn" tone="warn">
        {t(full ? 'shell.stuck.full' : 'shell.stuck.other')} <bdi dir="ltr">({stuck.code})</bdi>
      </Bar>
    );
  }
  if (waiting === 0) return null;
  return (
    <Bar icon="upload" tone="info">
      {count('shell.waiting', waiting)}
    </Bar>
  );
}

/** First use was broken off before the sheet was proved (shelf.ts). */
function SheetBar({ of }: { of: Wallet }) {
  const [missing, setMissing] = useState(false);
  const here = routeKey.value;
  useEffect(() => {
    let gone = false;
    isSheetMissing(of.profile.wallet).then(
      (is) => !gone && setMissing(is),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [of, here]);
  if (!missing || route.value.name === 'new-sheet') return null;
  return (
    <Bar
      icon="sheet"
      tone="warn"
      action={
        <button type="button" onClick={() => go('new-sheet')}>
          {t('unlock.sheet.now')}
        </button>
      }
    >
      {t('unlock.sheet.missing')}
    </Bar>
  );
}

/** What the area `more` has to say; it reads the verified log, so it comes with the first wallet that is opened. */
function LaterBars({ of }: { of: Wallet }) {
  const [part, setPart] = useState<{ MoreBars: ComponentType<{ of: Wallet }> } | null>(null);
  useEffect(() => {
    import('./more/bars.tsx').then(setPart, () => undefined);
  }, []);
  return part === null ? null : <part.MoreBars of={of} />;
}

export function Bars() {
  const now = wallet.value;
  const open = now !== null;
  const ahead = heard.value === null ? 0 : clockAhead();
  const change = update.value;
  return (
    <div class="bars">
      {now !== null && <LaterBars of={now} />}
      {open && <RecoveryBar />}
      {now !== null && !atOffice && <SheetBar of={now} />}
      {open && signedOut.value !== null && (
        <Bar
          icon="lock"
          tone="warn"
          action={
            <button type="button" onClick={() => go('again')}>
              {t('shell.signedout.again')}
            </button>
          }
        >
          {t('shell.signedout')}
        </Bar>
      )}
      {open && moved.value && (
        <Bar icon="warn" tone="warn">
          {t('unlock.error.opened-elsewhere')}
        </Bar>
      )}
      {!online.value && (
        <Bar icon="offline" tone="info">
          {t('shell.offline')}
        </Bar>
      )}
      {open && <StuckBar />}
      {open && Math.abs(ahead) > WRONG_CLOCK_S && (
        <Bar icon="clock" tone="warn">
          {t('shell.clock', { time: moment(Math.floor(Date.now() / 1000) + ahead) })}
        </Bar>
      )}
      {change !== null && !hasUnsaved() && (
        <Bar
          icon="sync"
          tone="info"
          action={
            <button type="button" onClick={change}>
              {t('shell.update.tap')}
            </button>
          }
        >
          {t('shell.update')}
        </Bar>
      )}
    </div>
  );
}
