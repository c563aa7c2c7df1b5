/** The catalogue that the pages load, in languages that `fields.json` does not carry. */
import { expect, test } from 'vitest';
import { catalogue, source } from '../../scripts/catalogue.ts';

type Field = { label: string; kind: string; codes?: Record<string, string>; members?: Record<string, Field> };
type Cut = { types: Record<string, { label: string; fields: Record<string, Field> }>; reasons: Record<string, string> };
const cut = (language: string) => catalogue(language) as Cut;

const shape = (fields: Record<string, Field>): unknown =>
  Object.entries(fields).map(([id, { kind, codes, members }]) => [
    id,
    kind,
    Object.keys(codes ?? {}),
    shape(members ?? {}),
  ]);
const shapes = ({ types, reasons }: Cut) => [
  Object.entries(types).map(([id, { fields }]) => [id, shape(fields)]),
  Object.keys(reasons),
];

test('a language from its own file says types, fields, members, codes and reasons', () => {
  const { types, reasons } = cut('ar');
  const text = JSON.stringify({ types, reasons });
  for (const said of ['شخص', 'اسم العائلة', 'أنثى', 'المدينة أو البلدة']) expect(text).toContain(said);
  expect(types.residence_title?.fields.x_remarks?.members?.kind?.codes?.work_allowed).toContain('العمل مسموح');
  expect(reasons.withheld).not.toBe(cut('en').reasons.withheld);
});

test('every language has the shape of the German catalogue', () => {
  for (const language of ['en', 'ar', 'fa', 'ps', 'kmr', 'ti', 'tr', 'uk', 'ru', 'fr', 'so'])
    expect(shapes(cut(language))).toEqual(shapes(cut('de')));
});

test('a language without a file reads English; nothing is undefined', () => {
  expect(cut('xx')).toEqual(cut('en'));
  expect(source('xx').types[0]?.help.xx).toBe(source('en').types[0]?.help.en);
});
