import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as dates from '../../src/store/dates.ts';

const partial = fc
  .tuple(
    fc.integer({ min: 1, max: 9999 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 31 }),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([year, month, day, exact]) => {
    const full = { year, month, day: Math.min(day, dates.daysOfMonth(year, month)) };
    return dates.writeDate(exact === 0 ? { year } : exact === 1 ? { year, month } : full);
  });

describe('partial dates', () => {
  it('are read as written', () => {
    fc.assert(
      fc.property(partial, (text) => {
        expect(dates.writeDate(dates.readDate(text) as never)).toBe(text);
      }),
    );
  });

  it.each([
    '',
    '99',
    '0000',
    '1990-00',
    '1990-13',
    '1990-02-30',
    '2025-02-29',
    '1900-02-29',
    '1990-1-1',
    '1990-01-01T',
    ' 1990',
  ])('are not: "%s"', (text) => expect(dates.readDate(text)).toBeNull());

  it('compare over the whole span', () => {
    expect(dates.before('1989', '1990-05-01')).toBe(true);
    expect(dates.before('1990', '1990-05-01')).toBeNull();
    expect(dates.before('1991', '1990-05-01')).toBe(false);
    expect(dates.before('1990-05-01', '1990-05-01')).toBe(false);
    expect(dates.before('1990-05', '1990-05-01')).toBe(false);
    expect(dates.before('x', '1990')).toBeNull();
  });

  it('never are before and after at once', () => {
    fc.assert(
      fc.property(partial, partial, (a, b) => {
        expect(dates.before(a, b) === true && dates.before(b, a) === true).toBe(false);
      }),
    );
  });

  it('are read as people type them', () => {
    const typed: [string, string][] = [
      ['5.3.1990', '1990-03-05'],
      ['05/03/1990', '1990-03-05'],
      ['٠٥/٠٣/١٩٩٠', '1990-03-05'],
      ['۱۳۶۹', '1369'],
      ['3.1990', '1990-03'],
      ['1990', '1990'],
      ['1990-03-05', '1990-03-05'],
    ];
    for (const [text, date] of typed) expect(dates.typedDate(text)).toBe(date);
    for (const text of ['31.2.1990', '5.3.90', 'March', '13.1990', '1.1.1.1990'])
      expect(dates.typedDate(text)).toBeNull();
  });

  it('move by months and stay in the calendar', () => {
    expect(dates.addMonths('2027-05-31', -3)).toBe('2027-02-28');
    expect(dates.addMonths('2027-01-15', -3)).toBe('2026-10-15');
    expect(dates.addMonths('2024-02-29', 216)).toBe('2042-02-28');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40000 }), fc.integer({ min: -48, max: 240 }), (days, months) => {
        expect(dates.readDate(dates.addMonths(dates.fromDayNumber(days), months))).not.toBeNull();
      }),
    );
  });

  it('know who is of age only to the day', () => {
    expect(dates.adultOn('2010-02-28')).toBe('2028-02-28');
    expect(dates.adultOn('2010')).toBeNull();
  });
});
