/**
 * First use: passkey if this device can, else digits to write down; one number to remember, which opens the wallet on
 * this device and works with the sheet; the sheet, and proof that it is there. One thing a screen, few words.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, Explain, Progress, Screen } from '../../ui/kit.tsx';
import { forgetWallet } from '../../unlock/profile.ts';
import type { Secrets, Step, Wallet } from '../../unlock/wallet.ts';
import { curtain, useCurtain } from '../curtain.ts';
import { back, HOME, replace, useUnsaved } from '../router.ts';
import { codeOf, noted, opened } from '../session.ts';
import { keepShelf, markHere, sheetMissing, sheetProved, shelf } from '../shelf.ts';
import { canPasskey, smallMemory } from './able.ts';
import { WriteDown } from './first_digits.tsx';
import { Remember } from './first_number.tsx';
import { MakeSheet, ProveSheet } from './first_sheet.tsx';
import { stepText } from './opening.ts';
import { Trouble } from './trouble.tsx';

type Made = { readonly wallet: Wallet; readonly secrets: Secrets; readonly passkey: boolean };
type Phase = 'asking' | 'passkey' | 'making' | 'digits' | 'number' | 'sheet' | 'proof';

export default function First() {
  const [phase, setPhase] = useState<Phase>('asking');
  const [made, setMade] = useState<Made | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [step, setStep] = useState<Step>('network');
  const [without, setWithout] = useState(false);
  /** What an early end must still lock; null once the session has it. */
  const held = useRef<Wallet | null>(null);

  useUnsaved(() => held.current !== null);
  useEffect(() => {
    canPasskey().then((can) => (can ? setPhase('passkey') : make(false)));
  }, []);
  // Whoever leaves in between leaves no key in memory.
  useEffect(() => () => held.current?.lock(), []);

  const make = async (passkey: boolean) => {
    setPhase('making');
    setError(null);
    try {
      const { Wallet } = await import('../../unlock/wallet.ts');
      const next = await Wallet.create(shelf(), { passkey, smallMemory: smallMemory() }, setStep);
      held.current = next.wallet;
      await sheetMissing(next.wallet.profile.wallet);
      await markHere();
      void keepShelf();
      setMade({ ...next, passkey });
      setPhase(passkey ? 'number' : 'digits');
    } catch (failure) {
      const code = codeOf(failure);
      // The phone says yes and then cannot, or the person said no: the other way, without a dead end.
      if (passkey && (code === 'no-prf' || code === 'no-passkey')) {
        setWithout(true);
        setPhase('passkey');
      }
      noted(failure);
      setError(failure);
    }
  };

  /** Nothing is in it and nobody has its secrets in use: another one is made. */
  const anew = async () => {
    const { wallet } = made as Made;
    curtain.value = null;
    setMade(null);
    setPhase('making');
    held.current = null;
    try {
      await wallet.delete();
    } catch (failure) {
      // Without a network an empty wallet stays on the server; here it is forgotten.
      noted(failure);
      wallet.lock();
      await forgetWallet(shelf(), wallet.profile.wallet);
    }
    await make(false);
  };
  useCurtain(
    made?.wallet,
    made === null
      ? null
      : () => {
          if (made.passkey) return { way: 'passkey', ask: () => made.wallet.prove({ passkey: true }) };
          const known = phase === 'sheet' || phase === 'proof';
          return known ? { way: 'number', digits: made.secrets.sheetPin } : { way: 'tap', anew };
        },
  );

  const finish = async (proved: boolean) => {
    if (made === null) return;
    if (proved) await sheetProved(made.wallet.profile.wallet);
    held.current = null;
    replace(HOME);
    opened(made.wallet);
  };

  if (phase === 'asking') return null;
  if (phase === 'passkey') {
    return (
      <Screen
        key="passkey"
        title={t('unlock.first.passkey')}
        back={back}
        foot={
          <>
            {!without && (
              <Button icon="finger" onClick={() => make(true)}>
                {t('unlock.first.yes')}
              </Button>
            )}
            <Button kind={without ? 'primary' : 'quiet'} onClick={() => make(false)}>
              {t(without ? 'unlock.first.other' : 'unlock.first.no')}
            </Button>
          </>
        }
      >
        {without ? <Trouble error={error} /> : <Explain k="unlock.first.passkey2" />}
      </Screen>
    );
  }
  if (made === null) {
    return (
      <Screen key="making" title={t('unlock.first.making')} back={error === null ? undefined : back}>
        {error === null ? (
          <div role="status">
            <Progress label={stepText(step)} />
          </div>
        ) : (
          <>
            <Trouble error={error} />
            <Button icon="sync" onClick={() => make(false)}>
              {t('shell.again')}
            </Button>
          </>
        )}
      </Screen>
    );
  }
  const { wallet, secrets } = made;
  if (phase === 'digits') return <WriteDown passphrase={secrets.passphrase} onDone={() => setPhase('number')} />;
  if (phase === 'number') {
    return <Remember wallet={wallet} number={secrets.sheetPin} onDone={() => setPhase('sheet')} />;
  }
  if (phase === 'sheet') {
    const sheet = { ...secrets, number: wallet.vault.number };
    return <MakeSheet secrets={sheet} onDone={() => setPhase('proof')} onLater={() => finish(false)} />;
  }
  return <ProveSheet blocks={secrets.recoveryCode} onDone={() => finish(true)} onBack={() => setPhase('sheet')} />;
}
