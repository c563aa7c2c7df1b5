/** One field: every value that is known of it, side by side, with its source; the first is the one that is shown. */
import { useState } from 'preact/hooks';
import type { ValueRecord } from '../../formats/object.ts';
import { named, words } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { readDate, today } from '../../store/dates.ts';
import { emptyRaw, type Problems, type Raw, rawOf, readRaw } from '../../store/forms.ts';
import {
  chosenFirst,
  conflicts,
  editedRecord,
  missingRecord,
  recordsOf,
  setFields,
  textOf,
  valueRecord,
} from '../../store/papers.ts';
import {
  Button,
  Card,
  Choice,
  DateField,
  Foreign,
  Label,
  List,
  Notice,
  Row,
  Screen,
  TextField,
} from '../../ui/kit.tsx';
import { back, href, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, titleOf, useDoing, useItem } from './common.tsx';
import { FieldInput, fieldSpec, Select } from './inputs.tsx';
import { FieldName, Origin, Value } from './value.tsx';
import './papers.css';

type Step =
  | { readonly at: 'list' }
  | { readonly at: 'edit'; readonly index: number | null }
  | { readonly at: 'missing' };

export default function FieldScreen({ params: [id = '', name = ''] }: { params: Params }) {
  const item = useItem(id);
  const [step, setStep] = useState<Step>({ at: 'list' });
  const doing = useDoing();
  if (item === null) return <Gone />;
  const type = textOf(item.payload, 'type');
  const full = `${type}.${name}`;
  const records = recordsOf(item.payload, name);
  const store = (next: readonly ValueRecord[]) =>
    doing.run(async () => {
      await setFields(vault(), id, { [name]: next });
      setStep({ at: 'list' });
    });
  if (step.at === 'edit') {
    return (
      <Edit
        key="edit"
        full={full}
        old={step.index === null ? null : (records[step.index] ?? null)}
        busy={doing.busy}
        problem={doing.problem}
        leave={() => setStep({ at: 'list' })}
        save={(record) =>
          store(step.index === null ? [...records, record] : records.map((one, i) => (i === step.index ? record : one)))
        }
      />
    );
  }
  if (step.at === 'missing') {
    return (
      <MissingStep
        key="missing"
        busy={doing.busy}
        problem={doing.problem}
        leave={() => setStep({ at: 'list' })}
        save={(record) => store([record, ...records.filter((one) => one.missing === undefined)])}
      />
    );
  }
  const elsewhere = (conflicts(vault(), id).get(name) ?? []).filter((one) => one.item.id !== id);
  const { field, spec } = named(full);
  return (
    <Screen
      key="list"
      title={<FieldName name={full} />}
      back={back}
      foot={
        <Button icon="plus" onClick={() => setStep({ at: 'edit', index: null })}>
          {t(records.length === 0 ? 'papers.value.add' : 'papers.value.another')}
        </Button>
      }
    >
      {doing.problem}
      {records.length > 1 && (
        <p>
          <Label k="papers.value.several" />
        </p>
      )}
      {records.map((record, i) => (
        <Card key={i}>
          <div class="value-one large">
            <Value record={record} spec={spec} label={field} />
          </div>
          <Origin name={`${type}.${name}`} record={record} />
          <div class="row">
            {i > 0 && (
              <Button kind="quiet" icon="check" onClick={() => store(chosenFirst(records, i))}>
                <Label k="papers.value.first" />
              </Button>
            )}
            {record.missing === undefined && rawOf(fieldSpec(type, name), record.value) !== null && (
              <Button kind="quiet" icon="edit" onClick={() => setStep({ at: 'edit', index: i })}>
                <Label k="papers.value.change" />
              </Button>
            )}
            <Button kind="danger" icon="trash" onClick={() => store(records.filter((_, at) => at !== i))}>
              <Label k="papers.value.remove" />
            </Button>
          </div>
        </Card>
      ))}
      {elsewhere.length > 0 && (
        <>
          <h2>
            <Label k="papers.value.elsewhere" />
          </h2>
          <List label={t('papers.value.elsewhere')}>
            {elsewhere.map((one) => (
              <Row
                key={one.item.id}
                icon="paper"
                title={<Foreign text={titleOf(one.item.payload)} />}
                second={<Value record={one.record} spec={spec} label={field} />}
                href={href('paper', one.item.id)}
              />
            ))}
          </List>
        </>
      )}
      <div class="wide-buttons">
        <Button kind="quiet" icon="help" onClick={() => setStep({ at: 'missing' })}>
          <Label k="papers.value.missing" />
        </Button>
      </div>
    </Screen>
  );
}

