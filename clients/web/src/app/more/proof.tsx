/**
 * Before the locks change the holder proves to be the holder: finger or face, the sheet (scanned or typed), or the 24
 * digits. Whoever has just come in with the sheet after losing a phone has nothing else. Where no lock is made anew the
 * number of this device will do as well.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Scanner } from '../../scan/scanner.tsx';
import { Button, Choice, DigitsField, emptyBlocks, isFull, Label } from '../../ui/kit.tsx';
import type { Proof } from '../../unlock/wallet.ts';
import { wallet } from '../session.ts';
import { possibleBlock, readSheet } from '../unlock/sheet_code.ts';

export const PASSPHRASE_BLOCKS = 6;
export const PASSPHRASE_SIZE = 4;
export const CODE_BLOCKS = 8;
export const CODE_SIZE = 6;

export const PIN_SIZE = 6;

type Way = 'passkey' | 'pin' | 'recovery' | 'passphrase';

export type Proving = {
  /** null: something is still missing, and the field says so. */
  readonly proof: () => Proof | null;
  readonly field: () => JSX.Element;
};

export function useProof({ withPin = false }: { readonly withPin?: boolean } = {}): Proving {
  const open = wallet.value;
  const pin = withPin && open !== null && open.profile.pinLock !== null;
  const passkey = open?.profile.passkey !== null && open?.methods().some((one) => one.kind === 'passkey') === true;
  const [way, setWay] = useState<Way>(passkey ? 'passkey' : pin ? 'pin' : 'recovery');
  const [number, setNumber] = useState(() => emptyBlocks(1));
  const [digits, setDigits] = useState(() => emptyBlocks(PASSPHRASE_BLOCKS));
  const [code, setCode] = useState(() => emptyBlocks(CODE_BLOCKS));
  const [scanning, setScanning] = useState(false);
  const [missing, setMissing] = useState(false);
  const proof = (): Proof | null => {
    if (way === 'passkey') return { passkey: true };
    const full = {
      pin: isFull(number, PIN_SIZE),
      recovery: isFull(code, CODE_SIZE),
      passphrase: isFull(digits, PASSPHRASE_SIZE),
    }[way];
    setMissing(!full);
    if (!full) return null;
    if (way === 'pin') return { pin: number.join('') };
    return way === 'recovery' ? { recoveryCode: code.join('') } : { passphrase: digits.join('') };
  };
  const scanned = (text: string): boolean => {
    const sheet = readSheet(text);
    if (sheet === null) return false;
    setCode([...sheet.code]);
    setScanning(false);
    return true;
  };
  const errors = { pin: 'more.pin.six', recovery: 'more.proof.code', passphrase: 'more.error.digits' } as const;
  const error = missing && way !== 'passkey' ? t(errors[way]) : undefined;
  const field = () => (
    <>
      <Choice<Way>
        label={<Label k="more.proof.how" />}
        value={way}
        onChange={(next) => {
          setMissing(false);
          setWay(next);
        }}
        options={[
          ...(passkey
            ? [{ value: 'passkey' as const, label: <Label k="more.method.passkey" />, icon: 'finger' as const }]
            : []),
          ...(pin ? [{ value: 'pin' as const, label: <Label k="more.method.pin" />, icon: 'lock' as const }] : []),
          { value: 'recovery', label: <Label k="more.method.recovery" />, icon: 'sheet' },
          { value: 'passphrase', label: <Label k="more.method.passphrase" />, icon: 'digits' },
        ]}
      />
      {way === 'pin' && (
        <DigitsField
          label={<Label k="more.method.pin" />}
          value={number}
          onInput={setNumber}
          blocks={1}
          size={PIN_SIZE}
          error={error}
          hidden
        />
      )}
      {way === 'recovery' &&
        (scanning ? (
          <Scanner onText={scanned} />
        ) : (
          <>
            <div class="row">
              <Button kind="quiet" icon="scan" onClick={() => setScanning(true)}>
                <Label k="more.proof.scan" />
              </Button>
            </div>
            <DigitsField
              label={<Label k="more.assist.code" />}
              value={code}
              onInput={setCode}
              blocks={CODE_BLOCKS}
              size={CODE_SIZE}
              check={possibleBlock}
              error={error}
              hidden
            />
          </>
        ))}
      {way === 'passphrase' && (
        <DigitsField
          label={<Label k="more.passphrase.ask" />}
          help={t('more.passphrase.help')}
          value={digits}
          onInput={setDigits}
          blocks={PASSPHRASE_BLOCKS}
          size={PASSPHRASE_SIZE}
          error={error}
          hidden
        />
      )}
    </>
  );
  return { proof, field };
}
