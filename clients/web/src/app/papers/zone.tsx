/** The lines at the bottom of a passport or on the back of a card, typed or pasted, fill the form. */
import { useState } from 'preact/hooks';
import type { Json } from '../../formats/strict_json.ts';
import { named } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { line, show } from '../../redeem/value.ts';
import { today } from '../../store/dates.ts';
import { type Doubt, filled, readZone } from '../../store/mrz.ts';
import {
  addPaper,
  papers,
  personOf,
  recordsOf,
  setFields,
  setValues,
  textOf,
  valueRecord,
} from '../../store/papers.ts';
import { Button, Foreign, Label, Notice, Screen, TextField, Tick, toast } from '../../ui/kit.tsx';
import { back, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, titleOf, typeName, useDoing, useItem } from './common.tsx';
import './papers.css';

export default function ZoneScreen({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  const [text, setText] = useState('');
  const [person, setPerson] = useState(false);
  const [saved, setSaved] = useState(false);
  const doing = useDoing();
  useUnsaved(() => text !== '' && !saved);
  if (item === null) return <Gone />;
  const type = textOf(item.payload, 'type');
  const zone = readZone(text, Number(today().slice(0, 4)));
  const values = zone === null ? {} : filled(zone, type);
  const own = zone === null ? {} : filled(zone, 'person');
  const typed = text.replace(/\s/g, '').length;
  const save = () =>
    doing.run(async () => {
      await setValues(vault(), id, values, { asOf: today() });
      if (person) await addPerson(own, personOf(item.payload), titleOf(item.payload));
      setSaved(true);
      toast(t('papers.saved'));
      queueMicrotask(back);
    });
  return (
    <Screen
      title={<Label k="papers.zone" />}
      back={back}
      foot={
        <Button icon="check" busy={doing.busy} disabled={zone === null} onClick={save}>
          <Label k="papers.zone.use" />
        </Button>
      }
    >
      {doing.problem}
      <p>
        <Label k="papers.zone.text" />
      </p>
      <div class="zone" dir="ltr">
        <TextField
          label={<Label k="papers.zone.lines" />}
          value={text}
          onInput={setText}
          lines={4}
          dir="ltr"
          maxLength={200}
        />
      </div>
      {zone === null && typed > 0 && (
        <p role="status">
          <Label k="papers.zone.count" fill={{ n: typed }} />
        </p>
      )}
      {zone !== null && (
        <div role="status">
          {zone.doubts.length > 0 && (
            <Notice kind="warn" title={t('papers.zone.doubt')}>
              <ul>
                {zone.doubts.map((doubt: Doubt) => (
                  <li key={doubt}>{t(`papers.doubt.${doubt}`)}</li>
                ))}
              </ul>
            </Notice>
          )}
          <Facts type={type} values={values} />
          <Tick
            label={<Label k="papers.zone.person" />}
            note={<Facts type="person" values={own} />}
            checked={person}
            onChange={setPerson}
          />
        </div>
      )}
    </Screen>
  );
}

function Facts({ type, values }: { type: string; values: { readonly [name: string]: Json } }) {
  return (
    <dl class="facts">
      {Object.entries(values).map(([name, value]) => {
        const { field, spec } = named(`${type}.${name}`);
        return (
          <div key={name}>
            <dt>{field}</dt>
            <dd>
              <Foreign text={line(show(value, spec))} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Into the paper `person` of this person: a value that differs stands beside the old one, with the paper as its source. */
async function addPerson(
  values: { readonly [name: string]: Json },
  person: string | null,
  source: string,
): Promise<void> {
  const open = vault();
  const about = { asOf: today(), source };
  const found = papers(open).find((one) => one.payload.type === 'person' && personOf(one.payload) === person);
  const records = Object.entries(values).map(([name, value]) => [name, valueRecord(value, about)] as const);
  if (found === undefined) {
    const fields = Object.fromEntries(records.map(([name, record]) => [name, [record]]));
    await addPaper(open, { type: 'person', title: typeName('person'), fields, ...(person === null ? {} : { person }) });
    return;
  }
  const changes = records
    .map(([name, record]) => [name, record, recordsOf(found.payload, name)] as const)
    .filter(([, record, old]) => !old.some((one) => JSON.stringify(one.value) === JSON.stringify(record.value)))
    .map(([name, record, old]) => [name, [...old, record]]);
  if (changes.length > 0) await setFields(open, found.id, Object.fromEntries(changes));
}
