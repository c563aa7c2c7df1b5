/** Something is not right: a page in German for the advice office or the data protection authority, with the proof. */
import { useEffect, useState } from 'preact/hooks';
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

const KINDS: Readonly<Record<string, string>> = {
  'grant-opened': 'Angaben gelesen',
  'slot-delivered': 'weitere Angaben gelesen',
  'file-delivered': 'Datei geholt',
  'grant-looked-at': 'angesehen, nichts geöffnet',
  'grant-refused': 'Zugriff versucht und abgewiesen',
};

async function page(told: Told, leaf: string, problem: Problem): Promise<string> {
  const { types } = (await import('virtual:catalogue/de')).default;
  const label = (name: string | null): string => {
    const [type = '', field = ''] = (name ?? '–').split('.');
    const known = Object.hasOwn(types, type) ? types[type] : undefined;
    const found = known !== undefined && Object.hasOwn(known.fields, field) ? known.fields[field]?.label : undefined;
    return known === undefined ? (name ?? '–') : `${known.label}: ${found ?? field}`;
  };
  const who = told.who.kind === 'agency' || told.who.kind === 'link' ? told.who.name || 'jemand mit dem Link' : '–';
  const when = new Intl.DateTimeFormat('de', { dateStyle: 'long', timeStyle: 'medium' }).format(told.time * 1000);
  const what = KINDS[told.kind] ?? told.kind;
  return [
    'Meldung zu einem Zugriff auf meine Mappe',
    '',
    PROBLEMS[problem],
    '',
    `Wer: ${who}`,
    `Wann: ${when}`,
    `Was: ${told.reason === null ? what : `${what} (${told.reason})`}`,
    `Zweck: ${told.purpose ?? '–'}`,
    `Angaben: ${told.fields.map(label).join(', ') || '–'}`,
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
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    if (told !== undefined && problem !== null) void task.run(async () => setText(await page(told, leaf, problem)));
  }, [told, problem]);
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
