/**
 * The server stands at an older state than this device. Where its own log, checked here, says that a backup was brought
 * back, the holder may send again what is missing; else it stays the alarm that it is.
 */
import { useEffect, useState } from 'preact/hooks';
import { read } from '../../audit/journal.ts';
import { moment, t } from '../../i18n/index.ts';
import { type Gap, look, offer } from '../../store/rollback.ts';
import { Button, Label, Notice, toast } from '../../ui/kit.tsx';
import type { Wallet } from '../../unlock/wallet.ts';
import { alarm, codeOf, syncNow } from '../session.ts';

type Found = { readonly backup: number; readonly gap: Gap };

/** null: nothing explains it. ServerLied of the log is the alarm that is shown already. */
async function found({ vault }: Wallet): Promise<Found | null> {
  const { entries } = await read(vault);
  const backup = entries.findLast(({ event }) => event.kind === 'restored' && event.actor.type === 'server')?.event
    .detail?.backup;
  const gap = typeof backup === 'number' ? await look(vault) : null;
  return gap === null ? null : { backup: backup as number, gap };
}

export function PutBack({ of }: { of: Wallet }) {
  const [state, setState] = useState<Found | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    found(of).then(setState, () => undefined);
  }, [of]);
  if (state === null) return null;
  const { backup, gap } = state;
  const send = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      const sent = await offer(of.vault);
      alarm.value = null;
      toast(t('more.back.sent', { n: sent }));
      void syncNow();
    } catch (error) {
      setTrouble(codeOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <Notice kind="warn" title={t('more.back.title')}>
        <p>{t('more.back.text', { time: moment(backup) })}</p>
        <p>{t('more.back.missing', { n: gap.known - gap.shown })}</p>
        {(gap.ready === 0 || trouble === 'newer-elsewhere') && <p>{t('more.back.elsewhere')}</p>}
        {trouble !== null && trouble !== 'newer-elsewhere' && <p>{t('more.error.other', { code: trouble })}</p>}
      </Notice>
      {gap.ready > 0 && (
        <div class="wide-buttons">
          <Button icon="upload" busy={busy} onClick={send}>
            <Label k="more.back.send" />
          </Button>
        </div>
      )}
    </>
  );
}
