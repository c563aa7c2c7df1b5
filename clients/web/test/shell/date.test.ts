import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dateOf } from '../../src/ui/kit/field.tsx';

test('a year, a month, a day: as much as somebody knows', () => {
  expect(dateOf('', '', '')).toBe('');
  expect(dateOf('', '', '1990')).toBe('1990');
  expect(dateOf('', '3', '1990')).toBe('1990-03');
  expect(dateOf('1', '3', '1990')).toBe('1990-03-01');
  expect(dateOf(' 01 ', '03', ' 1990')).toBe('1990-03-01');
});

test('digits of other scripts are digits', () => {
  expect(dateOf('٠١', '٠٣', '١٩٩٠')).toBe('1990-03-01');
  expect(dateOf('۱', '۳', '۱۹۹۰')).toBe('1990-03-01');
});

test.each([
  ['31', '2', '2024'],
  ['29', '2', '2023'],
  ['0', '1', '2024'],
  ['1', '13', '2024'],
  ['1', '0', '2024'],
  ['1', '', '2024'],
  ['', '3', ''],
  ['1', '3', ''],
  ['', '', '90'],
  ['', '', '3024'],
  ['', '', '0990'],
  ['x', '3', '1990'],
  ['', 'x', '1990'],
  ['', '', 'abcd'],
  ['1', '3', '19900'],
])('%s.%s.%s is no date', (day, month, year) => {
  expect(dateOf(day, month, year)).toBeNull();
});

test('every real day is taken as it is', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('2999-12-31'), noInvalidDate: true }), (date) => {
      const [year = '', month = '', day = ''] = date.toISOString().slice(0, 10).split('-');
      expect(dateOf(String(Number(day)), String(Number(month)), year)).toBe(`${year}-${month}-${day}`);
    }),
  );
});
