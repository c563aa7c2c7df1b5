import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { forceProvider } from '../../src/crypto/primitives.ts';
import { differences, type VectorFile } from './run.ts';

const spec = join(import.meta.dirname, '..', '..', '..', '..', 'mobile_api_spec');
const stems = (folder: string, ending: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();

/** Ordinary age and ZIP files, made by the holder's client: nothing of it is read here. */
const ELSEWHERE = ['export'];

const pages = stems(join(spec, 'formats'), '.md').filter((page) => !ELSEWHERE.includes(page));
const files = stems(join(spec, 'vectors'), '.json');
afterEach(() => forceProvider(undefined));

it('every page of the spec has vectors and a twin here, and there are no others', () => {
  expect(files.filter((file) => !ELSEWHERE.includes(file))).toEqual(pages);
  expect(stems(join(import.meta.dirname, '..', '..', 'src', 'formats'), '.ts')).toEqual(expect.arrayContaining(pages));
});

describe.each(['web', 'script'] as const)('vectors, curves by %s', (way) => {
  it.each(files.filter((file) => !ELSEWHERE.includes(file)))('%s', async (name) => {
    forceProvider(way);
    const file = JSON.parse(readFileSync(join(spec, 'vectors', `${name}.json`), 'utf8')) as VectorFile;
    expect(file.page).toBe(name);
    expect(await differences(file)).toEqual([]);
  });
});
