/** When a paper ends, and when the wallet says so. */
import { signal } from '@preact/signals';
import type { Payload } from '../formats/object.ts';
import type { Json } from '../formats/strict_json.ts';
import { addMonths, adultOn, dayNumber, isFull, span } from './dates.ts';

/** S4: offices take weeks, and a title that ran out costs the job. */
export const REMIND_MONTHS = 3;
/** For papers that say nothing of their own: what the person has set on this device. */
export const lead = signal(REMIND_MONTHS);
export const REMIND_CHOICES = [0, 1, 2, 3, 4, 6, 9, 12] as const;

/** The first that a paper has. A benefit's period ends like a title. */
const ENDS = ['date_of_expiry', 'valid_until', 'period_until', 'deadline'];

function values(payload: Payload, name: string): Json[] {
  const fields = payload.fields as { [name: string]: Json } | undefined;
  const records = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!Array.isArray(records)) return [];
  return records.map((record) => (record as { value?: Json }).value ?? null);
}

/** The last day of the paper, by the value that the holder shows by default; null when none is known. */
export function endOf(payload: Payload): string | null {
  for (const name of ENDS) {
    const [first] = values(payload, name);
    if (typeof first === 'string') return span(first)?.[1] ?? null;
  }
  return null;
}

/** `valid` also where no end is known. */
export type Validity = 'valid' | 'soon' | 'expired';

export function remindMonths(payload: Payload): number {
  const months = payload.remind_months;
  return typeof months === 'number' && Number.isSafeInteger(months) && months >= 0 && months <= 24
    ? months
    : lead.value;
}

/** Superseded papers and those that cannot be had remind nobody. */
export function validity(payload: Payload, today: string): Validity {
  const end = endOf(payload);
  if (end === null || payload.state === 'superseded' || payload.state === 'not-obtainable') return 'valid';
  if (end < today) return 'expired';
  const months = remindMonths(payload);
  return months > 0 && addMonths(end, -months) <= today ? 'soon' : 'valid';
}

export function daysLeft(end: string, today: string): number {
  return dayNumber(end) - dayNumber(today);
}

/** The day of the reminder; today when it has passed already. null: no end, or reminders are off. */
export function remindOn(payload: Payload, today: string): string | null {
  const end = endOf(payload);
  const months = remindMonths(payload);
  if (end === null || months === 0 || end < today) return null;
  const day = addMonths(end, -months);
  return day < today ? today : day;
}

export type Birthday = { readonly day: string; readonly passed: boolean };

/** A child's papers become the child's own at 18; noted from a year before. */
export function comingOfAge(birthdate: Json | undefined, today: string): Birthday | null {
  if (typeof birthdate !== 'string' || !isFull(birthdate)) return null;
  const day = adultOn(birthdate);
  return day === null || addMonths(day, -12) > today ? null : { day, passed: day <= today };
}
