/** What a person sets going: busy while it runs, and one sentence with a next step when it fails. */
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Key, t } from '../../i18n/index.ts';
import { Notice } from '../../ui/kit.tsx';
import { codeOf, noted } from '../session.ts';

export type Deed = {
  readonly busy: boolean;
  readonly trouble: string | null;
  /** A second tap while it runs does nothing. Whether it came to its end. */
  readonly run: (what: () => Promise<void>) => Promise<boolean>;
  /** It needs a proof that has just been given: asked for where `Trouble` stands. */
  readonly unproved: { readonly again: () => void; readonly leave: () => void } | null;
};

export function useDeed(): Deed {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [waits, setWaits] = useState<(() => Promise<void>) | null>(null);
  const running = useRef(false);
  const run = async (what: () => Promise<void>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setTrouble(null);
    setWaits(null);
    try {
      await what();
      return true;
    } catch (error) {
      if (codeOf(error) === 'proof-needed') setWaits(() => what);
      // A lie of the server goes to the alarm screen; nothing more to say here.
      else setTrouble(noted(error));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  const unproved = waits === null ? null : { again: () => void run(waits), leave: () => setWaits(null) };
  return { busy, trouble, run, unproved };
}

/** Codes that have a sentence of their own; whatever else comes is shown with its code, never swallowed. */
const SENTENCES: Readonly<Record<string, Key>> = {
  offline: 'more.error.offline',
  'wrong-secret': 'more.error.secret',
  'bad-digits': 'more.error.digits',
  'pin-wrong': 'more.error.secret',
  'bad-handle': 'more.stop.handle.bad',
  'bad-code': 'more.proof.code',
  'bad-block': 'more.error.secret',
  'sign-in-refused': 'more.error.secret',
  'not-lent': 'more.assist.lent',
  'join-over': 'more.assist.over',
  // Whoever has photographed the code may have let the device into a wallet of their own.
  'join-taken': 'more.add.taken',
  'pin-gone': 'more.error.pingone',
  'no-prf': 'more.passkey.noprf',
  'no-passkey': 'more.error.nopasskey',
  'locks-uncertain': 'more.sheet.uncertain',
  'bad-export': 'more.error.archive',
  'export-too-large': 'more.error.exportlarge',
  'already-there': 'more.error.already',
  'quota-exceeded': 'more.error.room',
  'deposit-room': 'more.error.codes',
  'invitation-unknown': 'more.error.invitation',
  'assisted-refused': 'more.assist.not',
  'edited-elsewhere': 'more.error.elsewhere',
  'stale-head': 'more.error.elsewhere',
};

export function sentence(code: string): string {
  const key = Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
  return key === undefined ? t('more.error.other', { code }) : t(key);
}

export function Trouble({ deed }: { deed: Deed }) {
  if (deed.unproved !== null) return <Proof onDone={deed.unproved.again} onClose={deed.unproved.leave} />;
  return deed.trouble === null ? null : <Notice kind="warn">{sentence(deed.trouble)}</Notice>;
}

type Asking = { readonly onDone: () => void; readonly onClose: () => void };

/** With scanner and digits, so only where it is asked for. */
function Proof(props: Asking) {
  const [part, setPart] = useState<{ Prove: ComponentType<Asking> } | null>(null);
  useEffect(() => {
    import('./prove.tsx').then(setPart, noted);
  }, []);
  return part === null ? null : <part.Prove {...props} />;
}
