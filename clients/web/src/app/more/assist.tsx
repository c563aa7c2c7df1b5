/**
 * The beginning on an office computer: the phone scans a code and lets it in, or, without a phone, the sheet is typed,
 * covered. Afterwards the same screen says that nothing stayed, and is ready for the next person.
 */
import { useEffect, useState } from 'preact/hooks';
import { HolderError } from '../../errors.ts';
import { t } from '../../i18n/index.ts';
import {
  Button,
  Digits,
  DigitsField,
  emptyBlocks,
  isFull,
  Label,
  Notice,
  Progress,
  Qr,
  Screen,
  TextField,
} from '../../ui/kit.tsx';
import { beginJoin, type Joining } from '../../unlock/join.ts';
import { Wallet } from '../../unlock/wallet.ts';
import { atOffice } from '../office.ts';
import type { Params } from '../routes.ts';
import { noted, opened } from '../session.ts';
import { shelf } from '../shelf.ts';
import { FloorField, floorOf } from '../unlock/floor.tsx';
import { begin, toOffice } from './assisted.ts';
import { sentence, Trouble, useDeed } from './deed.tsx';
import { CODE_BLOCKS, CODE_SIZE } from './proof.tsx';
import { groups } from './words.ts';

/** The one way in: nothing of it is written to this computer. */
async function enter(wallet: Wallet): Promise<void> {
  const { until } = wallet.profile;
  if (until === null) {
    // The phone took it for a device that stays: it is sent away again, with the keys that this page alone holds.
    const here = await wallet.profile.device();
    await wallet.vault.server.post(`/v1/devices/${here}/remove`).catch(noted);
    wallet.lock();
    throw new HolderError('not-lent');
  }
  begin(wallet, until);
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
  if (way === 'sheet') return <BySheet back={() => setWay('choose')} />;
  return (
    <Screen
      title={<Label k="more.assist.title" />}
      foot={
        <>
          <Button icon="phone" onClick={() => setWay('phone')}>
            <Label k="more.assist.phone" />
          </Button>
          <Button kind="quiet" icon="sheet" onClick={() => setWay('sheet')}>
            <Label k="more.assist.sheet" />
          </Button>
        </>
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
  const [over, setOver] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    setOver(null);
    setJoining(null);
    (async () => {
      const made = await beginJoin(shelf());
      if (gone.signal.aborted) return;
      setJoining(made);
      await enter(await made.wait(gone.signal));
    })().catch((error) => {
      if (gone.signal.aborted) return;
      setOver(noted(error));
    });
    return () => gone.abort();
  }, [attempt]);
  if (over !== null) {
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
        {over !== 'join-over' && <Notice kind="warn">{sentence(over)}</Notice>}
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

function BySheet({ back }: { back: () => void }) {
  const deed = useDeed();
  const [handle, setHandle] = useState('');
  const [code, setCode] = useState(() => emptyBlocks(CODE_BLOCKS));
  const [pin, setPin] = useState(() => emptyBlocks(1));
  const [floor, setFloor] = useState('');
  const [missing, setMissing] = useState(false);
  const start = () => {
    const number = floorOf(floor);
    if (handle.trim() === '' || !isFull(code, CODE_SIZE) || !isFull(pin, CODE_SIZE) || number === null) {
      return setMissing(true);
    }
    setMissing(false);
    deed.run(async () => {
      const typed = { handle, recoveryCode: code.join(''), sheetPin: pin.join(''), floor: number };
      await enter(await Wallet.assist(shelf(), typed));
    });
  };
  return (
    <Screen
      key="sheet"
      title={<Label k="more.assist.sheet" />}
      back={back}
      foot={
        <Button icon="open" busy={deed.busy} onClick={start}>
          <Label k="more.assist.start" />
        </Button>
      }
    >
      <form autocomplete="off" onSubmit={(event) => event.preventDefault()}>
        <p>
          <Label k="more.assist.hidden" />
        </p>
        <Trouble deed={deed} />
        {missing && <Notice kind="warn">{t('more.stop.where')}</Notice>}
        <TextField label={<Label k="more.assist.handle" />} value={handle} onInput={setHandle} dir="ltr" />
        <DigitsField
          label={<Label k="more.assist.code" />}
          value={code}
          onInput={setCode}
          blocks={CODE_BLOCKS}
          size={CODE_SIZE}
          hidden
        />
        <DigitsField
          label={<Label k="more.assist.pin" />}
          value={pin}
          onInput={setPin}
          blocks={1}
          size={CODE_SIZE}
          hidden
        />
        <FloorField value={floor} onInput={setFloor} />
      </form>
    </Screen>
  );
}
