/** The end of a wallet. What goes, what stays, the way out with everything first; then four digits, typed. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, DigitsField, emptyBlocks, Label, Notice, Progress, Screen, toast } from '../../ui/kit.tsx';
import { newDigits } from '../../unlock/typed.ts';
import { back, go } from '../router.ts';
import { lock, wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';

/** Digits and no word: whoever reads little can copy them, and nobody types them by accident. */
const SIZE = 4;

export default function Delete() {
  const deed = useDeed();
  const [wanted] = useState(() => newDigits(SIZE));
  const [typed, setTyped] = useState(() => emptyBlocks(1));
  const [wrong, setWrong] = useState(false);
  const open = wallet.value;
  if (open === null) return null;
  const remove = () => {
    if (typed[0] !== wanted) return setWrong(true);
    setWrong(false);
    deed.run(async () => {
      await open.delete();
      lock();
      toast(t('more.delete.done'));
    });
  };
  return (
    <Screen
      title={<Label k="more.delete.title" />}
      back={back}
      foot={
        <>
          <Button onClick={back}>
            <Label k="more.delete.no" />
          </Button>
          <Button kind="danger" icon="trash" busy={deed.busy} onClick={remove}>
            <Label k="more.delete.yes" />
          </Button>
        </>
      }
    >
      <Notice kind="alarm">
        <Label k="more.delete.goes" />
      </Notice>
      <p>
        <Label k="more.delete.stays" />
      </p>
      <div class="row">
        <Button kind="quiet" icon="save" onClick={() => go('export')}>
          <Label k="more.delete.first" />
        </Button>
      </div>
      <Trouble deed={deed} />
      <DigitsField
        label={<Label k="more.delete.type" fill={{ digits: wanted }} />}
        value={typed}
        onInput={setTyped}
        blocks={1}
        size={SIZE}
        error={wrong ? t('more.delete.wrong', { digits: wanted }) : undefined}
      />
      {deed.busy && <Progress label={t('more.delete.working')} />}
    </Screen>
  );
}
