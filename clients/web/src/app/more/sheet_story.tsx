/** After the locks have changed, the same screens as at first use: digits, the number, the sheet, and proof of the sheet. */
import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../../ui/kit.tsx';
import type { FreshSecrets, Wallet } from '../../unlock/wallet.ts';
import { type Uncover, useCurtain } from '../curtain.ts';
import { noted } from '../session.ts';
import { sheetMissing, sheetProved } from '../shelf.ts';
import { WriteDown } from '../unlock/first_digits.tsx';
import { Remember } from '../unlock/first_number.tsx';
import { MakeSheet, ProveSheet } from '../unlock/first_sheet.tsx';

type Phase = 'digits' | 'number' | 'sheet' | 'proof';

type Props = {
  readonly wallet: Wallet;
  readonly secrets: FreshSecrets;
  /** Shown on every screen: it is not certain which sheet is the right one. */
  readonly warning?: string;
  /** New 24 digits are shown where nothing but paper holds them. */
  readonly digits: boolean;
  /** What shows them again when they were covered, until the new number is remembered. */
  readonly before: Uncover;
  readonly done: () => void;
};

export function SheetStory({ wallet, secrets, warning, digits, before, done }: Props) {
  const { passphrase, recoveryCode, sheetPin } = secrets;
  const [phase, setPhase] = useState<Phase>(digits && passphrase !== undefined ? 'digits' : 'number');
  const id = wallet.profile.wallet;
  useCurtain(wallet, () => {
    const known = phase === 'sheet' || phase === 'proof';
    return known && before.way !== 'passkey' ? { way: 'number', digits: sheetPin } : before;
  });
  useEffect(() => {
    // Until it is proved: whoever closes the app now is reminded when it is opened again.
    sheetMissing(id).catch(noted);
  }, [id]);
  const proved = async () => {
    await sheetProved(id).catch(noted);
    done();
  };
  const sheet = { handle: wallet.profile.handle, recoveryCode, number: wallet.vault.number };
  return (
    <>
      {warning !== undefined && <Notice kind="warn">{warning}</Notice>}
      {phase === 'digits' && <WriteDown passphrase={passphrase ?? ''} onDone={() => setPhase('number')} />}
      {phase === 'number' && <Remember wallet={wallet} number={sheetPin} onDone={() => setPhase('sheet')} />}
      {phase === 'sheet' && <MakeSheet secrets={sheet} onDone={() => setPhase('proof')} onLater={done} />}
      {phase === 'proof' && <ProveSheet blocks={recoveryCode} onDone={proved} onBack={() => setPhase('sheet')} />}
    </>
  );
}
