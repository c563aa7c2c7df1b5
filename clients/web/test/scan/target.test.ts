import { describe, expect, it } from 'vitest';
import { MAX_MODULES, modules, outline, QUIET } from '../../src/scan/code.ts';
import { readTarget } from '../../src/scan/target.ts';

const OWN = 'https://mappe.example';
const S = 'A'.repeat(43);
const JOIN = 'A'.repeat(86);

describe('what a scanned text is', () => {
  it('knows each of our codes', () => {
    const kinds = ['r', 'g', 'a', 'd'].map((letter) => readTarget(`${OWN}/${letter}#${S}`, OWN).kind);
    expect(kinds).toEqual(['request', 'papers', 'agency', 'deposit']);
    expect(readTarget(`${OWN}/j#${JOIN}`, OWN).kind).toBe('join');
  });
  it('mends what a messenger broke, and drops what was copied around it', () => {
    expect(readTarget(`  ${OWN}/r%23${S}\n`, OWN)).toEqual({ kind: 'request', url: `${OWN}/r#${S}` });
  });
  it.each([`https://other.example/r#${S}`, `https://other.example/j#${JOIN}`])('names another server: %s', (url) => {
    expect(readTarget(url, OWN)).toEqual({ kind: 'elsewhere', origin: 'https://other.example' });
  });
  it.each([
    '',
    'hello',
    `${OWN}/r#${S}A`,
    `${OWN}/r#${S.slice(1)}`,
    `${OWN}/x#${S}`,
    `${OWN}/r?${S}`,
    `${OWN}/r`,
    `javascript:alert(1)//r#${S}`,
    `${OWN}@evil.example/r#${S}`,
    `https://a@mappe.example/r#${S}`,
    `${OWN}/j#${S}`,
    `see ${OWN}/r#${S}`,
    `WIFI:S:${OWN};;`,
  ])('is none of ours: %s', (text) => {
    expect(readTarget(text, OWN).kind).toBe('other');
  });
});

describe('a code of ours', () => {
  const link = (host: number) => `https://${'h'.repeat(host)}/g#${S}`;
  it.each([13, 37, 80])('stays small enough for a host of %i characters', (host) => {
    expect(modules(link(host)).length).toBeLessThanOrEqual(MAX_MODULES);
  });
  it('is refused rather than drawn too dense', () => {
    expect(() => modules(link(81))).toThrow(RangeError);
  });
  it('is square, and its outline covers exactly the dark modules', () => {
    const code = modules(link(20));
    expect(code.every((row) => row.length === code.length)).toBe(true);
    const drawn = new Set<string>();
    for (const [, x, y, run] of outline(code).matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      for (let n = 0; n < Number(run); n++) drawn.add(`${Number(x) + n - QUIET} ${Number(y) - QUIET}`);
    }
    const dark = code.flatMap((row, y) => row.flatMap((on, x) => (on ? [`${x} ${y}`] : [])));
    expect([...drawn].sort()).toEqual(dark.sort());
  });
});
