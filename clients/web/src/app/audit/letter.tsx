/** A letter in German, and what it says in the person's language. Made here; nothing is sent by Mappe. */
import { useEffect, useState } from 'preact/hooks';
import { type Draft, draft, keep, RIGHTS, type Right, textOf } from '../../audit/letters.ts';
import { listing } from '../../grant/grants.ts';
import { t } from '../../i18n/index.ts';
import { save } from '../../redeem/files.ts';
import { date } from '../../redeem/value.ts';
import { Busy, Button, Choice, Foreign, Label, Notice, Screen, TextField, toast } from '../../ui/kit.tsx';
import { back, replace, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { slotNamed } from '../share/names.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { checked } from './state.ts';
import './letter.css';

type Wrong = { readonly field: string; readonly theirs: string; readonly ours: string };
const VALUE_LENGTH = 300;
const SENDER_LENGTH = 400;

/** The letter is about everything that this recipient has been shown. */
function sharesOf(grant: string): readonly string[] {
  return checked.value?.recipients.find((one) => one.grants.includes(grant))?.grants ?? [grant];
}

export default function Letter({ params: [wanted = '', grant = ''] }: { params: Params }) {
  const right: Right = RIGHTS.find((one) => one === wanted) ?? 'access';
  const task = useTask();
  const [made, setMade] = useState<Draft | null>(null);
  const [sender, setSender] = useState('');
  const [wrong, setWrong] = useState<Wrong>({ field: '', theirs: '', ours: '' });
  const [fields, setFields] = useState<readonly string[]>([]);
  const [touched, setTouched] = useState(false);
  useUnsaved(() => touched);
  const build = (correction?: Wrong) =>
    task.run(async () => {
      const next = await draft(vault(), right, sharesOf(grant), correction === undefined ? {} : { correction });
      setMade(next);
      setSender(next.sender.join('\n'));
    });
  useEffect(() => {
    if (right !== 'correction') void build();
    else {
      void task.run(async () => {
        const share = (await listing(vault(), { offline: true })).find((one) => one.id === grant);
        setFields([...new Set(Object.values(share?.slots ?? {}))].filter((name) => !name.endsWith('.file')));
      });
    }
  }, [right, grant]);

  if (made === null && right === 'correction') {
    const ready = wrong.field !== '' && wrong.theirs.trim() !== '' && wrong.ours.trim() !== '';
    const change = (next: Partial<Wrong>) => {
      setTouched(true);
      setWrong({ ...wrong, ...next });
    };
    return (
      <Screen
        key="what"
        title={<Label k="audit.right.correction" />}
        back={back}
        foot={
          <Button disabled={!ready} busy={task.busy} onClick={() => build(wrong)}>
            <Label k="audit.letter.write" />
          </Button>
        }
      >
        <Choice
          label={<Label k="audit.correction.field" />}
          value={wrong.field === '' ? null : wrong.field}
          options={fields.map((name) => ({ value: name, label: <Foreign text={slotNamed(name).field} /> }))}
          onChange={(field) => change({ field })}
        />
        <TextField
          label={<Label k="audit.correction.theirs" />}
          value={wrong.theirs}
          maxLength={VALUE_LENGTH}
          onInput={(theirs) => change({ theirs })}
        />
        <TextField
          label={<Label k="audit.correction.ours" />}
          value={wrong.ours}
          maxLength={VALUE_LENGTH}
          onInput={(ours) => change({ ours })}
        />
        <TroubleView trouble={task.trouble} />
      </Screen>
    );
  }
  if (made === null) {
    return (
      <Screen key="making" title={<Label k={`audit.right.${right}`} />} back={back}>
        {task.trouble === null && <Busy text={t('shell.busy')} />}
        <TroubleView trouble={task.trouble} />
      </Screen>
    );
  }
  const whole: Draft = { ...made, sender: sender.split('\n').filter((line) => line.trim() !== '') };
  const sent = () =>
    task.run(async () => {
      const id = await keep(vault(), whole);
      toast(t('audit.letter.kept'));
      replace('letters', id);
    });
  return (
    <Screen
      key="letter"
      title={<Label k={`audit.right.${right}`} />}
      back={back}
      foot={
        <>
          <Button icon="print" onClick={() => print()}>
            <Label k="share.code.print" />
          </Button>
          <Button kind="quiet" icon="check" busy={task.busy} onClick={sent}>
            <Label k="audit.letter.sent" />
          </Button>
        </>
      }
    >
      <div class="unprinted">
        <Notice kind="info" title={t('audit.letter.says')}>
          <p>
            <Label k={`audit.letter.explain.${right}`} />
          </p>
          <p>
            <Label k="audit.letter.deadline" fill={{ day: date(made.deadline) }} />
          </p>
        </Notice>
        <TextField
          label={<Label k="audit.letter.sender" />}
          help={<Label k="audit.letter.sender.help" />}
          value={sender}
          lines={4}
          maxLength={SENDER_LENGTH}
          onInput={(value) => {
            setTouched(true);
            setSender(value);
          }}
        />
      </div>
      <article class="letter" lang="de" dir="ltr" aria-label={t('audit.letter.german')}>
        {textOf(whole)}
      </article>
      <div class="wide-buttons unprinted">
        <Button
          kind="quiet"
          icon="save"
          onClick={() => save([textOf(whole)], `mappe-${right}-${made.date}.txt`, 'text/plain')}
        >
          <Label k="audit.letter.save" />
        </Button>
      </div>
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}
