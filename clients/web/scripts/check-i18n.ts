/** Every area's catalogues have every key, with the same places to fill; every key is used; no key is in two areas. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseObject } from '../src/formats/strict_json.ts';
import { LANGUAGES } from '../src/i18n/index.ts';
import { FOLDER, languages, PAGES, STATES } from './texts.ts';

const root = join(import.meta.dirname, '..', 'src');
const places = (text: unknown) => [...new Set(String(text).match(/\{\w+\}/g) ?? [])].sort().join(' ');
const read = (area: string, name: string) => parseObject(readFileSync(join(FOLDER, area, name)), 1e6);
const problems: string[] = [];
const owners = new Map<string, string>();
/** Forms that only some languages have (CLDR); whoever lacks one uses `.other`. */
const MORE_FORMS = /\.(zero|two|few|many)$/;

for (const area of readdirSync(FOLDER)) {
  const model = read(area, 'en.json');
  for (const key of Object.keys(model)) {
    const other = owners.get(key);
    if (other !== undefined) problems.push(`${key} stands in ${other} and in ${area}`);
    owners.set(key, area);
  }
  for (const name of readdirSync(join(FOLDER, area))) {
    const messages = read(area, name);
    /** Being translated: what changed in English meanwhile is no problem yet. */
    const underWay = STATES[name.replace(/\.json$/, '')] === 'translating';
    const say = (what: string) => problems.push(`${area}/${name}: ${what}`);
    for (const key of Object.keys(model)) {
      const text = Object.hasOwn(messages, key) ? messages[key] : undefined;
      if (text === undefined) {
        if (!underWay) say(`${key} is missing`);
      } else if (typeof text !== 'string' || text.trim() === '') say(`${key} is empty`);
      else if (!underWay && places(text) !== places(model[key])) say(`${key} fills other places`);
    }
    for (const key of Object.keys(messages)) {
      const stem = `${key.replace(MORE_FORMS, '')}.other`;
      if (underWay || Object.hasOwn(model, key)) continue;
      if (!(MORE_FORMS.test(key) && Object.hasOwn(model, stem))) say(`${key} is unknown`);
    }
  }
}

for (const page of Object.keys(PAGES)) {
  for (const tag of languages(page)) {
    if (!Object.hasOwn(LANGUAGES, tag)) problems.push(`${page}: ${tag} is no language of src/i18n/index.ts`);
    if (!Object.hasOwn(STATES, tag)) problems.push(`${page}: ${tag} has no state in src/i18n/states.json`);
  }
}

const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n');
/** `end.${code}.heading` and the like are built from a code: a template literal with this beginning must exist. */
for (const key of owners.keys()) {
  const stem = key.replace(/\.(one|other)$/, '');
  const built = key.split('.').some((_, n, parts) => n > 0 && source.includes(`\`${parts.slice(0, n).join('.')}.\${`));
  if (!built && !source.includes(`'${key}'`) && !source.includes(`'${stem}'`) && !source.includes(`"${key}"`)) {
    problems.push(`${key} is used nowhere`);
  }
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}
