/** Every catalogue has every key, with the same places to fill, and every key is used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseObject } from '../src/formats/strict_json.ts';

const root = join(import.meta.dirname, '..', 'src');
const folder = join(root, 'i18n');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const catalogues = new Map(files.map((name) => [name, parseObject(readFileSync(join(folder, name)), 1e6)]));
const model = catalogues.get('en.json') ?? {};
const places = (text: unknown) => [...new Set(String(text).match(/\{\w+\}/g) ?? [])].sort().join(' ');
const problems: string[] = [];

for (const [name, messages] of catalogues) {
  for (const key of Object.keys(model)) {
    if (!Object.hasOwn(messages, key)) problems.push(`${name}: ${key} is missing`);
    else if (typeof messages[key] !== 'string' || messages[key].trim() === '')
      problems.push(`${name}: ${key} is empty`);
    else if (places(messages[key]) !== places(model[key])) problems.push(`${name}: ${key} fills other places`);
  }
  for (const key of Object.keys(messages)) if (!Object.hasOwn(model, key)) problems.push(`${name}: ${key} is unknown`);
}

const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n');
for (const key of Object.keys(model)) {
  // `end.${code}.heading` and the like are built from a code.
  const stem = key.replace(/\.(one|other)$/, '');
  const built = /^(end|assurance|basis|field\.missing|busy)\./.test(key);
  if (!built && !source.includes(`'${key}'`) && !source.includes(`'${stem}'`) && !source.includes(`"${key}"`)) {
    problems.push(`${key} is used nowhere`);
  }
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}
