/**
 * The beginning on an office computer: the phone scans a code and lets it in, or, without a phone, the sheet is typed,
 * covered. Afterwards the same screen says that nothing stayed, and is ready for the next person.
 */
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../../api/http.ts';
import { t } from '../../i18n/index.ts';
import { MemoryShelf } from '../../store/memory.ts';
import { Button, Digits, Label, Notice, Progress, Qr, Screen } from '../../ui/kit.tsx';
import { beginJoin, type Joining } from '../../unlock/join.ts';
import type { Wallet } from '../../unlock/wallet.ts';
import type { Params } from '../routes.ts';
import { noted, opened } from '../session.ts';
import { atOffice, begin, LASTS, toOffice } from './assisted.ts';
import { groups } from './words.ts';

/** The one way in: nothing of it is written to this computer. */
function enter(wallet: Wallet): void {
  begin(wallet, serverNow() + LASTS);
  opened(wallet);
}

export default function Assist({ params }: { params: Params }) {
  const [way, setWay] = useState<'choose' | 'phone' | 'sheet'>('choose');
  const ended = params[0] === 'ended' || params[0] === 'over';
  // Came here from inside the app: load anew, so that this page has never opened a storage.
  useEffect(() => {
    if (!atOffice) toOffice();
  }, []);
  if (!atOffice) return null;
  if (way === 'phone') return <ByPhone back={() => setWay('choose')} />;
  return (
    <Screen
      title={<Label k="more.assist.title" />}
      foot={
        <Button icon="phone" onClick={() => setWay('phone')}>
          <Label k="more.assist.phone" />
        </Button>
      }
    >
      {ended && (
        <>
          <Notice kind="ok">{t('more.assist.ended')}</Notice>
          <p>
            <Label k="more.assist.spool" />
          </p>
          <p>
            <Label k="more.assist.saved" />
          </p>
          <h2>{t('more.assist.next')}</h2>
        </>
      )}
      <p>
        <Label k="more.assist.what" />
      </p>
    </Screen>
  );
}

function ByPhone({ back }: { back: () => void }) {
  const [joining, setJoining] = useState<Joining | null>(null);
  const [over, setOver] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    setOver(false);
    setJoining(null);
    (async () => {
      const made = await beginJoin(new MemoryShelf());
      if (gone.signal.aborted) return;
      setJoining(made);
      enter(await made.wait(gone.signal));
    })().catch((error) => {
      if (!gone.signal.aborted && noted(error) !== null) setOver(true);
    });
    return () => gone.abort();
  }, [attempt]);
  if (over) {
    return (
      <Screen
        key="over"
        title={<Label k="more.assist.over" />}
        back={back}
        foot={
          <Button icon="qr" onClick={() => setAttempt(attempt + 1)}>
            <Label k="more.assist.again" />
          </Button>
        }
      >
        <p>
          <Label k="more.assist.what" />
        </p>
      </Screen>
    );
  }
  return (
    <Screen key="wait" title={<Label k="more.assist.phone" />} back={back}>
      <p>
        <Label k="more.assist.scan" />
      </p>
      {joining !== null && (
        <>
          <Qr text={joining.url} label={t('more.assist.scan')} />
          <h2>{t('more.assist.digits')}</h2>
          <Digits blocks={groups(joining.digits, 3)} large />
        </>
      )}
      <Progress label={t('more.assist.waiting')} />
    </Screen>
  );
}
