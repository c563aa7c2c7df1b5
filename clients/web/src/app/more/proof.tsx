/** Before the locks change the holder proves to be the holder: passkey, or the long number of the sheet. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Choice, DigitsField, emptyBlocks, isFull, Label } from '../../ui/kit.tsx';
import type { Proof } from '../../unlock/wallet.ts';
import { wallet } from '../session.ts';

export const PASSPHRASE_BLOCKS = 6;
export const PASSPHRASE_SIZE = 4;
type Way = 'passkey' | 'passphrase';

export type Proving = {
  /** null: something is still missing; `complain` says so to the person. */
  readonly proof: () => Proof | null;
  readonly field: () => preact.JSX.Element;
};

export function useProof(): Proving {
  const kinds = new Set(wallet.value?.methods().map((one) => one.kind));
  const [way, setWay] = useState<Way>(kinds.has('passkey') ? 'passkey' : 'passphrase');
  const [digits, setDigits] = useState(() => emptyBlocks(PASSPHRASE_BLOCKS));
  const [missing, setMissing] = useState(false);
  const proof = (): Proof | null => {
    if (way === 'passkey') return { passkey: true };
    if (!isFull(digits, PASSPHRASE_SIZE)) {
      setMissing(true);
      return null;
    }
    return { passphrase: digits.join('') };
  };
  const field = () => (
    <>
      {kinds.has('passkey') && (
        <Choice<Way>
          label={<Label k="more.proof.how" />}
          value={way}
          onChange={setWay}
          options={[
            { value: 'passkey', label: <Label k="more.method.passkey" />, icon: 'finger' },
            { value: 'passphrase', label: <Label k="more.method.passphrase" />, icon: 'digits' },
          ]}
        />
      )}
      {way === 'passphrase' && (
        <DigitsField
          label={<Label k="more.passphrase.ask" />}
          help={t('more.passphrase.help')}
          value={digits}
          onInput={(next) => {
            setMissing(false);
            setDigits(next);
          }}
          blocks={PASSPHRASE_BLOCKS}
          size={PASSPHRASE_SIZE}
          error={missing ? t('more.error.digits') : undefined}
          hidden
        />
      )}
    </>
  );
  return { proof, field };
}
