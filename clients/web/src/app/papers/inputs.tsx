/** One field of a form by its kind: boxes, choices, lists. What stands in the boxes is `Raw` (store/forms.ts). */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { type Field, named } from '../../i18n/fields.ts';
import { locale, t } from '../../i18n/index.ts';
import { emptyRaw, entryOf, membersOf, type Problems, type Raw } from '../../store/forms.ts';
import { Button, Choice, DateField, Icon, Label, TextField } from '../../ui/kit.tsx';
import { countries, languages } from './countries.ts';

type InputProps = {
  readonly field: Field;
  readonly label: ComponentChildren;
  readonly raw: Raw;
  readonly onChange: (raw: Raw) => void;
  readonly problems: Problems;
  readonly path?: string;
};

/** More are easier to find in the phone's own list than in a row of buttons. */
const MOST_BUTTONS = 5;

export function FieldInput({ field, label, raw, onChange, problems, path = '' }: InputProps) {
  const problem = problems[path];
  const error = problem === undefined ? undefined : t(`papers.problem.${problem}`);
  const shared = { label, error, ...(field.help === undefined ? {} : { help: field.help }) };
  if (field.kind === 'list' || field.kind === 'countries') {
    return <ListInput {...{ field, label, raw, onChange, problems, path }} />;
  }
  const members = membersOf(field);
  if (members !== null) return <ObjectInput {...{ field, label, raw, onChange, problems, path }} />;
  const text = typeof raw === 'string' ? raw : '';
  switch (field.kind) {
    case 'bool':
      return (
        <Choice
          {...shared}
          columns
          options={[
            { value: 'true', label: t('value.yes') },
            { value: 'false', label: t('value.no') },
          ]}
          value={text === '' ? null : text}
          onChange={onChange}
        />
      );
    case 'code': {
      const codes = Object.entries(field.codes ?? {});
      if (codes.length > MOST_BUTTONS || codes.length === 0) {
        return <Select {...shared} options={codes} value={text} onChange={onChange} />;
      }
      const known = codes.some(([id]) => id === text) || text === '' ? codes : [...codes, [text, text] as const];
      return (
        <Choice
          {...shared}
          options={known.map(([value, name]) => ({ value, label: name }))}
          value={text === '' ? null : text}
          onChange={onChange}
        />
      );
    }
    case 'country':
      return (
        <Select
          {...shared}
          options={[...Object.entries(field.codes ?? {}), ...countries(locale())]}
          value={text}
          onChange={onChange}
        />
      );
    case 'language':
      return <Select {...shared} options={languages(locale())} value={text} onChange={onChange} />;
    case 'date':
    case 'partial_date':
      // null: no date yet; the text between keeps the form from saving it.
      return (
        <DateField {...shared} value={text === NO_DATE ? '' : text} onInput={(date) => onChange(date ?? NO_DATE)} />
      );
    case 'datetime':
      return <TimeField {...shared} value={text} onChange={onChange} />;
    case 'text':
      return <TextField {...shared} value={text} onInput={onChange} lines={text.length > 60 ? 3 : 1} />;
    case 'email':
      return <TextField {...shared} type="email" dir="ltr" value={text} onInput={onChange} />;
    case 'phone':
      return <TextField {...shared} type="tel" dir="ltr" value={text} onInput={onChange} />;
    case 'iban':
    case 'identifier':
    case 'uri':
      return <TextField {...shared} dir="ltr" value={text} onInput={onChange} />;
    case 'integer':
    case 'decimal':
      return <TextField {...shared} dir="ltr" inputMode="decimal" value={text} onInput={onChange} />;
    default:
      return <TextField {...shared} value={text} onInput={onChange} />;
  }
}

/** Stands for boxes that hold something which is no date: `typed` refuses it. */
export const NO_DATE = '?';

type SelectProps = {
  readonly label: ComponentChildren;
  readonly help?: string;
  readonly error?: string | undefined;
  readonly options: readonly (readonly [string, string])[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly none?: string;
};

export function Select({ label, help, error, options, value, onChange, none = '–' }: SelectProps) {
  const id = useId();
  const known = value === '' || options.some(([one]) => one === value);
  const told = [error === undefined ? '' : `${id}-error`, help === undefined ? '' : `${id}-help`].filter(Boolean);
  return (
    <div class="field-box">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={told.join(' ') || undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">{none}</option>
        {!known && <option value={value}>{value}</option>}
        {options.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
      {help !== undefined && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error !== undefined && (
        <p class="error" id={`${id}-error`} role="alert">
          <Icon name="warn" />
          {error}
        </p>
      )}
    </div>
  );
}

function TimeField({
  label,
  error,
  value,
  onChange,
}: {
  label: ComponentChildren;
  error?: string | undefined;
  value: string;
  onChange: (raw: string) => void;
}) {
  const id = useId();
  return (
    <div class="field-box">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        value={value}
        aria-invalid={error !== undefined}
        onInput={(event) => onChange(event.currentTarget.value.slice(0, 16))}
      />
      {error !== undefined && (
        <p class="error" role="alert">
          <Icon name="warn" />
          {error}
        </p>
      )}
    </div>
  );
}

const under = (path: string, name: string | number) => (path === '' ? String(name) : `${path}.${name}`);

function ObjectInput({ field, label, raw, onChange, problems, path = '' }: InputProps) {
  const members = membersOf(field) ?? {};
  const boxes = typeof raw === 'string' || Array.isArray(raw) ? {} : raw;
  return (
    <fieldset class="group">
      <legend>{label}</legend>
      {field.help !== undefined && <p class="help">{field.help}</p>}
      {Object.entries(members).map(([name, member]) => (
        <FieldInput
          key={name}
          field={member}
          label={field.kind === 'money' ? t(`papers.money.${name as 'amount'}`) : member.label}
          raw={boxes[name] ?? emptyRaw(member)}
          onChange={(next) => onChange({ ...boxes, [name]: next })}
          problems={problems}
          path={under(path, name)}
        />
      ))}
    </fieldset>
  );
}

function ListInput({ field, label, raw, onChange, problems, path = '' }: InputProps) {
  const entries = Array.isArray(raw) ? raw : [];
  const entry = entryOf(field);
  const put = (at: number, next: Raw) => onChange(entries.map((one, i) => (i === at ? next : one)));
  return (
    <fieldset class="group">
      <legend>{label}</legend>
      {field.help !== undefined && <p class="help">{field.help}</p>}
      {entries.map((one, i) => (
        <div key={i} class="entry">
          <FieldInput
            field={entry}
            label={t('papers.entry', { n: i + 1 })}
            raw={one}
            onChange={(next) => put(i, next)}
            problems={problems}
            path={under(path, i)}
          />
          <button
            type="button"
            class="round"
            aria-label={t('papers.entry.remove', { n: i + 1 })}
            onClick={() => onChange(entries.filter((_, at) => at !== i))}
          >
            <Icon name="trash" />
          </button>
        </div>
      ))}
      <Button kind="quiet" icon="plus" onClick={() => onChange([...entries, emptyRaw(entry)])}>
        <Label k="papers.entry.add" />
      </Button>
    </fieldset>
  );
}

/** For fields that the catalogue does not know: text. */
export const fieldSpec = (type: string, name: string): Field =>
  named(`${type}.${name}`).spec ?? { label: name, kind: 'text' };
