/**
 * Cuts `mobile_api_spec/fields.json` into one small module a language: labels, kinds of value, codes
 * (`virtual:catalogue/LANGUAGE`), and for the holder's app explanations and flags as well
 * (`virtual:catalogue/app/LANGUAGE`; `virtual:catalogue/app` is a loader a language). Languages that the catalogue does
 * not carry itself come from `mobile_api_spec/labels/`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const SPEC = join(import.meta.dirname, '..', '..', '..', 'mobile_api_spec');
const SOURCE = join(SPEC, 'fields.json');
/** Whoever has no file yet reads English. */
const OTHERWISE = 'en';
const PREFIX = 'virtual:catalogue/';
/** Those that the app shows; the reasons stand apart. */
const VOCABULARIES = ['assurance', 'missing', 'missing_reason', 'substitute', 'scan_shows'];

type Labels = Record<string, string>;
type Row = { id: string; labels: Labels; help: Labels; value?: Value; sensitive?: boolean };
type Value = { kind: string; codes?: Row[]; members?: Row[]; item?: string };
type Type = Row & { fields: Row[]; bundle: boolean; assessment: boolean; scan_shows: string[] };
type Source = { languages: string[]; types: Type[]; vocabularies: Record<string, Row[]> };

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

/** `app`: with what only the holder's app shows. */
class Cut {
  private readonly language: string;
  private readonly app: boolean;

  constructor(language: string, app: boolean) {
    this.language = language;
    this.app = app;
  }

  names(rows: Row[]): object {
    return Object.fromEntries(rows.map((row) => [row.id, row.labels[this.language]]));
  }

  help(row: Row): object {
    const help = row.help[this.language];
    return this.app && help !== undefined && help !== '' ? { help } : {};
  }

  field(row: Row): object {
    const { kind = 'text', codes, members, item } = row.value ?? {};
    return {
      label: row.labels[this.language],
      kind,
      ...this.help(row),
      ...(this.app && row.sensitive === true ? { sensitive: true } : {}),
      ...(item === undefined ? {} : { item }),
      ...(codes === undefined ? {} : { codes: this.names(codes) }),
      ...(members === undefined ? {} : { members: this.fields(members) }),
    };
  }

  fields(rows: Row[]): object {
    return Object.fromEntries(rows.map((row) => [row.id, this.field(row)]));
  }

  type(type: Type): object {
    const { sensitive, bundle, assessment, scan_shows: shows } = type;
    return {
      label: type.labels[this.language],
      ...this.help(type),
      ...(this.app ? { sensitive, bundle, assessment, shows } : {}),
      fields: this.fields(type.fields),
    };
  }
}

export function catalogue(language: string, app = false): object {
  const { types, vocabularies } = source(language);
  const cut = new Cut(language, app);
  return {
    types: Object.fromEntries(types.map((type) => [type.id, cut.type(type)])),
    reasons: cut.names(vocabularies.missing_reason ?? []),
    ...(app
      ? { vocabularies: Object.fromEntries(VOCABULARIES.map((name) => [name, cut.names(vocabularies[name] ?? [])])) }
      : {}),
  };
}

/** Those of the catalogue itself, and those that have a file. */
function languages(): string[] {
  const folder = join(SPEC, 'labels');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^[a-z]{2,3}\.json$/.test(name)) : [];
  return [...source('de').languages, ...files.map((name) => name.replace('.json', ''))];
}

export function cataloguePlugin(): Plugin {
  return {
    name: 'mappe-catalogue',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const name = id.slice(PREFIX.length + 1);
      if (name === 'app') {
        const rows = languages().map((tag) => `${JSON.stringify(tag)}: () => import('${PREFIX}app/${tag}')`);
        return `export default {${rows.join(', ')}};`;
      }
      const language = name.replace(/^app\//, '');
      for (const file of [SOURCE, labelsOf(language)]) if (existsSync(file)) this.addWatchFile(file);
      const json = JSON.stringify(catalogue(language, language !== name));
      return `export default JSON.parse(${JSON.stringify(json)});`;
    },
  };
}
