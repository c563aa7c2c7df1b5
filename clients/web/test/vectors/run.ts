/** Runs one file of vectors; gives what differs. Used by Node and, bundled, by a real browser. */
import { Refusal } from '../../src/formats/errors.ts';
import type { Json, JsonObject } from '../../src/formats/strict_json.ts';
import { OPS } from './ops.ts';

export type Case = { name: string; op: string; in: JsonObject; out?: Json; refused?: string; at?: number };
export type VectorFile = { format: string; page: string; cases: Case[] };

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}

/** null: as the vector says. */
export async function difference(one: Case): Promise<string | null> {
  const known = ['name', 'op', 'in', 'out', 'refused', 'at'];
  const strange = Object.keys(one).filter((key) => !known.includes(key));
  if (strange.length > 0) return `members that this reader does not know: ${strange}`;
  if ('out' in one === 'refused' in one) return 'neither or both of out and refused';
  const op = Object.hasOwn(OPS, one.op) ? OPS[one.op] : undefined;
  if (op === undefined) return `unknown operation ${one.op}`;
  let result: Json;
  try {
    result = await op(one.in);
  } catch (error) {
    if (!(error instanceof Refusal)) return `not a refusal: ${(error as Error).stack}`;
    if (error.code !== one.refused)
      return `refused ${error.code} (${error.message}), wanted ${one.refused ?? 'a result'}`;
    if (one.at !== undefined && one.at !== error.at) return `at ${error.at}, wanted ${one.at}`;
    return null;
  }
  if (one.out === undefined) return `not refused; wanted ${one.refused}`;
  const [found, wanted] = [JSON.stringify(sorted(result)), JSON.stringify(sorted(one.out))];
  return found === wanted ? null : `gave ${found}, wanted ${wanted}`;
}

export async function differences(file: VectorFile): Promise<string[]> {
  const found: string[] = [];
  if (file.format !== 'mappe/1/vectors') found.push(`format ${file.format}`);
  if (file.cases.length === 0) found.push('no cases');
  for (const one of file.cases) {
    const different = await difference(one);
    if (different !== null) found.push(`${file.page}: ${one.name} (${one.op}): ${different}`);
  }
  return found;
}
