/**
 * Data of the specification for the holder's app. `virtual:templates`: a loader a language;
 * `virtual:templates/LANGUAGE`: templates.json with the labels of one language. `virtual:legal`: the index of the consent texts with a loader each; `virtual:legal/FILE`: one text, whose
 * hash is the one that the index promises, else the build stops. `virtual:sharing`: what fields.json says about
 * showing a type: sensitive, part of a bundle, what its scan shows.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const SPEC = join(import.meta.dirname, '..', '..', '..', 'mobile_api_spec');
const TEMPLATES = 'virtual:templates';
const LEGAL = 'virtual:legal';
const SHARING = 'virtual:sharing';

type Labels = Record<string, string>;
type Template = { id: string; labels: Labels; purpose: Labels; on_no: Labels; [member: string]: unknown };
type Text = { id: string; kind: string; version: number; language: string; state: string; sha256: string };
type Type = {
  id: string;
  sensitive: boolean;
  bundle: boolean;
  scan_shows: string[];
  fields: { id: string; sensitive: boolean }[];
};

const json = (...path: string[]) => JSON.parse(readFileSync(join(SPEC, ...path), 'utf8'));
const asModule = (value: unknown) => `export default JSON.parse(${JSON.stringify(JSON.stringify(value))});`;

/** Languages beside those that templates.json carries: `labels/LANGUAGE.json`. */
const translated = () =>
  readdirSync(join(SPEC, 'labels'))
    .map((name) => name.replace(/\.json$/, ''))
    .filter((name) => name !== 'glossary');

/** A language that the templates lack is shown in English. */
function templates(language: string): object[] {
  const own: Labels = existsSync(join(SPEC, 'labels', `${language}.json`))
    ? json('labels', `${language}.json`).templates
    : {};
  return (json('templates.json').templates as Template[]).map(({ labels, purpose, on_no, ...rest }) => {
    const of = (texts: Labels, member: string) => texts[language] ?? own[`template:${rest.id}:${member}`] ?? texts.en;
    return { ...rest, label: of(labels, 'label'), purpose: of(purpose, 'purpose'), on_no: of(on_no, 'on_no') };
  });
}

function loaders(): string {
  const rows = [...(json('templates.json').languages as string[]), ...translated()].map(
    (language) => `${JSON.stringify(language)}: () => import('${TEMPLATES}/${language}')`,
  );
  return `export default {${rows.join(', ')}};`;
}

function index(): string {
  const rows = (json('texts', 'index.json').texts as Text[]).map(
    (one) => `{...${JSON.stringify(one)}, load: () => import('${LEGAL}/${one.id}.${one.language}.md')}`,
  );
  return `export default [${rows.join(', ')}];`;
}

function text(file: string): string {
  const bytes = readFileSync(join(SPEC, 'texts', file));
  const row = (json('texts', 'index.json').texts as Text[]).find((one) => `${one.id}.${one.language}.md` === file);
  const hash = createHash('sha256').update(bytes).digest('base64url');
  if (row?.sha256 !== hash) throw new Error(`${file} is not the text that texts/index.json names`);
  return asModule(bytes.toString('utf8'));
}

function sharing(): object {
  const types = json('fields.json').types as Type[];
  const row = ({ sensitive, bundle, scan_shows, fields }: Type) => ({
    sensitive,
    bundle,
    shows: scan_shows,
    fields: fields.filter((field) => field.sensitive).map((field) => field.id),
  });
  return Object.fromEntries(types.map((type) => [type.id, row(type)]));
}

export function legalPlugin(): Plugin {
  return {
    name: 'mappe-legal',
    resolveId: (id) =>
      id === TEMPLATES || id.startsWith(`${TEMPLATES}/`) || id.startsWith(LEGAL) || id === SHARING ? `\0${id}` : null,
    load(id) {
      const name = id.startsWith('\0') ? id.slice(1) : '';
      if (name === TEMPLATES) return loaders();
      if (name.startsWith(`${TEMPLATES}/`)) return asModule(templates(name.slice(TEMPLATES.length + 1)));
      if (name === LEGAL) return index();
      if (name.startsWith(`${LEGAL}/`)) return text(name.slice(LEGAL.length + 1));
      if (name === SHARING) return asModule(sharing());
      return null;
    },
  };
}
