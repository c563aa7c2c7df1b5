/**
 * The stop code, from any browser, with no wallet on it: ends everything, opens nothing. Somebody who has just lost a
 * phone stands here, perhaps on a stranger's: two things to type, one button, and what happens next.
 */
import { useState } from 'preact/hooks';
import { HolderError } from '../../errors.ts';
import { t } from '../../i18n/index.ts';
import { Button, DigitsField, emptyBlocks, isFull, Label, Notice, Screen, TextField } from '../../ui/kit.tsx';
import { stopEverything } from '../../unlock/wallet.ts';
import { back } from '../router.ts';
import { codeOf, lock, wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';

const BLOCKS = 6;
const SIZE = 6;
/** wallet.md: a block is eleven times sixteen bits, so that a mistyped one is named before anything is sent. */
const STEP = 11;
const LARGEST = 720885;

export default function Stop() {
  const deed = useDeed();
  const [handle, setHandle] = useState('');
  const [code, setCode] = useState(() => emptyBlocks(BLOCKS));
  const [problem, setProblem] = useState<{ field: 'handle' | 'code'; text: string } | null>(null);
  const [done, setDone] = useState(false);
  const stop = () => {
    setProblem(null);
    if (handle.trim() === '') return setProblem({ field: 'handle', text: t('more.stop.handle.bad') });
    if (!isFull(code, SIZE)) return setProblem({ field: 'code', text: t('more.stop.code.bad') });
    deed.run(async () => {
      try {
        await stopEverything({ handle, stopCode: code.join('') });
      } catch (error) {
        const found = explain(error);
        if (found === null) throw error;
        setProblem(found);
        return;
      }
      setDone(true);
      // Its session has just ended: what this browser has open is closed as well.
      if (wallet.peek() !== null) lock();
    });
  };
  if (done) {
    return (
      <Screen key="done" title={<Label k="more.stop.done" />}>
        <Notice kind="ok">
          <Label k="more.stop.stays" />
        </Notice>
        <p>
          <Label k="more.stop.next" />
        </p>
      </Screen>
    );
  }
  return (
    <Screen
      title={<Label k="more.stop.title" />}
      back={back}
      foot={
        <Button kind="danger" icon="stop" busy={deed.busy} onClick={stop}>
          <Label k="more.stop.yes" />
        </Button>
      }
    >
      <p>
        <Label k="more.stop.what" />
      </p>
      <Notice kind="info">
        <Label k="more.stop.stays" />
      </Notice>
      <Trouble deed={deed} />
      <TextField
        label={<Label k="more.stop.handle" />}
        help={t('more.stop.where')}
        value={handle}
        onInput={setHandle}
        dir="ltr"
        error={problem?.field === 'handle' ? problem.text : undefined}
      />
      <DigitsField
        label={<Label k="more.stop.code" />}
        value={code}
        onInput={setCode}
        blocks={BLOCKS}
        size={SIZE}
        check={(block) => Number(block) % STEP === 0 && Number(block) <= LARGEST}
        error={problem?.field === 'code' ? problem.text : undefined}
      />
    </Screen>
  );
}

function explain(error: unknown): { field: 'handle' | 'code'; text: string } | null {
  const code = codeOf(error);
  if (code === 'bad-handle') return { field: 'handle', text: t('more.stop.handle.bad') };
  if (code === 'bad-code') return { field: 'code', text: t('more.stop.code.bad') };
  if (code === 'bad-block' && error instanceof HolderError) {
    return { field: 'code', text: t('more.stop.block', { n: String(error.members.block ?? '') }) };
  }
  if (code === 'sign-in-refused') return { field: 'code', text: t('more.stop.refused') };
  return null;
}
