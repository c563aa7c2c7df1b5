/** What is it? The usual papers first, all others by search. */
import { useState } from 'preact/hooks';
import { catalogue } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { editPaper, textOf } from '../../store/papers.ts';
import { matches } from '../../store/search.ts';
import { Busy, Label, List, Row, Screen, TextField } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, iconOf, typeName, useDoing, useItem } from './common.tsx';
import './papers.css';

/** What most people bring to the first visit (field.md, S2–S7), in this order. */
const USUAL = [
  'residence_title',
  'interim_paper',
  'passport',
  'travel_document',
  'person',
  'address',
  'rental_contract',
  'benefit_notice',
  'health_insurance',
  'bank_account',
  'employment',
  'language_certificate',
  'civil_status',
  'letter',
];

export default function Kind({ params: [id = '', then = ''] }: { params: Params }) {
  const item = useItem(id);
  const [question, setQuestion] = useState('');
  const doing = useDoing();
  if (item === null) return <Gone />;
  const types = catalogue()?.types;
  if (types === undefined) return <Busy text={t('shell.busy')} />;
  const now = textOf(item.payload, 'type');
  const all = Object.entries(types);
  const found = all.filter(([, { label, help }]) => matches(question, `${label} ${help ?? ''}`));
  const rows = question !== '' ? found : [...USUAL.flatMap((type) => all.filter(([one]) => one === type))];
  const others = question !== '' ? [] : all.filter(([type]) => !USUAL.includes(type));
  const choose = (type: string) =>
    doing.run(async () => {
      // A title that was only the name of the kind, or of no kind yet, follows the kind.
      const kept = textOf(item.payload, 'title');
      const own = !['', typeName(now), t('papers.new')].includes(kept);
      await editPaper(vault(), id, () => ({ type, title: own ? kept : typeName(type) }));
      if (then === 'first') replace('first-show', id);
      else if (then === 'new') replace('paper-fill', id);
      else back();
    });
  const list = (entries: typeof all, label: string) => (
    <List label={label}>
      {entries.map(([type, { label: name, help }]) => (
        <Row
          key={type}
          icon={iconOf({ v: 1, kind: 'document', type })}
          title={name}
          second={help}
          {...(type === now ? { badge: t('papers.kind.now') } : {})}
          onClick={() => choose(type)}
        />
      ))}
    </List>
  );
  return (
    <Screen title={<Label k="papers.kind.title" />} back={back}>
      {doing.problem}
      <TextField label={<Label k="papers.search" />} type="search" value={question} onInput={setQuestion} />
      {rows.length === 0 && (
        <p role="status">
          <Label k="papers.kind.none" />
        </p>
      )}
      {rows.length > 0 && list(rows, t('papers.kind.title'))}
      {others.length > 0 && (
        <>
          <h2>
            <Label k="papers.kind.others" />
          </h2>
          {list(others, t('papers.kind.others'))}
        </>
      )}
    </Screen>
  );
}
