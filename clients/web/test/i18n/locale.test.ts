/** Dates and numbers look like those on German papers, whatever the language. */
import { afterEach, expect, test, vi } from 'vitest';
import { count, duration, LANGUAGES, type Language, language, locale, moment } from '../../src/i18n/index.ts';
import { date } from '../../src/redeem/value.ts';

const NOVEMBER = 1_795_000_000;

afterEach(() => {
  language.value = 'de';
  vi.restoreAllMocks();
});

/** A browser as Chromium is: no data for the language, so everything would be said in the browser's own. */
function without(...tags: string[]): void {
  const all = Intl.DateTimeFormat.supportedLocalesOf;
  vi.spyOn(Intl.DateTimeFormat, 'supportedLocalesOf').mockImplementation((tag, options) =>
    tags.includes(String(tag)) ? [] : all(tag, options),
  );
}

test.each(Object.keys(LANGUAGES) as Language[])('%s: year and digits of the paper', (tag) => {
  language.value = tag;
  expect(moment(NOVEMBER)).toContain('2026');
  expect(new Intl.NumberFormat(locale(), { useGrouping: false }).format(1234567890)).toBe('1234567890');
});

test('without that, Farsi would count another year', () => {
  expect(new Intl.DateTimeFormat('fa', { dateStyle: 'long' }).format(NOVEMBER * 1000)).not.toContain('2026');
});

test('English is that of Europe: the day stands before the month, and the clock has 24 hours', () => {
  language.value = 'en';
  expect(date('2027-05-01')).toBe('1 May 2027');
  expect(moment(NOVEMBER)).toMatch(/^18 November 2026\D+\d{2}:\d{2}$/);
});

test.each(['ps', 'kmr', 'ti', 'so'] as const)('%s where the browser does not know it: digits and own words', (tag) => {
  without(LANGUAGES[tag].plural);
  language.value = tag;
  expect(moment(NOVEMBER)).toMatch(/^\d{2}\.11\.2026, \d{2}:\d{2}$/);
  expect(date('2026-11-03')).toBe('03.11.2026');
  expect(date('2026-11')).toBe('11/2026');
  expect(date('2026')).toBe('2026');
  for (const length of ['P1D', 'P2W', 'P3M', 'P4Y']) {
    const said = duration(length);
    expect(said).toMatch(new RegExp(`^${length[1]} \\p{L}+$`, 'u'));
    expect(said).not.toBe(duration(length, 'de'));
    expect(said).not.toBe(duration(length, 'en'));
  }
});

test('a known language keeps its own words beside an unknown one', () => {
  without('ti');
  language.value = 'ti';
  expect(duration('P3M', locale('de'))).toBe('3 Monate');
  expect(duration('P3M', locale('fr'))).toMatch(/^3\smois$/);
});

test.each(['nonsense', 'P0D', 'P3H'])('%s is no length of time and stays as it is', (text) => {
  without('ti');
  language.value = 'ti';
  expect(duration(text)).toBe(text);
});

test('plurals of a language without rules are not those of the browser', () => {
  vi.spyOn(Intl.PluralRules, 'supportedLocalesOf').mockReturnValue([]);
  const rules = vi.spyOn(Intl, 'PluralRules');
  language.value = 'so';
  count('share.days', 2);
  expect(rules).toHaveBeenCalledWith('en');
});
