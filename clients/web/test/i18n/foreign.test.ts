import { expect, it } from 'vitest';
import { blocks } from '../../src/grant/texts.ts';
import { plainly } from '../../src/i18n/foreign.ts';

it.each([
  ['Bescheid\u202efdp.exe', 'Bescheidfdp.exe'],
  ['Job\u200bcenter\u2060 Mu\u00adsterstadt\ufeff', 'Jobcenter Musterstadt'],
  ['\u2066Amt\u2069', 'Amt'],
])('nothing turns or hides what somebody else wrote: %j', (text, shown) => {
  expect(plainly(text)).toBe(shown);
});

it.each(['می\u200cخواهم', 'क्\u200dष', '\u200fעברית (1)', 'Grüße'])('what a script needs stays: %j', (text) => {
  expect(plainly(text)).toBe(text);
});

it('nor in a text that is agreed to', () => {
  const text = 'Für {purpose}, bis {until}.';
  const legal = { kind: 'consent', language: 'de', state: 'drafted', hash: '', text } as const;
  const [block] = blocks(legal, { purpose: 'Hilfe\u202e', until: '1. Mai' });
  expect(block?.parts.map((part) => part.text).join('')).toBe('Für Hilfe, bis 1. Mai.');
});
