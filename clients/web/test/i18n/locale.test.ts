/** Dates and numbers look like those on German papers, whatever the language. */
import { afterEach, expect, test } from 'vitest';
import { LANGUAGES, type Language, language, locale, moment } from '../../src/i18n/index.ts';

afterEach(() => {
  language.value = 'de';
});

test.each(Object.keys(LANGUAGES) as Language[])('%s: year and digits of the paper', (tag) => {
  language.value = tag;
  expect(moment(1_795_000_000)).toContain('2026');
  expect(new Intl.NumberFormat(locale(), { useGrouping: false }).format(1234567890)).toBe('1234567890');
});

test('without that, Farsi would count another year', () => {
  expect(new Intl.DateTimeFormat('fa', { dateStyle: 'long' }).format(1_795_000_000_000)).not.toContain('2026');
});
