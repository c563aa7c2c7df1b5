/**
 * Values by kind (fields.md, "Kinds of value"): what somebody typed becomes the catalogue's form, or a problem with a
 * code. A problem never blocks saving what a field can hold as text; a warning never blocks at all.
 */

import type { Json, JsonObject } from '../formats/strict_json.ts';
import type { Field } from '../i18n/fields.ts';
import { before, isFull, plainDigits, readDate, typedDate } from './dates.ts';

export type Problem =
  | 'bad-date'
  | 'date-not-full'
  | 'bad-number'
  | 'bad-iban'
  | 'bad-email'
  | 'bad-phone'
  | 'bad-code'
  | 'too-long'
  | 'bad-name';
export type Typed = { readonly value: Json | undefined } | { readonly problem: Problem };

/** fields.md; characters */
const MAX_TEXT = 4000;
const MAX_NAME = 200;
/** DIN 91379 datatype A: Latin letters with their combining marks, and what stands between the parts of a name. */
const NAME = /^[\p{Script=Latin}\p{M}' .,\-´`’·ʹʺʻʼʽˮ()/]*$/u;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d{1,6})?$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d$/;

/** Text in composed form, without the invisible marks that turn lines around. */
export function composed(text: string): string {
  return text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').normalize('NFC');
}

/** 1.234,50 and 1,234.50 and ١٢٣: the last separator with one or two digits behind it is the decimal one. */
export function typedDecimal(text: string): string | null {
  const plain = plainDigits(text.trim())
    .replace(/[٫]/g, ',')
    .replace(/[٬\s'’]/g, '');
  const found = /^(-?)([\d.,]*?\d)(?:[.,](\d{1,2}))?$/.exec(plain) ?? /^(-?)(\d+)[.,](\d{3,6})$/.exec(plain);
  if (found === null) return null;
  const whole = (found[2] as string).replace(/[.,]/g, '').replace(/^0+(?=\d)/, '');
  const written = `${found[1]}${whole}${found[3] === undefined ? '' : `.${found[3]}`}`;
  return DECIMAL.test(written) ? written : null;
}

/** ISO 13616: the first four characters to the end, letters as numbers, remainder 1. */
export function ibanFits(iban: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(iban)) return false;
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const digits = Number.parseInt(char, 36);
    rest = (rest * (digits > 9 ? 100 : 10) + digits) % 97;
  }
  return rest === 1;
}

/** German numbers without the country's code get it: +49. */
export function typedPhone(text: string): string | null {
  const plain = plainDigits(text).replace(/[\s()/.-]/g, '');
  const full = plain.startsWith('00') ? `+${plain.slice(2)}` : plain.startsWith('0') ? `+49${plain.slice(1)}` : plain;
  return /^\+[1-9]\d{5,14}$/.test(full) ? full : null;
}

/** One text box. An empty one is no value, and no problem. */
export function typed(kind: string, input: string, field?: Field): Typed {
  const text = composed(input).trim();
  if (text === '') return { value: undefined };
  const or = (value: string | null, problem: Problem): Typed => (value === null ? { problem } : { value });
  switch (kind) {
    case 'date': {
      const date = typedDate(text);
      if (date === null) return { problem: 'bad-date' };
      return isFull(date) ? { value: date } : { problem: 'date-not-full' };
    }
    case 'partial_date':
      return or(typedDate(text), 'bad-date');
    case 'datetime': {
      const found = MOMENT.exec(text);
      return found !== null && readDate(found[1] as string) !== null ? { value: text } : { problem: 'bad-date' };
    }
    case 'integer': {
      const plain = plainDigits(text);
      const number = Number(plain);
      return INTEGER.test(plain) && Number.isSafeInteger(number) ? { value: number } : { problem: 'bad-number' };
    }
    case 'decimal':
      return or(typedDecimal(text), 'bad-number');
    case 'iban': {
      const closed = text.toUpperCase().replace(/\s/g, '');
      return ibanFits(closed) ? { value: closed } : { problem: 'bad-iban' };
    }
    case 'email':
      return or(/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? text : null, 'bad-email');
    case 'phone':
      return or(typedPhone(text), 'bad-phone');
    case 'name':
      if (text.length > MAX_NAME) return { problem: 'too-long' };
      return NAME.test(text) ? { value: text } : { problem: 'bad-name' };
    case 'country':
      return or(/^[A-Z]{2,4}$/.test(text) ? text : null, 'bad-code');
    case 'bool':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { problem: 'bad-code' };
    case 'code':
      return field?.codes === undefined || text.length <= MAX_NAME ? { value: text } : { problem: 'bad-code' };
    default:
      return text.length > MAX_TEXT ? { problem: 'too-long' } : { value: text };
  }
}

/** The text that stands in the box for a value; what no box can hold is null. */
export function boxText(value: Json | undefined): string | null {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}

/** Without members and entries that hold nothing; undefined when nothing is left. */
export function pruned(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (Array.isArray(value)) {
    const kept = value.map(pruned).filter((one): one is Json => one !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (typeof value === 'object') {
    const kept: JsonObject = {};
    for (const [name, member] of Object.entries(value)) {
      const inner = pruned(member);
      if (inner !== undefined) kept[name] = inner;
    }
    return Object.keys(kept).length === 0 ? undefined : kept;
  }
  return value;
}

// -- what does not fit together: shown, never enforced ----------------------------------------------------------------

export type Warning =
  | 'expiry-before-issue'
  | 'end-before-start'
  | 'in-the-future'
  | 'long-ago'
  | 'stateless-and-country'
  | 'points-range';

const ORDER: readonly (readonly [string, string, Warning])[] = [
  ['date_of_issuance', 'date_of_expiry', 'expiry-before-issue'],
  ['date_of_issuance', 'valid_until', 'expiry-before-issue'],
  ['x_applied_on', 'valid_until', 'expiry-before-issue'],
  ['date', 'valid_until', 'expiry-before-issue'],
  ['valid_from', 'valid_until', 'end-before-start'],
  ['started', 'ended', 'end-before-start'],
  ['started_on', 'ended_on', 'end-before-start'],
  ['period_from', 'period_until', 'end-before-start'],
  ['x_move_in', 'x_move_out', 'end-before-start'],
  ['date', 'x_delivered_on', 'end-before-start'],
  ['x_delivered_on', 'x_final_on', 'end-before-start'],
  ['birthdate', 'x_first_entry', 'end-before-start'],
];
/** Days that have been, whatever the paper. */
const PAST = [
  'birthdate',
  'date_of_issuance',
  'x_first_entry',
  'x_first_registration',
  'x_delivered_on',
  'x_applied_on',
];
/** Nobody who holds a wallet is older. */
const OLDEST_YEARS = 120;

export type Values = Readonly<Record<string, Json | undefined>>;
export type Warned = { readonly field: string; readonly warning: Warning };

export function warnings(type: string, values: Values, today: string): Warned[] {
  const found: Warned[] = [];
  const text = (name: string) => (typeof values[name] === 'string' ? (values[name] as string) : null);
  for (const [first, second, warning] of ORDER) {
    const [a, b] = [text(first), text(second)];
    if (a !== null && b !== null && before(b, a) === true) found.push({ field: second, warning });
  }
  for (const name of type === 'civil_status' ? [...PAST, 'date'] : PAST) {
    const date = text(name);
    if (date !== null && before(today, date) === true) found.push({ field: name, warning: 'in-the-future' });
  }
  const birth = text('birthdate');
  if (birth !== null && before(birth, String(Number(today.slice(0, 4)) - OLDEST_YEARS)) === true) {
    found.push({ field: 'birthdate', warning: 'long-ago' });
  }
  const nations = values.nationalities;
  if (Array.isArray(nations) && nations.length > 1 && nations.some((one) => one === 'QU' || one === 'QS')) {
    found.push({ field: 'nationalities', warning: 'stateless-and-country' });
  }
  // "Leben in Deutschland": 33 questions
  const points = values.lid_points;
  if (typeof points === 'number' && (points < 0 || points > 33)) {
    found.push({ field: 'lid_points', warning: 'points-range' });
  }
  return found;
}