type EditProps = {
  readonly full: string;
  readonly old: ValueRecord | null;
  readonly busy: boolean;
  readonly problem: ReturnType<typeof useDoing>['problem'];
  readonly leave: () => void;
  readonly save: (record: ValueRecord) => void;
};

function Edit({ full, old, busy, problem, leave, save }: EditProps) {
  const [type = '', name = ''] = full.split('.');
  const spec = fieldSpec(type, name);
  const begun = rawOf(spec, old?.value) ?? emptyRaw(spec);
  const [raw, setRaw] = useState<Raw>(begun);
  const [source, setSource] = useState(old?.source ?? '');
  const [asOf, setAsOf] = useState<string | null>(old?.as_of ?? today());
  const [problems, setProblems] = useState<Problems>({});
  useUnsaved(() => raw !== begun && !busy);
  const done = () => {
    const read = readRaw(spec, raw, old?.value);
    const noDate = asOf === null || readDate(asOf) === null;
    setProblems(read.problems);
    if (Object.keys(read.problems).length > 0 || read.value === undefined || noDate) return;
    save(
      old === null
        ? valueRecord(read.value, { asOf, source: source.trim() })
        : editedRecord(old, read.value, { asOf, source: source.trim() }),
    );
  };
  return (
    <Screen
      title={<FieldName name={full} />}
      back={leave}
      foot={
        <Button busy={busy} icon="check" onClick={done}>
          <Label k="papers.save" />
        </Button>
      }
    >
      {problem}
      {old !== null && old.assurance !== 'self-declared' && (
        <Notice kind="warn">
          <Label k="papers.value.drops" />
        </Notice>
      )}
      <FieldInput field={spec} label={<FieldName name={full} />} raw={raw} onChange={setRaw} problems={problems} />
      <TextField
        label={<Label k="papers.value.source" />}
        help={t('papers.value.source.help')}
        value={source}
        onInput={setSource}
        maxLength={200}
      />
      <DateField label={<Label k="papers.value.when" />} value={asOf ?? ''} onInput={setAsOf} />
    </Screen>
  );
}

type MissingProps = Pick<EditProps, 'busy' | 'problem' | 'leave' | 'save'>;

function MissingStep({ busy, problem, leave, save }: MissingProps) {
  const [kind, setKind] = useState<'not-known' | 'not-obtainable'>('not-known');
  const [reason, setReason] = useState('');
  const done = () => save(missingRecord({ missing: kind, ...(reason === '' ? {} : { reason }) }, { asOf: today() }));
  return (
    <Screen
      title={<Label k="papers.value.missing" />}
      back={leave}
      foot={
        <Button busy={busy} icon="check" onClick={done}>
          <Label k="papers.save" />
        </Button>
      }
    >
      {problem}
      <p>
        <Label k="papers.missing.text" />
      </p>
      <Choice
        label={<Label k="papers.missing.which" />}
        options={Object.entries(words('missing')).map(([value, label]) => ({ value: value as typeof kind, label }))}
        value={kind}
        onChange={setKind}
      />
      <Select
        label={<Label k="papers.reason" />}
        options={Object.entries(words('missing_reason'))}
        value={reason}
        onChange={setReason}
      />
    </Screen>
  );
}
