/** Somebody whose papers live in this wallet: most often a child without a phone. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { today } from '../../store/dates.ts';
import {
  addPerson,
  birthdateOf,
  editPerson,
  papers,
  RELATIONS,
  type Relation,
  removePerson,
  textOf,
} from '../../store/papers.ts';
import { comingOfAge } from '../../store/reminders.ts';
import { Button, Choice, DateField, Label, List, Notice, Screen, TextField, toast } from '../../ui/kit.tsx';
import { back, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, ofPerson, useDoing, useItem } from './common.tsx';
import { PaperRow } from './home.tsx';
import './papers.css';

export default function Person({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  if (id !== 'new' && item === null) return <Gone />;
  return (
    <Form
      id={id}
      label={textOf(item?.payload ?? {}, 'label')}
      relation={(item?.payload.relation as Relation) ?? 'child'}
    />
  );
}

function Form({ id, label: before, relation: beforeRelation }: { id: string; label: string; relation: Relation }) {
  const isNew = id === 'new';
  const [label, setLabel] = useState(before);
  const [relation, setRelation] = useState<Relation>(beforeRelation);
  const [birthdate, setBirthdate] = useState<string | null>('');
  const [empty, setEmpty] = useState(false);
  const [saved, setSaved] = useState(false);
  const doing = useDoing();
  useUnsaved(() => label !== before && !saved);
  const theirs = isNew ? [] : papers(vault()).filter((item) => ofPerson(item, id));
  const adult = isNew || relation !== 'child' ? null : comingOfAge(birthdateOf(vault(), id), today());
  const save = () => {
    setEmpty(label.trim() === '');
    if (label.trim() === '' || birthdate === null) return;
    doing.run(async () => {
      if (isNew)
        await addPerson(vault(), { label: label.trim(), relation, birthdate: birthdate || undefined }, today());
      else await editPerson(vault(), id, label.trim(), relation);
      setSaved(true);
      toast(t('papers.saved'));
      queueMicrotask(back);
    });
  };
  return (
    <Screen
      title={isNew ? t('papers.person.add') : before}
      back={back}
      foot={
        <Button icon="check" busy={doing.busy} onClick={save}>
          <Label k="papers.save" />
        </Button>
      }
    >
      {doing.problem}
      {adult !== null && (
        <Notice
          kind="warn"
          title={t(adult.passed ? 'papers.adult.passed' : 'papers.adult.soon', { date: date(adult.day) })}
        >
          <p>
            <Label k="papers.adult.text" />
          </p>
        </Notice>
      )}
      <TextField
        label={<Label k="papers.person.name" />}
        help={t('papers.person.name.help')}
        error={empty ? t('papers.person.name.empty') : undefined}
        value={label}
        onInput={setLabel}
        maxLength={100}
      />
      <Choice
        label={<Label k="papers.person.relation" />}
        columns
        options={RELATIONS.filter((one) => one !== 'self' || relation === 'self').map((value) => ({
          value,
          label: t(`papers.relation.${value}`),
        }))}
        value={relation}
        onChange={setRelation}
      />
      {isNew && (
        <DateField
          label={<Label k="papers.person.birthdate" />}
          help={t('papers.person.birthdate.help')}
          value={birthdate ?? ''}
          onInput={setBirthdate}
        />
      )}
      {theirs.length > 0 && (
        <List label={t('papers.title')}>
          {theirs.map((one) => (
            <PaperRow key={one.id} item={one} />
          ))}
        </List>
      )}
      {!isNew && theirs.length === 0 && (
        <div class="wide-buttons">
          <Button
            kind="danger"
            icon="trash"
            onClick={() =>
              doing.run(async () => {
                await removePerson(vault(), id);
                setSaved(true);
                queueMicrotask(back);
              })
            }
          >
            <Label k="papers.person.remove" />
          </Button>
        </div>
      )}
    </Screen>
  );
}
