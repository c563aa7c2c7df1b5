/** A value as people read it, and as one line for a table. */

import type { Json } from '../formats/strict_json.ts';
import type { Field } from '../i18n/fields.ts';
import { dated, locale, t } from '../i18n/index.ts';

/** Either text, or named parts (one below the other). */
export type Shown = { readonly text: string } | { readonly parts: readonly { name: string; value: Shown }[] };

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/** Only as exact as it is: a year stays a year. */
export function date(value: string): string {
  const found = DATE.exec(value);
  if (found === null) return value;
  const [, year, month, day] = found;
  if (month === undefined) return value;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day ?? '1'));
  const words = dated('long') === 'long';
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: words ? 'long' : '2-digit', timeZone: 'UTC' };
  if (day !== undefined) options.day = words ? 'numeric' : '2-digit';
  return new Intl.DateTimeFormat(locale(), options).format(at);
}

function code(value: string, spec: Field | undefined): string {
  return spec?.codes !== undefined && Object.hasOwn(spec.codes, value) ? (spec.codes[value] as string) : value;
}

function cldr(type: 'region' | 'language', value: string): string {
  try {
    const name = new Intl.DisplayNames(locale(), { type }).of(value);
    return name === undefined || name === value ? value : `${name} (${value})`;
  } catch {
    return value;
  }
}

function amount(value: { readonly [name: string]: Json }): string | null {
  const { amount, currency } = value;
  if (typeof amount !== 'string' || typeof currency !== 'string') return null;
  const text = locale() === 'de' ? amount.replace('.', ',') : amount;
  return `${text} ${currency}`;
}

function text(value: string, kind: string, spec: Field | undefined): string {
  const known = code(value, spec);
  if (known !== value) return known;
  if (kind === 'date' || kind === 'partial_date') return date(value);
  if (kind === 'country' || kind === 'countries') return cldr('region', value);
  if (kind === 'language') return cldr('language', value);
  if (kind === 'iban') return value.replace(/(.{4})(?=.)/g, '$1 ');
  if (kind === 'decimal' && locale() === 'de') return value.replace('.', ',');
  return value;
}

export function show(value: Json, spec: Field | undefined, kind: string = spec?.kind ?? 'text'): Shown {
  if (value === null) return { text: '–' };
  if (typeof value === 'boolean') return { text: t(value ? 'value.yes' : 'value.no') };
  if (typeof value === 'number') return { text: String(value) };
  if (typeof value === 'string') return { text: text(value, kind, spec) };
  if (Array.isArray(value)) {
    const inner = kind === 'list' ? (spec?.item ?? 'object') : kind;
    const items = value.map((item) => show(item, spec, inner));
    if (items.every((item) => 'text' in item)) return { text: items.map((item) => item.text).join(', ') };
    return { parts: items.map((item, i) => ({ name: String(i + 1), value: item })) };
  }
  const money = kind === 'money' ? amount(value) : null;
  if (money !== null) return { text: money };
  return {
    parts: Object.entries(value).map(([name, member]) => {
      const members = spec?.members;
      const inner = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
      return { name: inner?.label ?? name, value: show(member, inner) };
    }),
  };
}

export function line(shown: Shown): string {
  if ('text' in shown) return shown.text;
  return shown.parts.map(({ name, value }) => `${name}: ${line(value)}`).join('; ');
}
