import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDigit, filled, readZone } from '../../src/store/mrz.ts';

// ICAO 9303 parts 4, 5, 6: the specimens of appendix A and B.
const TD3 = 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10';
const TD1 = 'I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<';
const TD2 = 'I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6';

describe('the machine-readable zone', () => {
  it('of a passport', () => {
    expect(readZone(TD3, 2026)).toEqual({
      format: 'TD3',
      kind: 'P',
      issuer: 'UTO',
      number: 'L898902C3',
      familyName: 'ERIKSSON',
      givenName: 'ANNA MARIA',
      nationality: 'UTO',
      birthdate: '1974-08-12',
      sex: 'female',
      expiry: '2012-04-15',
      doubts: [],
    });
  });

  it('of a card and of a small paper', () => {
    for (const text of [TD1, TD2]) {
      expect(readZone(text, 2026)).toMatchObject({ number: 'D23145890', givenName: 'ANNA MARIA', doubts: [] });
    }
  });

  it('as people type it: small letters, spaces, one line, other brackets', () => {
    const typed = TD3.toLowerCase().replace('\n', '  ').replaceAll('<', '‹').replace('p‹', 'p ‹');
    expect(readZone(typed, 2026)).toEqual(readZone(TD3, 2026));
  });

  it('with a number of more than nine characters (part 5, note j)', () => {
    const first = `I<UTOD23145890<AB1124${checkDigit('D23145890AB112')}`;
    const line = `I<UTOD23145890<AB112${checkDigit('D23145890AB112')}`.padEnd(30, '<');
    expect(first.length).toBeLessThan(30);
    const read = readZone(`${line}\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<<<<<<<<<<<<<<<<`, 2026);
    expect(read?.number).toBe('D23145890AB112');
    expect(read?.doubts).not.toContain('number');
  });

  it('names German and stateless as the catalogue does', () => {
    const german = 'P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4';
    expect(readZone(german, 2026)).toMatchObject({
      issuer: 'DE',
      nationality: 'DE',
      birthdate: '1964-08-12',
      doubts: [],
    });
    const stateless = german.replace('478D<<', '478XXA');
    expect(filled(readZone(stateless, 2026) as never, 'person')).toMatchObject({ nationalities: ['QS'] });
  });

  it('keeps a birth year as a year', () => {
    const line = `L898902C36UTO74<<<<${checkDigit('74<<<<')}F1204159ZE184226B<<<<<1`;
    const read = readZone(`${TD3.split('\n')[0]}\n${line}0`, 2026);
    expect(read?.birthdate).toBe('1974');
    expect(read?.doubts).toEqual(['whole']);
  });

  it('says which digit contradicts', () => {
    expect(readZone(TD3.replace('L898902C3', 'L898902C8'), 2026)?.doubts).toEqual(['number', 'whole']);
    expect(readZone(TD3.replace('740812', '740813'), 2026)?.doubts).toEqual(['birthdate', 'whole']);
    expect(readZone(TD3.replace('120415', '120416'), 2026)?.doubts).toEqual(['expiry', 'whole']);
    expect(readZone(TD3.replace(/0$/, '1'), 2026)?.doubts).toEqual(['whole']);
  });

  it('gives no day that no calendar has', () => {
    expect(readZone(TD3.replace('7408122', `741332${checkDigit('741332')}`), 2026)?.birthdate).toBeNull();
  });

  it.each(['', 'P<UTO', TD3.slice(1), `${TD3}<`, TD3.replace('ERIKSSON', 'ERIKSSÖN'), '<'.repeat(88), '0'.repeat(90)])(
    'is not: %s',
    (text) => expect(readZone(text, 2026)).toBeNull(),
  );

  it('never throws, and a changed number is always noticed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 72, maxLength: 90 }), (text) => {
        readZone(text, 2026);
      }),
    );
    const digits = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.constantFrom(...'0123456789'));
    fc.assert(
      fc.property(digits, ([at, char]) => {
        const changed = `${TD3.slice(0, 45 + at)}${char}${TD3.slice(46 + at)}`;
        // 7-3-1 finds every single wrong digit (part 3, section 4.9); letters are worth their value modulo ten
        const was = checkDigit(TD3.slice(45, 54));
        const is = checkDigit(changed.slice(45, 54));
        expect(readZone(changed, 2026)?.doubts.includes('number')).toBe(was !== is);
      }),
    );
  });

  it('fills what the kind of paper has', () => {
    const zone = readZone(TD3, 2026) as never;
    expect(filled(zone, 'passport')).toEqual({ document_number: 'L898902C3', date_of_expiry: '2012-04-15' });
    expect(filled(zone, 'interim_paper')).toEqual({ document_number: 'L898902C3', valid_until: '2012-04-15' });
    expect(filled(zone, 'person')).toEqual({
      family_name: 'ERIKSSON',
      given_name: 'ANNA MARIA',
      birthdate: '1974-08-12',
      sex: 'female',
    });
  });
});
