/** Cuts `mobile_api_spec/fields.json` into one small module a language: labels, kinds of value, codes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const SOURCE = join(import.meta.dirname, '..', '..', '..', 'mobile_api_spec', 'fields.json');
const PREFIX = 'virtual:catalogue/';

type Labels = Record<string, string>;
type Row = { id: string; labels: Labels; value?: Value };
type Value = { kind: string; codes?: Row[]; members?: Row[]; item?: string };
type Source = { types: (Row & { fields: Row[] })[]; vocabularies: Record<string, Row[]> };

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
  const source = JSON.parse(readFileSync(SOURCE, 'utf8')) as Source;
  const types = source.types.map((type) => [
    type.id,
    { label: type.labels[language], fields: fields(type.fields, language) },
  ]);
  return { types: Object.fromEntries(types), reasons: names(source.vocabularies.missing_reason ?? [], language) };
}

export function cataloguePlugin(): Plugin {
  return {
    name: 'mappe-catalogue',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      this.addWatchFile(SOURCE);
      const json = JSON.stringify(catalogue(id.slice(PREFIX.length + 1)));
      return `export default JSON.parse(${JSON.stringify(json)});`;
    },
  };
}
