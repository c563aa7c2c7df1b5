/**
 * Cuts `mobile_api_spec/fields.json` into one small module a language: labels, kinds of value, codes. Languages that it
 * does not carry itself come from `mobile_api_spec/labels/`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const SPEC = join(import.meta.dirname, '..', '..', '..', 'mobile_api_spec');
const SOURCE = join(SPEC, 'fields.json');
/** Whoever has no file yet reads English. */
const OTHERWISE = 'en';
const PREFIX = 'virtual:catalogue/';

type Labels = Record<string, string>;
type Row = { id: string; labels: Labels; help: Labels; value?: Value };
type Value = { kind: string; codes?: Row[]; members?: Row[]; item?: string };
type Source = { types: (Row & { fields: Row[] })[]; vocabularies: Record<string, Row[]> };

type Translated = { labels: Record<string, { label: string; help: string }> };

/** Puts the texts of `labels/LANGUAGE.json` into the rows, under the keys that fields.md describes. */
function translate(source: Source, language: string, { labels }: Translated): void {
  const say = (rows: Row[], key: (id: string) => string): void => {
    for (const row of rows) {
      const name = key(row.id);
      row.labels[language] = labels[name]?.label ?? (row.labels[OTHERWISE] as string);
      row.help[language] = labels[name]?.help ?? (row.help[OTHERWISE] as string);
      say(row.value?.codes ?? [], (id) => `${name}=${id}`);
      say(row.value?.members ?? [], (id) => `${name}.${id}`);
    }
  };
  say(source.types, (id) => id);
  for (const type of source.types) say(type.fields, (id) => `${type.id}.${id}`);
  for (const [name, rows] of Object.entries(source.vocabularies)) say(rows, (id) => `vocabulary:${name}:${id}`);
}

const labelsOf = (language: string) => join(SPEC, 'labels', `${language}.json`);

/** The catalogue with every label and help in `language`, beside those that it carries. */
export function source(language: string): Source {
  const catalogue = JSON.parse(readFileSync(SOURCE, 'utf8')) as Source;
  if (language in (catalogue.types[0] as Row).labels) return catalogue;
  const file = labelsOf(language);
  translate(catalogue, language, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { labels: {} });
  return catalogue;
}

function field(row: Row, language: string): object {
  const { kind = 'text', codes, members, item } = row.value ?? {};
  return {
    label: row.labels[language],
    kind,
    ...(item === undefined ? {} : { item }),
    ...(codes === undefined ? {} : { codes: names(codes, language) }),
    ...(members === undefined ? {} : { members: fields(members, language) }),
  };
}

const names = (rows: Row[], language: string) => Object.fromEntries(rows.map((row) => [row.id, row.labels[language]]));
const fields = (rows: Row[], language: string) => Object.fromEntries(rows.map((row) => [row.id, field(row, language)]));

export function catalogue(language: string): object {
  const { types: all, vocabularies } = source(language);
  const types = all.map((type) => [type.id, { label: type.labels[language], fields: fields(type.fields, language) }]);
  return { types: Object.fromEntries(types), reasons: names(vocabularies.missing_reason ?? [], language) };
}

export function cataloguePlugin(): Plugin {
  return {
    name: 'mappe-catalogue',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const language = id.slice(PREFIX.length + 1);
      for (const file of [SOURCE, labelsOf(language)]) if (existsSync(file)) this.addWatchFile(file);
      const json = JSON.stringify(catalogue(language));
      return `export default JSON.parse(${JSON.stringify(json)});`;
    },
  };
}
