/**
 * Over the screen on which something weighty was tapped, when the last proof is older than a minute: show that it is you,
 * then it goes on by itself. What stands on the screen below stays as it is.
 */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, Dialog, Label, Notice, Progress } from '../../ui/kit.tsx';
import { noted, wallet } from '../session.ts';
import { sentence } from '../unlock/trouble.tsx';
import { useProof } from './proof.tsx';

type Props = { readonly onDone: () => void; readonly onClose: () => void };

export function Prove({ onDone, onClose }: Props) {
  const proving = useProof({ withPin: true });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const open = wallet.value;
  if (open === null) return null;
  const prove = async (event: Event) => {
    event.preventDefault();
    const proof = proving.proof();
    if (proof === null || busy) return;
    setBusy(true);
    setError(null);
    try {
      await open.prove(proof);
      onDone();
    } catch (failure) {
      // A lie of the server is the alarm's.
      if (noted(failure) === null) onClose();
      else setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t('devices.prove.title')}
      onClose={onClose}
      foot={
        <>
          <Button icon="check" busy={busy} onClick={prove}>
            <Label k="devices.prove.yes" />
          </Button>
          <Button kind="quiet" disabled={busy} onClick={onClose}>
            <Label k="devices.prove.no" />
          </Button>
        </>
      }
    >
      <p>
        <Label k="devices.prove.why" />
      </p>
      {error !== null && <Notice kind="warn">{sentence(error)}</Notice>}
      <form onSubmit={prove} autocomplete="off">
        {proving.field()}
      </form>
      {busy && <Progress label={t('unlock.step.stretch')} />}
    </Dialog>
  );
}
