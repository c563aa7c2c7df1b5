/** All fields of a paper in one form: typing eight things from a card should not take eight screens. */
import { useMemo, useState } from 'preact/hooks';
import type { Json } from '../../formats/strict_json.ts';
import { named, paper as paperType } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { today } from '../../store/dates.ts';
import { emptyRaw, type Problems, type Raw, rawOf, readRaw } from '../../store/forms.ts';
import { editPaper, people, personOf, recordsOf, setValues, textOf } from '../../store/papers.ts';
import { composed, type Values, type Warned, warnings } from '../../store/values.ts';
import type { Item } from '../../store/vault.ts';
import { Busy, Button, Foreign, Label, Notice, Screen, TextField, toast } from '../../ui/kit.tsx';
import { back, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, titleOf, typeName, useDoing, useItem } from './common.tsx';
import { FieldInput, Select } from './inputs.tsx';
import { FieldName } from './value.tsx';
import './papers.css';

export default function Fill({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  if (item === null) return <Gone />;
  const type = paperType(textOf(item.payload, 'type'));
  if (type === undefined) {
    // The catalogue is on its way, or a newer client made this paper: its title can be changed, its values are kept.
    return typeName(textOf(item.payload, 'type')) === '' ? (
      <Busy text={t('shell.busy')} />
    ) : (
      <Form item={item} names={[]} />
    );
  }
  return <Form key={Object.keys(type.fields).join()} item={item} names={Object.keys(type.fields)} />;
}

function Form({ item, names }: { item: Item; names: readonly string[] }) {
  const { id, payload } = item;
  const type = textOf(payload, 'type');
  const spec = (name: string) => named(`${type}.${name}`).spec ?? { label: name, kind: 'text' };
  /** What was there when the form opened; an edit elsewhere in between is not overwritten by an untouched box. */
  const begun = useMemo(() => {
    const rows = names.map((name) => {
      const first = recordsOf(payload, name)[0];
      return [name, { value: first?.value, raw: rawOf(spec(name), first?.value) }] as const;
    });
    return Object.fromEntries(rows) as Record<string, { value: Json | undefined; raw: Raw | null }>;
  }, []);
  const [title, setTitle] = useState(titleOf(payload));
  const [notes, setNotes] = useState(textOf(payload, 'notes'));
  const [person, setPerson] = useState(personOf(payload) ?? '');
  const [raws, setRaws] = useState<Readonly<Record<string, Raw>>>({});
  const [problems, setProblems] = useState<Readonly<Record<string, Problems>>>({});
  const doing = useDoing();
  const persons = people(vault());
  const touched = Object.keys(raws);
  const about = {
    ...(title.trim() === '' || title === titleOf(payload) ? {} : { title: composed(title.trim()) }),
    ...(notes === textOf(payload, 'notes') ? {} : { notes: notes.trim() === '' ? undefined : composed(notes) }),
    ...(person === (personOf(payload) ?? '') ? {} : { person: person === '' ? undefined : person }),
  };
  const [saved, setSaved] = useState(false);
  useUnsaved(() => !saved && (touched.length > 0 || Object.keys(about).length > 0));

  const values: Record<string, Json | undefined> = {};
  for (const name of names) {
    const raw = raws[name];
    values[name] =
      raw === undefined ? begun[name]?.value : readRaw(spec(name), raw, begun[name]?.value ?? undefined).value;
  }
  const warned = warnings(type, values as Values, today());

  const save = () => {
    const found: Record<string, Problems> = {};
    const changes: Record<string, Json | undefined> = {};
    for (const name of touched) {
      const read = readRaw(spec(name), raws[name] as Raw, begun[name]?.value ?? undefined);
      if (Object.keys(read.problems).length > 0) found[name] = read.problems;
      else changes[name] = read.value;
    }
    setProblems(found);
    const [wrong] = Object.keys(found);
    if (wrong !== undefined) {
      const place = document.getElementById(`field-${wrong}`);
      place?.scrollIntoView({ block: 'center' });
      place?.querySelector<HTMLElement>('input, select, textarea')?.focus({ preventScroll: true });
      return;
    }
    doing.run(async () => {
      if (Object.keys(about).length > 0) await editPaper(vault(), id, () => about);
      await setValues(vault(), id, changes, { asOf: today() });
      setSaved(true);
      toast(t('papers.saved'));
      queueMicrotask(back);
    });
  };

  return (
    <Screen
      title={<Label k="papers.fill.title" />}
      back={back}
      foot={
        <>
          {Object.keys(problems).length > 0 && (
            <Notice kind="warn">
              <Label k="papers.fill.problems" />
            </Notice>
          )}
          <Button busy={doing.busy} icon="check" onClick={save}>
            <Label k="papers.save" />
          </Button>
        </>
      }
    >
      {doing.problem}
      <p>
        <Label k="papers.fill.text" />
      </p>
      <TextField label={<Label k="papers.name" />} value={title} onInput={setTitle} maxLength={200} />
      {persons.length > 0 && (
        <Select
          label={<Label k="papers.whose" />}
          options={persons.map((one) => [one.id, textOf(one.payload, 'label')] as const)}
          value={person}
          onChange={setPerson}
          none={t('papers.person.me')}
        />
      )}
      {names.map((name) => {
        const first = begun[name];
        const missing = recordsOf(payload, name)[0]?.missing;
        return (
          <div key={name} id={`field-${name}`}>
            {first?.raw === null ? (
              <p>
                <FieldName name={`${type}.${name}`} />: <Foreign text={JSON.stringify(first.value)} />
              </p>
            ) : (
              <FieldInput
                field={spec(name)}
                label={<FieldName name={`${type}.${name}`} />}
                raw={raws[name] ?? first?.raw ?? emptyRaw(spec(name))}
                onChange={(raw) => setRaws((before) => ({ ...before, [name]: raw }))}
                problems={problems[name] ?? {}}
              />
            )}
            {missing !== undefined && raws[name] === undefined && (
              <p class="help">
                <Label k="papers.fill.missing" />
              </p>
            )}
            <Warnings warned={warned.filter((one) => one.field === name)} />
          </div>
        );
      })}
      <TextField label={<Label k="papers.notes" />} value={notes} onInput={setNotes} lines={3} maxLength={4000} />
    </Screen>
  );
}

/** Said beside the field, and never in the way of saving. */
export function Warnings({ warned }: { warned: readonly Warned[] }) {
  return (
    <>
      {warned.map(({ warning }) => (
        <Notice key={warning} kind="info">
          <p>{t(`papers.warning.${warning}`)}</p>
        </Notice>
      ))}
    </>
  );
}
