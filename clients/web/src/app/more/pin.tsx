/** The PIN of this device: six digits, typed twice, never shown; changed or removed in one tap. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, DigitsField, emptyBlocks, isFull, Label, Progress, Screen, toast } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { weak } from './weak.ts';

const SIZE = 6;

export default function Pin() {
  const deed = useDeed();
  const [first, setFirst] = useState(() => emptyBlocks(1));
  const [second, setSecond] = useState(() => emptyBlocks(1));
  const [problem, setProblem] = useState<'six' | 'weak' | 'differ' | null>(null);
  const open = wallet.value;
  if (open === null) return null;
  const has = open.profile.pinLock !== null;
  const [pin = ''] = first;
  const set = () => {
    const found = !isFull(first, SIZE) ? 'six' : weak(pin) ? 'weak' : pin !== second[0] ? 'differ' : null;
    setProblem(found);
    if (found !== null) return;
    deed.run(async () => {
      await open.setPin(pin);
      toast(t('more.pin.done'));
      replace('methods');
    });
  };
  const remove = () =>
    deed.run(async () => {
      await open.forgetPin();
      toast(t('more.pin.removed'));
      replace('methods');
    });
  return (
    <Screen
      title={<Label k="more.pin.title" />}
      back={back}
      foot={
        <>
          <Button icon="check" busy={deed.busy} onClick={set}>
            <Label k={has ? 'more.pin.change' : 'more.pin.set'} />
          </Button>
          {has && (
            <Button kind="quiet" icon="trash" disabled={deed.busy} onClick={remove}>
              <Label k="more.pin.remove" />
            </Button>
          )}
        </>
      }
    >
      <p>
        <Label k="more.pin.what" />
      </p>
      <Trouble deed={deed} />
      <DigitsField
        label={<Label k="more.pin.new" />}
        value={first}
        onInput={setFirst}
        blocks={1}
        size={SIZE}
        hidden
        error={problem === 'six' ? t('more.pin.six') : problem === 'weak' ? t('more.pin.weak') : undefined}
      />
      <DigitsField
        label={<Label k="more.pin.again" />}
        value={second}
        onInput={setSecond}
        blocks={1}
        size={SIZE}
        hidden
        error={problem === 'differ' ? t('more.pin.differ') : undefined}
      />
      {deed.busy && <Progress label={t('more.pin.working')} />}
    </Screen>
  );
}
