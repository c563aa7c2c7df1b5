/** Inputs with their label, help and error tied together. What was typed stays when something goes wrong. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { readDigits } from '../../formats/encoding.ts';
import { t } from '../../i18n/index.ts';
import { Icon, type IconName } from './icon.tsx';

type Common = {
  readonly label: ComponentChildren;
  readonly help?: ComponentChildren;
  readonly error?: string | undefined;
  readonly disabled?: boolean;
};

function Told({ id, help, error }: { id: string; help?: ComponentChildren; error?: string | undefined }) {
  return (
    <>
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
    </>
  );
}

const told = (id: string, help: unknown, error: unknown): string | undefined =>
  [error === undefined ? '' : `${id}-error`, help === undefined ? '' : `${id}-help`].filter(Boolean).join(' ') ||
  undefined;

type TextFieldProps = Common & {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly lines?: number;
  readonly type?: 'text' | 'search' | 'email' | 'tel' | 'url';
  readonly inputMode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email' | 'url';
  readonly dir?: 'auto' | 'ltr' | 'rtl';
  readonly lang?: string;
  readonly maxLength?: number;
  readonly required?: boolean;
  readonly spellcheck?: boolean;
};

export function TextField({ label, help, error, value, onInput, lines = 1, type = 'text', ...rest }: TextFieldProps) {
  const id = useId();
  const { dir = 'auto', inputMode, lang, maxLength, required, spellcheck = false, disabled } = rest;
  const shared = {
    id,
    value,
    dir,
    disabled,
    required,
    spellcheck,
    autocomplete: 'off' as const,
    'aria-invalid': error !== undefined,
    ...(inputMode === undefined ? {} : { inputMode }),
    ...(lang === undefined ? {} : { lang }),
    ...(maxLength === undefined ? {} : { maxLength }),
    'aria-describedby': told(id, help, error),
    onInput: (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field-box">
      <label for={id}>{label}</label>
      {lines > 1 ? <textarea rows={lines} {...shared} /> : <input type={type as 'text'} {...shared} />}
      <Told id={id} help={help} error={error} />
    </div>
  );
}

// -- dates -----------------------------------------------------------------------------------------------------------

const digitsOf = (typed: string): string => {
  try {
    return readDigits(typed);
  } catch {
    return typed;
  }
};

/** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; '' where nothing was typed; null where it is no date. */
export function dateOf(day: string, month: string, year: string): string | null {
  const [d, m, y] = [digitsOf(day.trim()), digitsOf(month.trim()), digitsOf(year.trim())];
  if (d === '' && m === '' && y === '') return '';
  if (!/^[12]\d{3}$/.test(y) || (m === '' && d !== '')) return null;
  if (m === '') return y;
  if (!/^\d{1,2}$/.test(m) || Number(m) < 1 || Number(m) > 12) return null;
  const upToMonth = `${y}-${m.padStart(2, '0')}`;
  if (d === '') return upToMonth;
  const whole = `${upToMonth}-${d.padStart(2, '0')}`;
  const real = /^\d{1,2}$/.test(d) && new Date(`${whole}T00:00:00Z`).toJSON()?.slice(0, 10) === whole;
  return real ? whole : null;
}

type DateFieldProps = Common & {
  readonly value: string;
  /** null while what stands there is no date. */
  readonly onInput: (value: string | null) => void;
};

/** Many know only a year, or a month: the two smaller boxes may stay empty. As on German papers: day, month, year. */
export function DateField({ label, help, error, value, onInput, disabled }: DateFieldProps) {
  const id = useId();
  const split = (text: string) => {
    const [year = '', month = '', day = ''] = text.split('-');
    return { day, month, year };
  };
  const [typed, setTyped] = useState(() => split(value));
  const [left, setLeft] = useState(false);
  const sent = useRef<string | null>(value);
  useEffect(() => {
    // A value from elsewhere (a machine-readable zone), not the echo of what was typed here.
    if (value !== sent.current && sent.current !== null) setTyped(split(value));
    if (sent.current !== null) sent.current = value;
  }, [value]);
  const change = (part: 'day' | 'month' | 'year') => (event: { currentTarget: { value: string } }) => {
    const next = { ...typed, [part]: event.currentTarget.value };
    setTyped(next);
    sent.current = dateOf(next.day, next.month, next.year);
    onInput(sent.current);
  };
  const wrong = dateOf(typed.day, typed.month, typed.year) === null;
  const problem = error ?? (wrong && left ? t('shell.date.wrong') : undefined);
  const box = (part: 'day' | 'month' | 'year', name: string, length: number) => (
    <div class={`date-${part}`}>
      <label for={`${id}-${part}`}>{name}</label>
      <input
        id={`${id}-${part}`}
        type="text"
        inputMode="numeric"
        autocomplete="off"
        dir="ltr"
        maxLength={length}
        disabled={disabled}
        value={typed[part]}
        aria-invalid={problem !== undefined}
        aria-describedby={told(id, help, problem)}
        onInput={change(part)}
      />
    </div>
  );
  const leave = (event: FocusEvent & { currentTarget: HTMLElement }) => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setLeft(true);
  };
  return (
    <fieldset class="field-box date" onFocusOut={leave}>
      <legend>{label}</legend>
      <div class="date-boxes" dir="ltr">
        {box('day', t('shell.date.day'), 2)}
        {box('month', t('shell.date.month'), 2)}
        {box('year', t('shell.date.year'), 4)}
      </div>
      <Told id={id} help={help} error={problem} />
    </fieldset>
  );
}

// -- choices ---------------------------------------------------------------------------------------------------------

type Option<T extends string> = {
  readonly value: T;
  readonly label: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly icon?: IconName;
  readonly lang?: string;
  readonly dir?: 'ltr' | 'rtl';
};

type ChoiceProps<T extends string> = Common & {
  readonly options: readonly Option<T>[];
  /** null: nothing chosen yet. */
  readonly value: T | null;
  readonly onChange: (value: T) => void;
  readonly columns?: boolean;
};

export function Choice<T extends string>({ label, help, error, options, value, onChange, ...rest }: ChoiceProps<T>) {
  const id = useId();
  const { columns = false, disabled } = rest;
  return (
    <fieldset class="field-box" aria-describedby={told(id, help, error)}>
      <legend>{label}</legend>
      <Told id={id} help={help} error={error} />
      <div class={columns ? 'choices columns' : 'choices'}>
        {options.map((one) => (
          <label key={one.value} class="pick" lang={one.lang} dir={one.dir}>
            <input
              type="radio"
              name={id}
              value={one.value}
              checked={value === one.value}
              disabled={disabled}
              onChange={() => onChange(one.value)}
            />
            {one.icon !== undefined && <Icon name={one.icon} />}
            <span class="pick-text">
              <span>{one.label}</span>
              {one.note !== undefined && <span class="pick-note">{one.note}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

type TickProps = {
  readonly label: ComponentChildren;
  readonly note?: ComponentChildren;
  /** Begins as false wherever something is given away: nothing is ever ticked for the holder. */
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
};

export function Tick({ label, note, checked, onChange, disabled = false }: TickProps) {
  return (
    <label class="pick">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span class="pick-text">
        <span>{label}</span>
        {note !== undefined && <span class="pick-note">{note}</span>}
      </span>
    </label>
  );
}
