import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, writeJson } from '../../src/formats/strict_json.ts';
import { boxText, ibanFits, pruned, typed, typedDecimal, typedPhone, warnings } from '../../src/store/values.ts';

const value = (kind: string, text: string) => typed(kind, text);

describe('values', () => {
  it('are nothing where the box is empty', () => {
    for (const kind of ['text', 'date', 'iban', 'integer', 'country', 'bool'])
      expect(value(kind, '  ')).toEqual({ value: undefined });
  });

  it('of an account have right check digits', () => {
    expect(value('iban', 'de89 3704 0044 0532 0130 00')).toEqual({ value: 'DE89370400440532013000' });
    for (const bad of [
      'DE89370400440532013001',
      'DE98370400440532013000',
      'DE89',
      '89370400440532013000',
      'DE8937040044053201300Ö',
    ]) {
      expect(value('iban', bad)).toEqual({ problem: 'bad-iban' });
    }
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 21 }), fc.constantFrom(...'0123456789'), (at, digit) => {
        const iban = 'DE89370400440532013000';
        const other = `${iban.slice(0, at)}${digit}${iban.slice(at + 1)}`;
        expect(ibanFits(other)).toBe(other === iban);
      }),
    );
  });

  it('of money and hours take commas, points and other digits', () => {
    const good: [string, string][] = [
      ['1.234,50', '1234.50'],
      ['1,234.50', '1234.50'],
      ['563', '563'],
      ['38,5', '38.5'],
      ['٥٦٣٫٥', '563.5'],
      ["1'000", '1000'],
      ['-5', '-5'],
    ];
    for (const [text, wanted] of good) expect(typedDecimal(text)).toBe(wanted);
    for (const bad of ['', '-', '1e5', 'abc', '5 €', ',', 'NaN', '0x10']) expect(typedDecimal(bad)).toBeNull();
  });

  it('of other kinds are what the catalogue says', () => {
    expect(value('date', '5.3.1990')).toEqual({ value: '1990-03-05' });
    expect(value('date', '1990')).toEqual({ problem: 'date-not-full' });
    expect(value('partial_date', '1990')).toEqual({ value: '1990' });
    expect(value('partial_date', 'bald')).toEqual({ problem: 'bad-date' });
    expect(value('integer', '۶۰۰')).toEqual({ value: 600 });
    for (const bad of ['1.5', '9007199254740993', '1e3', ''])
      expect(value('integer', bad)).not.toHaveProperty('value', Number(bad));
    expect(value('bool', 'true')).toEqual({ value: true });
    expect(value('datetime', '2026-12-01T09:30')).toEqual({ value: '2026-12-01T09:30' });
    expect(value('datetime', '2026-02-30T09:30')).toEqual({ problem: 'bad-date' });
    expect(value('email', 'a@b')).toEqual({ problem: 'bad-email' });
    expect(typedPhone('0151 / 234 567 89')).toBe('+4915123456789');
    expect(typedPhone('0049 151 23456789')).toBe('+4915123456789');
    expect(typedPhone('112x')).toBeNull();
  });

  it('of names are in the letters of DIN 91379, and in composed form', () => {
    expect(value('name', 'Ali\u0301 Đorđević-O’Neil')).toEqual({ value: 'Alí Đorđević-O’Neil' });
    expect(value('name', 'محمد')).toEqual({ problem: 'bad-name' });
    expect(value('name', 'A1')).toEqual({ problem: 'bad-name' });
    expect(value('name', 'x'.repeat(201))).toEqual({ problem: 'too-long' });
    expect(value('text', '\u202eمحمد\u202c')).toEqual({ value: 'محمد' });
  });

  it('go into the box and come out the same', () => {
    const texts = fc.string({ maxLength: 50 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(texts, (text) => {
        const once = value('text', text);
        if (!('value' in once) || once.value === undefined) return;
        expect(value('text', boxText(once.value) as string)).toEqual(once);
      }),
    );
  });

  it('without content leave no empty members', () => {
    expect(pruned({ country: '', locality: 'Aleppo', more: { x: null } })).toEqual({ locality: 'Aleppo' });
    expect(pruned([{}, { a: '' }])).toBeUndefined();
    expect(pruned({ no: false, zero: 0 })).toEqual({ no: false, zero: 0 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (object) => {
        const once = pruned(object);
        expect(pruned(once)).toEqual(once);
        if (once !== undefined) expect(parseJson(writeJson(once), 1e6)).toEqual(once);
      }),
    );
  });
});

describe('what does not fit together', () => {
  const warn = (type: string, values: Record<string, never>) => warnings(type, values, '2026-11-25');
  const some = (values: object) => warn('passport', values as never);

  it('is said', () => {
    expect(some({ date_of_issuance: '2026-01-01', date_of_expiry: '2025-01-01' })).toEqual([
      { field: 'date_of_expiry', warning: 'expiry-before-issue' },
    ]);
    expect(some({ birthdate: '2027-01-01' })).toEqual([{ field: 'birthdate', warning: 'in-the-future' }]);
    expect(some({ birthdate: '1850' })).toEqual([{ field: 'birthdate', warning: 'long-ago' }]);
    expect(some({ nationalities: ['SY', 'QS'] })).toEqual([
      { field: 'nationalities', warning: 'stateless-and-country' },
    ]);
    expect(some({ lid_points: 34 })).toEqual([{ field: 'lid_points', warning: 'points-range' }]);
    expect(some({ started: '2020', ended: '2019' })).toEqual([{ field: 'ended', warning: 'end-before-start' }]);
  });

  it('is not said of what may be', () => {
    expect(some({ date_of_issuance: '2026-01-01', date_of_expiry: '2026-01-01' })).toEqual([]);
    expect(some({ started: '2020', ended: '2020-05' })).toEqual([]);
    expect(some({ birthdate: '2026' })).toEqual([]);
    expect(some({ nationalities: ['QS'] })).toEqual([]);
    expect(some({ date_of_issuance: 'unleserlich', date_of_expiry: 7 })).toEqual([]);
  });
});
