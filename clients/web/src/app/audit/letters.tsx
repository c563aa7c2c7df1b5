/** Letters that were sent, when an answer is due, and the answers. `#/letters/ID`: one of them. */
import { useState } from 'preact/hooks';
import { answered, letters, type Sent } from '../../audit/letters.ts';
import { t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { Button, DateField, Empty, Foreign, Label, List, Notice, Row, Screen, toast } from '../../ui/kit.tsx';
import { back, href } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import './letter.css';

export default function Letters({ params: [id] }: { params: Params }) {
  void vault().changed.value;
  const all = letters(vault());
  const one = all.find((letter) => letter.id === id);
  if (one !== undefined) return <One letter={one} />;
  return (
    <Screen title={<Label k="audit.letters.title" />} back={back}>
      {all.length === 0 && <Empty icon="letter" text={t('audit.letters.none')} />}
      {all.length > 0 && (
        <List label={t('audit.letters.title')}>
          {all.map((letter) => (
            <Row
              key={letter.id}
              icon="letter"
              title={<Foreign text={letter.to} lang="de" />}
              second={
                <>
                  <Label k={`audit.right.${letter.right}`} />
                  <br />
                  {stateOf(letter)}
                </>
              }
              badge={letter.overdue ? t('audit.letters.late') : undefined}
              tone="warn"
              href={href('letters', letter.id)}
            />
          ))}
        </List>
      )}
    </Screen>
  );
}

function stateOf(letter: Sent): string {
  return letter.answeredOn === null
    ? t('audit.letters.due', { day: date(letter.deadline) })
    : t('audit.letters.answered', { day: date(letter.answeredOn) });
}

function One({ letter }: { letter: Sent }) {
  const task = useTask();
  const [day, setDay] = useState<string | null>('');
  const whole = day !== null && /^\d{4}-\d{2}-\d{2}$/.test(day);
  const save = () =>
    task.run(async () => {
      await answered(vault(), letter.id, day as string);
      toast(t('audit.letters.noted'));
    });
  return (
    <Screen title={<Foreign text={letter.to} lang="de" />} back={back}>
      <p>
        <Label k={`audit.right.${letter.right}`} /> · {date(letter.date)}
      </p>
      {letter.overdue ? (
        <Notice kind="warn" title={t('audit.letters.late')}>
          <p>
            <Label k="audit.letters.late.next" />
          </p>
        </Notice>
      ) : (
        <Notice kind={letter.answeredOn === null ? 'info' : 'ok'}>{stateOf(letter)}</Notice>
      )}
      {letter.answeredOn === null && (
        <>
          <DateField label={<Label k="audit.letters.came" />} value="" onInput={setDay} />
          <Button disabled={!whole} busy={task.busy} onClick={save}>
            <Label k="audit.letters.note" />
          </Button>
        </>
      )}
      <TroubleView trouble={task.trouble} />
      <article class="letter" lang="de" dir="ltr" aria-label={t('audit.letter.german')}>
        {letter.text}
      </article>
      <Button kind="quiet" icon="print" onClick={() => print()}>
        <Label k="share.code.print" />
      </Button>
    </Screen>
  );
}
