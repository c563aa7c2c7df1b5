/** In the place of new secrets that nobody has touched for a while: who shows them again, and how. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Button, DigitsField, emptyBlocks, isFull, Notice, Screen } from '../ui/kit.tsx';
import { type Uncover, uncover } from './curtain.ts';
import { noted } from './session.ts';
import { Trouble } from './unlock/trouble.tsx';

/** Wrong ones until somebody has to wait, and how long: guessing a number takes years then. */
const TRIES = 5;
const WAIT_MS = 60_000;

const FORMS = {
  number: { blocks: 1, size: 6, label: 'unlock.pin' },
  passphrase: { blocks: 6, size: 4, label: 'unlock.passphrase' },
  recovery: { blocks: 8, size: 6, label: 'unlock.code' },
} as const;

export function CurtainScreen({ how }: { how: Uncover }) {
  return (
    <Screen title={t('shell.curtain.title')}>
      <p>{t('shell.curtain.text')}</p>
      {how.way === 'tap' ? (
        <Tap anew={how.anew} />
      ) : how.way === 'passkey' ? (
        <Passkey ask={how.ask} />
      ) : (
        <Typed form={FORMS[how.way]} digits={how.digits} />
      )}
    </Screen>
  );
}

/** Whoever had the device in between may have seen them: then they must not be used. */
function Tap({ anew }: { anew: () => unknown }) {
  return (
    <div class="wide-buttons">
      <Button icon="eye" onClick={uncover}>
        {t('unlock.first.showagain')}
      </Button>
      <Notice kind="info">
        <p>{t('shell.curtain.anew')}</p>
      </Notice>
      <Button kind="quiet" icon="sync" onClick={anew}>
        {t('unlock.lost.anew')}
      </Button>
    </div>
  );
}

function Passkey({ ask }: { ask: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const tap = async () => {
    setBusy(true);
    setError(null);
    try {
      await ask();
      uncover();
    } catch (failure) {
      noted(failure);
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="wide-buttons">
      <Trouble error={error} />
      <Button icon="finger" busy={busy} onClick={tap}>
        {t('unlock.passkey')}
      </Button>
    </div>
  );
}

type TypedProps = { readonly form: (typeof FORMS)[keyof typeof FORMS]; readonly digits: string };

function Typed({ form: { blocks, size, label }, digits }: TypedProps) {
  const [typed, setTyped] = useState(() => emptyBlocks(blocks));
  const [wrong, setWrong] = useState(0);
  const [waits, setWaits] = useState(false);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => setWaits(false), WAIT_MS);
    return () => clearTimeout(timer);
  }, [waits]);
  const type = (next: string[]) => {
    if (waits || !isFull(next, size)) return setTyped(next);
    if (next.join('') === digits) return uncover();
    setWrong(wrong + 1);
    setWaits((wrong + 1) % TRIES === 0);
    // A number is typed anew; of a long code only the mistake is mended.
    setTyped(blocks === 1 ? emptyBlocks(1) : next);
  };
  const error = t(waits ? 'shell.curtain.wait' : blocks === 1 ? 'unlock.error.pin' : 'unlock.error.wrong-secret');
  return (
    <form class="wide-buttons" autocomplete="off" onSubmit={(event) => event.preventDefault()}>
      <DigitsField
        label={t(label)}
        value={typed}
        onInput={type}
        blocks={blocks}
        size={size}
        disabled={waits}
        error={wrong > 0 ? error : undefined}
        hidden
      />
    </form>
  );
}
