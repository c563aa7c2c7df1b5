/** Languages: a table, a catalogue for each, a switch. `scripts/check-i18n.ts` fails the build over a missing key. */
import { signal } from '@preact/signals';
import type en from './en.json';

export type Key = keyof typeof en;
type Messages = { readonly [K in Key]: string };

export const LANGUAGES = {
  de: { name: 'Deutsch', dir: 'ltr', plural: 'de', load: () => import('./de.json') },
  'de-x-plain': {
    name: 'Einfach',
    dir: 'ltr',
    plural: 'de',
    load: () => import('./de-x-plain.json'),
  },
  en: { name: 'English', dir: 'ltr', plural: 'en', load: () => import('./en.json') },
} as const satisfies Record<
  string,
  { name: string; dir: 'ltr' | 'rtl'; plural: string; load: () => Promise<{ default: Messages }> }
>;
export type Language = keyof typeof LANGUAGES;

export const language = signal<Language>('de');
const messages = signal<Messages | null>(null);
const MEMORY = 'mappe-language';

function known(tag: string | null): Language | null {
  if (tag === null) return null;
  if (Object.hasOwn(LANGUAGES, tag)) return tag as Language;
  const base = tag.split('-')[0] as string;
  return Object.hasOwn(LANGUAGES, base) ? (base as Language) : null;
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(MEMORY);
  } catch {
    return null;
  }
}

export async function speak(next: Language): Promise<void> {
  const loaded = await LANGUAGES[next].load();
  messages.value = loaded.default;
  language.value = next;
  document.documentElement.lang = next;
  document.documentElement.dir = LANGUAGES[next].dir;
  try {
    sessionStorage.setItem(MEMORY, next);
  } catch {
    // A browser without storage forgets the language, nothing else.
  }
}

export function start(): Promise<void> {
  const wanted = [remembered(), ...navigator.languages].map(known).find((tag) => tag !== null);
  return speak(wanted ?? 'de');
}

export type Fill = Readonly<Record<string, string | number>>;

export function t(key: Key, fill: Fill = {}): string {
  const text = messages.value?.[key] ?? '';
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(fill[name] ?? ''));
}

/** Keys that end in `.one` and `.other`. */
export function count(key: 'peek.opens' | 'code.wrong', n: number): string {
  const rule = new Intl.PluralRules(LANGUAGES[language.value].plural).select(n);
  return t(`${key}.${rule === 'one' ? 'one' : 'other'}`, { n });
}

/** What Intl understands. */
export function locale(): string {
  return LANGUAGES[language.value].plural;
}

export function moment(seconds: number): string {
  const format = new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeStyle: 'short' });
  return format.format(seconds * 1000);
}

export function clockTime(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(seconds * 1000);
}

const DURATION = /^P([1-9]\d{0,3})([DWMY])$/;
const UNITS = { D: 'day', W: 'week', M: 'month', Y: 'year' } as const;

/** ISO 8601 with one unit, as the templates write it; anything else is text and stays. */
export function duration(text: string): string {
  const found = DURATION.exec(text);
  if (found === null) return text;
  const unit = UNITS[found[2] as keyof typeof UNITS];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(Number(found[1]));
}

export function bytes(n: number): string {
  const unit = n >= 1048576 ? 'megabyte' : 'kilobyte';
  const value = n / (unit === 'megabyte' ? 1048576 : 1024);
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}
