/**
 * Marks: what an office says about a value (mark.md). A mark covers field, value, paper, person and time; the salt of the
 * value's hash stands beside the token, so that a token alone gives no value away. Twin of mappe.formats.mark.
 */
import { derive, H } from './derive.ts';
import { ascii, type Bytes, b64u, compare, concat, EMPTY, unb64u, utf8 } from './encoding.ts';
import { Refusal, refuse } from './errors.ts';
import { kidOf, signJws, verifyKid } from './jws.ts';
import { asOf } from './object.ts';
import type { Agency, AgencyKey, Registry } from './registry.ts';
import {
  any,
  closed,
  hash,
  id,
  integer,
  just,
  list,
  nullable,
  one,
  pattern,
  record,
  type Shaped,
  text,
  time,
} from './shape.ts';
import { type Json, type JsonObject, parseObject, writeJson } from './strict_json.ts';

export const STATEMENT_MEDIA = 'application/vnd.mappe.statement+json';
/** Bytes: as large as an object, which a statement becomes part of. */
export const MAX_STATEMENT = 256 * 1024;
const MAX_MARK = 1024;
const MAX_MARKS = 256;
/** Seconds; ten years: a certificate is checked once in a working life. */
const MAX_LIFE = 3660 * 86400;
const CLOCK_SECONDS = 300;

const name = pattern(/^[a-z][a-z0-9_]{0,63}$/);
const markShape = closed({
  v: just(1),
  mark: id,
  agency: pattern(/^[a-z0-9-]{3,40}$/),
  says: one('seen-in-original', 'issued', 'agreed'),
  field: pattern(/^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$/),
  value: hash,
  document: id,
  person: nullable(id),
  time,
  exp: integer(1),
});
export type Mark = Shaped<typeof markShape>;
export type Says = Mark['says'];
/** A token with the salt that stands beside it. */
export type Salted = { readonly token: string; readonly salt: string };
/** A mark that holds, and the agency as the registry names it. */
export type CheckedMark = { readonly mark: Mark; readonly agency: Agency };

/** What this agency is told to call a paper and a person of the wallet; `seed`: the identity's signing seed. */
export async function markNames(
  seed: Bytes,
  agency: string,
  document: string,
  person: string | null,
): Promise<{ document: string; person: string }> {
  const whom = ascii(`${agency}\0`);
  const owner = person === null ? EMPTY : unb64u(person, 16);
  return {
    document: b64u(await derive(seed, 'mark-document', concat(whom, unb64u(document, 16)), 16)),
    person: b64u(await derive(seed, 'mark-person', concat(whom, owner), 16)),
  };
}

/** The text of a value that everybody hashes alike: members in the order of their names' bytes. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return writeJson(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = Object.keys(value).sort((a, b) => compare(utf8(a), utf8(b)));
  return `{${names.map((one) => `${writeJson(one)}:${canonical(value[one] as Json)}`).join(',')}}`;
}

export async function valueHash(salt: string, value: Json): Promise<string> {
  return b64u(await H('mark-value', concat(unb64u(salt, 16), utf8(canonical(value)))));
}

export function signMark(seed: Bytes, mark: Mark): Promise<string> {
  const { v, mark: name, agency, says, field, value, document, person, time, exp } = lasting(markShape(mark as Json));
  return signJws('mark', 'kid', seed, { v, mark: name, agency, says, field, value, document, person, time, exp });
}

/**
 * The mark on this value of this field, by the steps of mark.md. Refusal `malformed`, `unknown-agency`, `header-mismatch`,
 * `bad-signature`, `too-large`, `mark-mismatch`, `not-yet`, `expired`.
 */
export async function verifyMark(
  { token, salt }: Salted,
  registry: Registry,
  on: { readonly field: string; readonly value: Json },
  now: number,
): Promise<CheckedMark> {
  const { agency, key } = owner(registry, kidOf(token)); // (1)
  const mark = lasting(markShape(await verifyKid(token, 'mark', unb64u(key.jwk.x, 32), MAX_MARK))); // (2) (3)
  if (mark.agency !== agency.id || mark.time < key.nbf || mark.time >= key.exp) refuse('unknown-agency');
  if (mark.field !== on.field || mark.value !== (await valueHash(salt, on.value))) refuse('mark-mismatch'); // (4)
  if (mark.time - CLOCK_SECONDS > now) refuse('not-yet'); // (5)
  if (now >= mark.exp) refuse('expired');
  return { mark, agency };
}

function owner(registry: Registry, kid: string): { agency: Agency; key: AgencyKey } {
  for (const agency of registry.agencies) {
    const key = agency.keys.find((one) => one.kid === kid && one.use === 'request');
    if (key === undefined) continue;
    if (agency.status !== 'active' || key.status !== 'active') break;
    return { agency, key };
  }
  return refuse('unknown-agency');
}

function lasting(mark: Mark): Mark {
  if (mark.exp <= mark.time || mark.exp > mark.time + MAX_LIFE) refuse('malformed', 'life of a mark');
  return mark;
}

const entryShape = record(text, any);
const saltedShape = closed({ token: text, salt: id });

/** The marks among the evidence of a value; whatever else lies there is passed over. */
export function marksIn(evidence: readonly Json[] | Json | undefined): Salted[] {
  if (!Array.isArray(evidence)) return [];
  const found: Salted[] = [];
  for (const one of evidence as readonly Json[]) {
    try {
      const { kind, token, salt } = entryShape(one);
      if (kind === 'mark') found.push(saltedShape({ token: token as Json, salt: salt as Json }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return found;
}

/** As it lies in `evidence`; the name is for the holder's eyes. */
export function markEntry({ token, salt }: Salted, agency: string): JsonObject {
  return { kind: 'mark', token, salt, name: agency };
}

/** What a token says, to show and to sort it; nothing is believed before `verifyMark`. Refusal `malformed`. */
export function unverified(token: string): Mark {
  const parts = token.split('.');
  if (parts.length !== 3) refuse('malformed', 'not three segments');
  return lasting(markShape(parseObject(unb64u(parts[1] as string), MAX_MARK)));
}

// -- statements ------------------------------------------------------------------------------------------------------

const valueShape = closed({
  value: (value: Json) => (value === null ? refuse('malformed', 'missing') : value),
  as_of: asOf,
});
const issuedShape = closed({ type: name, title: text, fields: record(name, valueShape) });
const statementShape = closed({
  v: just(1),
  document: nullable(issuedShape),
  marks: list(saltedShape, 1, MAX_MARKS),
});
export type Statement = Shaped<typeof statementShape>;
export type Issued = Shaped<typeof issuedShape>;

/** The file of a deposit of this kind, its marks unverified. Refusal `malformed`, `too-large`. */
export function readStatement(input: Uint8Array | string, kind: string): Statement {
  const found = statementShape(parseObject(input, MAX_STATEMENT));
  const { document, marks } = found;
  if ((kind !== 'mark' && kind !== 'credential') || (document === null) !== (kind === 'mark'))
    refuse('malformed', 'kind');
  if (document === null) return found;
  const wanted = Object.keys(document.fields);
  if (wanted.length === 0 || wanted.length > MAX_MARKS) refuse('malformed', 'fields');
  const said = marks.map((one) => unverified(one.token));
  const fields = said.map((mark) => mark.field).sort();
  const due = wanted.map((field) => `${document.type}.${field}`).sort();
  if (fields.length !== due.length || fields.some((field, i) => field !== due[i]))
    refuse('malformed', 'a mark a field');
  if (new Set(said.map((mark) => `${mark.document} ${mark.person}`)).size !== 1) refuse('malformed', 'of one paper');
  return found;
}
