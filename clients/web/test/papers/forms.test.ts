import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../scripts/catalogue.ts';
import type { Json } from '../../src/formats/strict_json.ts';
import type { Catalogue, Field } from '../../src/i18n/fields.ts';
import { emptyRaw, entryOf, membersOf, rawOf, readRaw } from '../../src/store/forms.ts';
import { pruned } from '../../src/store/values.ts';

const { types } = catalogue('en', true) as Catalogue;
const FIELDS = Object.entries(types).flatMap(([type, { fields }]) =>
  Object.entries(fields).map(([name, field]) => [`${type}.${name}`, field] as [string, Field]),
);

const two = (n: number) => String(n).padStart(2, '0');
const day = fc.tuple(
  fc.integer({ min: 1900, max: 2099 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 28 }),
);

/** Values as other clients write them. */
function someValue(field: Field): fc.Arbitrary<Json | undefined> {
  const text = fc.constantFrom('Erlangen', 'محمد', 'ሰላም', 'Straße 5', 'a');
  const members = membersOf(field);
  if (field.kind === 'list' || field.kind === 'countries') {
    return fc
      .array(someValue(entryOf(field)), { maxLength: 3 })
      .map((list) => list.filter((one) => one !== undefined) as Json);
  }
  if (field.kind === 'money') {
    return fc.record({
      amount: fc.constantFrom('1', '563.00', '0.5', '-12.25'),
      currency: fc.constantFrom('EUR', 'USD'),
    });
  }
  if (members !== null) {
    const parts = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, someValue(member)]));
    return fc.record(parts) as fc.Arbitrary<Json>;
  }
  const full = day.map(([y, m, d]) => `${y}-${two(m)}-${two(d)}`);
  const kinds: Record<string, fc.Arbitrary<Json>> = {
    date: full,
    partial_date: fc.oneof(
      full,
      full.map((one) => one.slice(0, 7)),
      full.map((one) => one.slice(0, 4)),
    ),
    datetime: full.map((one) => `${one}T09:30`),
    integer: fc.maxSafeInteger(),
    decimal: fc.constantFrom('38.5', '0', '-1.25'),
    bool: fc.boolean(),
    name: fc.constantFrom('Nguyễn', 'O’Neil', 'Đorđević'),
    country: fc.constantFrom('SY', 'XK', 'QS'),
    iban: fc.constant('DE89370400440532013000'),
    email: fc.constant('a@b.example'),
    phone: fc.constant('+4915123456789'),
  };
  return kinds[field.kind] ?? text;
}

describe('a form', () => {
  it.each(FIELDS)('gives back every value of %s', (_, field) => {
    fc.assert(
      fc.property(someValue(field), (value) => {
        const raw = rawOf(field, value);
        expect(raw).not.toBeNull();
        const read = readRaw(field, raw as never, value);
        expect(read.problems).toEqual({});
        expect(read.value).toEqual(pruned(value));
      }),
      { numRuns: 25 },
    );
    expect(readRaw(field, emptyRaw(field))).toEqual({ value: undefined, problems: {} });
  });

  const address = types.address?.fields.address as Field;
  const members = types.family?.fields.members as Field;

  it('keeps members of newer clients', () => {
    const old = { locality: 'Aleppo', x_new_floor: '3' };
    const raw = rawOf(address, old) as { [name: string]: never };
    expect(readRaw(address, { ...raw, locality: 'Erlangen' as never }, old).value).toEqual({
      locality: 'Erlangen',
      x_new_floor: '3',
    });
  });

  it('says which box is wrong', () => {
    const read = readRaw(members, [{ birthdate: '1990' }, { birthdate: 'bald', given_name: 'Ali' }]);
    expect(read.problems).toEqual({ '1.birthdate': 'bad-date' });
    expect(read.value).toEqual([{ birthdate: '1990' }, { given_name: 'Ali' }]);
  });

  it('leaves alone what no box can hold', () => {
    expect(rawOf({ label: '', kind: 'text' }, { a: 1 })).toBeNull();
    expect(rawOf(members, 'text')).toBeNull();
    expect(rawOf(members, [{ given_name: ['x'] }])).toBeNull();
    expect(rawOf({ label: '', kind: 'of-the-future' }, 'kept')).toBe('kept');
  });

  it('never throws at what is typed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), fc.string({ unit: 'grapheme' }), ([, field], text) => {
        const raw = emptyRaw(field);
        readRaw(field, typeof raw === 'string' ? text : raw);
        readRaw(field, text);
      }),
    );
  });
});
