/** Something is not right: a page in German for the advice office or the data protection authority, with the proof. */
import { useState } from 'preact/hooks';
import type { Told } from '../../audit/explain.ts';
import { t } from '../../i18n/index.ts';
import { save } from '../../redeem/files.ts';
import { Button, Choice, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { useChecked } from './parts.tsx';
import './letter.css';

/** Read by an office: German, whatever the person speaks. */
const PROBLEMS = {
  unwanted: 'Diesen Abruf habe ich nicht erlaubt.',
  toomuch: 'Die Stelle hat mehr gelesen, als für den Zweck nötig ist.',
  unknown: 'Ich kenne diese Stelle nicht.',
  pressed: 'Ich wurde unter Druck gesetzt.',
} as const;
type Problem = keyof typeof PROBLEMS;

function page(told: Told, leaf: string, problem: Problem): string {
  const who = told.who.kind === 'agency' || told.who.kind === 'link' ? told.who.name || 'jemand mit dem Link' : '–';
  const when = new Intl.DateTimeFormat('de', { dateStyle: 'long', timeStyle: 'medium' }).format(told.time * 1000);
  return [
    'Meldung zu einem Abruf aus der Mappe',
    '',
    PROBLEMS[problem],
    '',
    `Wer: ${who}`,
    `Wann: ${when}`,
    `Was: ${told.kind}${told.reason === null ? '' : ` (${told.reason})`}`,
    `Zweck: ${told.purpose ?? '–'}`,
    `Angaben: ${told.fields.map((name) => name ?? '–').join(', ') || '–'}`,
    '',
    `Eintrag ${told.seq} meines Protokolls, Prüfwert ${leaf}.`,
    'Der Eintrag steht in einem Protokoll, das niemand nachträglich ändern kann.',
    '',
  ].join('\n');
}

export default function Report({ params: [seq = ''] }: { params: Params }) {
  const task = useTask();
  const log = useChecked(task);
  const [problem, setProblem] = useState<Problem | null>(null);
  const told = log?.told.find((one) => String(one.seq) === seq);
  const leaf = log?.journal.entries.find((one) => String(one.seq) === seq)?.leaf ?? '';
  const text = told === undefined || problem === null ? null : page(told, leaf, problem);
  return (
    <Screen
      title={<Label k="audit.report.title" />}
      back={back}
      foot={
        text === null ? undefined : (
          <>
            <Button icon="print" onClick={() => print()}>
              <Label k="share.code.print" />
            </Button>
            <Button kind="quiet" icon="save" onClick={() => save([text], `mappe-meldung-${seq}.txt`, 'text/plain')}>
              <Label k="audit.letter.save" />
            </Button>
          </>
        )
      }
    >
      <div class="unprinted">
        <Choice
          label={<Label k="audit.report.what" />}
          value={problem}
          options={(Object.keys(PROBLEMS) as Problem[]).map((one) => ({
            value: one,
            label: t(`audit.report.${one}`),
          }))}
          onChange={setProblem}
        />
        <Notice kind="info">
          <Label k="audit.report.where" />
        </Notice>
      </div>
      {text !== null && (
        <article class="letter" lang="de" dir="ltr" aria-label={t('audit.letter.german')}>
          {text}
        </article>
      )}
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}
