import fc from 'fast-check';
import { expect, test } from 'vitest';
import { possibleBlock, readSheet } from '../../src/app/unlock/sheet_code.ts';
import { writeSheet } from '../../src/formats/sheet.ts';
import { HANDLE_ALPHABET, showCode } from '../../src/formats/wallet.ts';

const handles = fc
  .array(fc.constantFrom(...HANDLE_ALPHABET), { minLength: 10, maxLength: 10 })
  .map((letters) => letters.join(''));
const codes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => showCode(new Uint8Array(bytes)));
const sheets = fc.record({ handle: handles, code: codes, number: fc.integer({ min: 1, max: 999_999_999 }) });

test('what is printed is what is read', () => {
  fc.assert(
    fc.property(sheets, (sheet) => {
      expect(readSheet(writeSheet(sheet))).toEqual(sheet);
      expect(sheet.code.every(possibleBlock)).toBe(true);
    }),
  );
});

test('one altered digit of the code is never another code', () => {
  fc.assert(
    fc.property(sheets, fc.nat(47), fc.integer({ min: 1, max: 9 }), (sheet, place, by) => {
      const text = writeSheet(sheet);
      const at = text.indexOf(':', 12) + 1 + place;
      const digit = (Number(text[at]) + by) % 10;
      expect(readSheet(`${text.slice(0, at)}${digit}${text.slice(at + 1)}`)).toBeNull();
    }),
  );
});

test('the code of the sheet is no address, and no address is a sheet', () => {
  fc.assert(
    fc.property(sheets, (sheet) => {
      expect(writeSheet(sheet)).not.toMatch(/https?:/i);
    }),
  );
  for (const text of [
    '',
    'https://mappe.example/g#AAAA',
    'https://mappe.example/j#AAAA',
    'MAPPE-SHEET:',
    'MAPPE-SHEET:0000000000:1:1',
    `MAPPE-SHEET:00000U0000:${'000000'.repeat(8)}:1`,
    `MAPPE-SHEET:0000000000:${'000000'.repeat(8)}:`,
    `MAPPE-SHEET:0000000000:${'000000'.repeat(8)}:1 and more`,
    `MAPPE-SHEET:0000000000:${'٠٠٠٠٠٠'.repeat(8)}:1`,
  ]) {
    expect(readSheet(text), text).toBeNull();
  }
});

test('blocks above the largest are none', () => {
  expect(possibleBlock('720885')).toBe(true);
  expect(possibleBlock('720896')).toBe(false);
  expect(possibleBlock('999999')).toBe(false);
  expect(possibleBlock('000011')).toBe(true);
  expect(possibleBlock('000012')).toBe(false);
});
