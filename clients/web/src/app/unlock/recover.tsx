/** From the sheet: account name, recovery code, and the number that only the holder knows. Without it after 72 hours. */
import type { ComponentType } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { SheetCode } from '../../formats/sheet.ts';
import { showHandle } from '../../formats/wallet.ts';
import { t } from '../../i18n/index.ts';
import { Button, DigitsField, emptyBlocks, isFull, Notice, Screen, TextField, Tick } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import { codeOf } from '../session.ts';
import { shelf } from '../shelf.ts';
import { FloorField, floorOf } from './floor.tsx';
import { opening, toNewDevice } from './opening.ts';
import { possibleBlock } from './sheet_code.ts';
import { Trouble } from './trouble.tsx';
import { Working } from './working.tsx';

type Scan = ComponentType<{ onFound: (sheet: SheetCode) => void }>;

export default function Recover() {
  const attempt = useMemo(opening, []);
  const [handle, setHandle] = useState('');
  const [code, setCode] = useState(emptyBlocks(8));
  const [pin, setPin] = useState(emptyBlocks(1));
  const [unknown, setUnknown] = useState(false);
  const [floor, setFloor] = useState('');
  const [Scanner, setScanner] = useState<Scan | null>(null);
  const scan = async () => {
    const part = await import('./scan.tsx');
    setScanner(() => part.default);
  };
  const found = (sheet: SheetCode) => {
    setHandle(showHandle(sheet.handle));
    setCode([...sheet.code]);
    setFloor(String(sheet.number));
    setScanner(null);
  };
  const number = floorOf(floor);
  const ready =
    handle.trim() !== '' &&
    isFull(code, 6) &&
    code.every(possibleBlock) &&
    (unknown || isFull(pin, 6)) &&
    number !== null;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready || number === null) return;
    const { Wallet } = await import('../../unlock/wallet.ts');
    const typed = {
      handle,
      recoveryCode: code.join(''),
      floor: number,
      ...(unknown ? {} : { sheetPin: pin.join('') }),
    };
    const done = await attempt.run((steps) => Wallet.adopt(shelf(), typed, steps), toNewDevice);
    if (!done && codeOf(attempt.error.value) === 'pin-wrong') setPin(emptyBlocks(1));
  };
  const waits = codeOf(attempt.error.value) === 'recovery-waits';
  return (
    <Screen title={t('unlock.enter.sheet')} back={back}>
      {waits ? (
        <>
          <Trouble error={attempt.error.value} />
          <Notice kind="info">{t('unlock.waits.next')}</Notice>
        </>
      ) : (
        <form onSubmit={submit} class="wide-buttons" autocomplete="off">
          <Trouble error={attempt.error.value} />
          {Scanner !== null ? (
            <Scanner onFound={found} />
          ) : (
            <Button kind="quiet" icon="scan" onClick={scan}>
              {t('unlock.scan')}
            </Button>
          )}
          <div class="gap" />
          <TextField label={t('unlock.handle')} value={handle} onInput={setHandle} dir="ltr" maxLength={14} />
          <DigitsField
            label={t('unlock.code')}
            value={code}
            onInput={setCode}
            blocks={8}
            size={6}
            check={possibleBlock}
          />
          {!unknown && (
            <DigitsField label={t('unlock.sheetpin')} value={pin} onInput={setPin} blocks={1} size={6} hidden />
          )}
          <FloorField value={floor} onInput={setFloor} />
          <Tick
            label={t('unlock.sheetpin.unknown')}
            note={t('unlock.sheetpin.wait')}
            checked={unknown}
            onChange={setUnknown}
          />
          <Button type="submit" icon="open" busy={attempt.busy.value} disabled={!ready}>
            {t(unknown ? 'unlock.waits.begin' : 'unlock.open')}
          </Button>
          <Working opening={attempt} />
        </form>
      )}
    </Screen>
  );
}
