import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendar } from '../../src/store/calendar.ts';
import { comingOfAge, endOf, remindOn, validity } from '../../src/store/reminders.ts';
import { fold, matches } from '../../src/store/search.ts';

describe('search', () => {
  it.each([
    ['strasse', 'Hauptstraße 5'],
    ['munchen', 'München'],
    ['İSTANBUL', 'istanbul'],
    ['ısparta', 'ISPARTA'],
    ['احمد', 'أحمد'],
    ['علی', 'علي'],
    ['محمد', 'مُحَمَّد'],
    ['كردي', 'کردی'],
    ['2027', '٢٠٢٧'],
    ['елена', 'Ёлена'],
    ['oneil', "O'Neil"],
    ['ሰላም', 'ሰላም ገብረ'],
    ['aegir', 'Ǣgir'],
    ['ausweis', 'Reiseausweis'],
    ['titel aufenthalt', 'Aufenthaltstitel: Titel'],
  ])('%s finds %s', (question, text) => expect(matches(question, text)).toBe(true));

  it.each([
    ['pas', 'Kompass'],
    ['علي', 'عمر'],
    ['2028', '2027'],
  ])('%s does not find %s', (question, text) => expect(matches(question, text)).toBe(false));

  it('folds once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });
});

const paper = (fields: object, more: object = {}) =>
  ({ v: 1, kind: 'document', state: 'present', fields, ...more }) as never;
const ends = (value: string) => paper({ date_of_expiry: [{ value }] });

describe('reminders', () => {
  it('come three months before, or when the holder wants', () => {
    expect(remindOn(ends('2027-05-31'), '2026-11-25')).toBe('2027-02-28');
    expect(remindOn(ends('2026-12-31'), '2026-11-25')).toBe('2026-11-25');
    expect(remindOn(ends('2026-11-24'), '2026-11-25')).toBeNull();
    const never = paper({ date_of_expiry: [{ value: '2027-05-31' }] }, { remind_months: 0 });
    expect(remindOn(never, '2026-11-25')).toBeNull();
    expect(validity(never, '2027-05-01')).toBe('valid');
    expect(validity(never, '2027-06-01')).toBe('expired');
  });

  it('know soon and expired', () => {
    expect(validity(ends('2027-03-01'), '2026-11-25')).toBe('valid');
    expect(validity(ends('2027-02-25'), '2026-11-25')).toBe('soon');
    expect(validity(ends('2026-11-25'), '2026-11-25')).toBe('soon');
    expect(validity(ends('2026-11-24'), '2026-11-25')).toBe('expired');
    expect(validity(ends('2026'), '2026-11-25')).toBe('soon');
    expect(endOf(ends('2027-02'))).toBe('2027-02-28');
    expect(validity(paper({ date_of_expiry: [{ value: '2020-01-01' }] }, { state: 'superseded' }), '2026-11-25')).toBe(
      'valid',
    );
    for (const odd of ['bald', '']) expect(validity(ends(odd), '2026-11-25')).toBe('valid');
    expect(endOf(paper({}))).toBeNull();
  });

  it('note the eighteenth birthday from a year before', () => {
    expect(comingOfAge('2009-11-26', '2026-11-25')).toBeNull();
    expect(comingOfAge('2009-11-25', '2026-11-25')).toEqual({ day: '2027-11-25', passed: false });
    expect(comingOfAge('2008-11-25', '2026-11-25')).toEqual({ day: '2026-11-25', passed: true });
    for (const open of ['2008', null, undefined, 2008]) expect(comingOfAge(open as never, '2026-11-25')).toBeNull();
  });
});

describe('the calendar file', () => {
  const stamp = new Date(Date.UTC(2026, 10, 25, 12));
  const lines = (text: string) => text.split('\r\n');

  it('has what RFC 5545 asks for', () => {
    const file = calendar([{ uid: 'u', day: '2027-02-28', title: 'Mappe' }], stamp);
    for (const line of [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'UID:u@mappe',
      'DTSTAMP:20261125T120000Z',
      'DTSTART;VALUE=DATE:20270228',
      'SUMMARY:Mappe',
    ]) {
      expect(lines(file)).toContain(line);
    }
    expect(file.endsWith('END:VCALENDAR\r\n')).toBe(true);
  });

  it('escapes and folds by octets, whatever the title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (title) => {
        const file = calendar([{ uid: 'u', day: '2027-02-28', title }], stamp);
        for (const line of lines(file)) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
        const open = file.replaceAll('\r\n ', '');
        const shown = /^SUMMARY:(.*)\r\nTRANSP/ms.exec(open)?.[1] ?? '';
        const read = shown.replace(/\\([\\;,n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
        expect(read).toBe(title.replace(/\r\n|\r/g, '\n'));
      }),
    );
  });
});
