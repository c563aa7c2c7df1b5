/**
 * Languages: a table, catalogues for each area of the program, a switch. A page loads the catalogues of its areas as one
 * chunk a language (`virtual:texts/app`, `virtual:texts/recipient`). `scripts/check-i18n.ts` fails the build over a
 * missing key.
 */
import { signal } from '@preact/signals';
import { lacking } from './lacking.ts';
import type audit from './texts/audit/en.json';
import type common from './texts/common/en.json';
import type devices from './texts/devices/en.json';
import type inbox from './texts/inbox/en.json';
import type more from './texts/more/en.json';
import type papers from './texts/papers/en.json';
import type recipient from './texts/recipient/en.json';
import type share from './texts/share/en.json';
import type shell from './texts/shell/en.json';
import type unlock from './texts/unlock/en.json';

type App = typeof common &
  typeof shell &
  typeof unlock &
  typeof devices &
  typeof papers &
  typeof share &
  typeof audit &
  typeof inbox &
  typeof more;
export type Key = keyof (App & typeof recipient);
export type Messages = Readonly<Record<string, string>>;
export type Texts = Readonly<Record<string, () => Promise<{ default: Messages }>>>;

/**
 * `plural`: what Intl knows of the language, or the nearest that has the same plural rules (CLDR). English is that of
 * Europe: the day stands before the month, as on the papers here.
 */
export const LANGUAGES = {
  de: { name: 'Deutsch', dir: 'ltr', plural: 'de' },
  'de-x-plain': { name: 'Einfach', dir: 'ltr', plural: 'de' },
  en: { name: 'English', dir: 'ltr', plural: 'en-GB' },
  ar: { name: 'العربية', dir: 'rtl', plural: 'ar' },
  fa: { name: 'فارسی / دری', dir: 'rtl', plural: 'fa' },
  ps: { name: 'پښتو', dir: 'rtl', plural: 'ps' },
  kmr: { name: 'Kurmancî', dir: 'ltr', plural: 'ku' },
  ti: { name: 'ትግርኛ', dir: 'ltr', plural: 'ti' },
  tr: { name: 'Türkçe', dir: 'ltr', plural: 'tr' },
  uk: { name: 'Українська', dir: 'ltr', plural: 'uk' },
  ru: { name: 'Русский', dir: 'ltr', plural: 'ru' },
  fr: { name: 'Français', dir: 'ltr', plural: 'fr' },
  so: { name: 'Soomaali', dir: 'ltr', plural: 'so' },
} as const satisfies Record<string, { name: string; dir: 'ltr' | 'rtl'; plural: string }>;
export type Language = keyof typeof LANGUAGES;

export const language = signal<Language>('de');
/** The languages that this page has. */
export const spoken = signal<readonly Language[]>([]);
const messages = signal<Messages | null>(null);
/** The second language beneath the first, while somebody helps; null: one language. */
export const beside = signal<Language | null>(null);
const besideMessages = signal<Messages>({});
let texts: Texts = {};
const MEMORY = 'mappe-language';

function known(tag: string | null): Language | null {
  if (tag === null) return null;
  if (Object.hasOwn(texts, tag)) return tag as Language;
  const base = tag.split('-')[0] as string;
  return Object.hasOwn(texts, base) ? (base as Language) : null;
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(MEMORY);
  } catch {
    return null;
  }
}

export async function speak(next: Language): Promise<void> {
  const loaded = await (texts[next] as Texts[string])();
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

export function start(has: Texts): Promise<void> {
  texts = has;
  spoken.value = (Object.keys(LANGUAGES) as Language[]).filter((tag) => Object.hasOwn(has, tag));
  const wanted = [remembered(), ...navigator.languages].map(known).find((tag) => tag !== null);
  return speak(wanted ?? 'de');
}

export type Reading = (key: Key, fill?: Fill) => string;

/** The texts of one language by themselves: German beside the holder's own on paper. */
export async function reading(tag: Language): Promise<Reading> {
  const { default: read } = await (texts[tag] as Texts[string])();
  return (key, fill = {}) => filled(read[key] ?? '', fill);
}

export async function speakBeside(next: Language | null): Promise<void> {
  if (next !== null) besideMessages.value = (await (texts[next] as Texts[string])()).default;
  beside.value = next;
}

export type Fill = Readonly<Record<string, string | number>>;

const filled = (text: string, fill: Fill): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(fill[name] ?? ''));

export function t(key: Key, fill: Fill = {}): string {
  return filled(messages.value?.[key] ?? '', fill);
}

/** The same in the second language. */
export function tBeside(key: Key, fill: Fill = {}): string {
  return filled(besideMessages.value[key] ?? '', fill);
}

type Stem<K> = K extends `${infer S}.other` ? S : never;

/** Keys that end in `.one` and `.other`; a language with more forms (`.zero`, `.two`, `.few`, `.many`) has more keys. */
export function count(key: Stem<Key>, n: number, fill: Fill = {}): string {
  const { plural } = LANGUAGES[language.value];
  // without rules of its own Intl would take those of the browser's language
  const rules = Intl.PluralRules.supportedLocalesOf(plural).length === 0 ? 'en' : plural;
  const rule = new Intl.PluralRules(rules).select(n);
  const exact = `${key}.${rule}`;
  const found = Object.hasOwn(messages.value ?? {}, exact) ? exact : `${key}.other`;
  return t(found as Key, { ...fill, n });
}

/**
 * What Intl understands. Persian, Pashto and Arabic count days and write digits otherwise; dates and numbers here are
 * compared with German papers and told to clerks, so they keep the calendar and the digits of those papers. Chromium
 * knows nothing of Pashto, Kurmanji, Tigrinya and Somali and would speak the browser's language instead: `de-x-…` then
 * writes as German papers do, in digits alone (`dated`), with words of our own (lacking.ts).
 */
export function locale(of: string = language.value): string {
  const tongue = (Object.hasOwn(LANGUAGES, of) ? of : 'de') as Language;
  const { plural, dir } = LANGUAGES[tongue];
  if (Intl.DateTimeFormat.supportedLocalesOf(plural).length === 0) return `de-x-${tongue}`;
  return dir === 'rtl' ? `${plural}-u-ca-gregory-nu-latn` : plural;
}

/** The style of a date: its day in words, or in digits where Intl has no words. */
export function dated(style: 'full' | 'long' | 'medium', tag: string = locale()): 'full' | 'long' | 'medium' {
  return tag.startsWith('de-x-') ? 'medium' : style;
}

export function moment(seconds: number): string {
  const format = new Intl.DateTimeFormat(locale(), { dateStyle: dated('long'), timeStyle: 'short' });
  return format.format(seconds * 1000);
}

export function clockTime(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(seconds * 1000);
}

const DURATION = /^P([1-9]\d{0,3})([DWMY])$/;
const UNITS = { D: 'day', W: 'week', M: 'month', Y: 'year' } as const;

/** ISO 8601 with one unit, as the templates write it; anything else is text and stays. */
export function duration(text: string, tag: string = locale()): string {
  const found = DURATION.exec(text);
  if (found === null) return text;
  const unit = UNITS[found[2] as keyof typeof UNITS];
  const own = lacking(tag, unit, Number(found[1]));
  if (own !== null) return own;
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(Number(found[1]));
}

export function bytes(n: number): string {
  const unit = n >= 1048576 ? 'megabyte' : 'kilobyte';
  const value = n / (unit === 'megabyte' ? 1048576 : 1024);
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}
