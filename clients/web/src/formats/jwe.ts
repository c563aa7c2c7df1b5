/** The sealed object: JWE compact, one header shape a kind (conventions.md, "Sealed object"). */
import { aesOpen, aesSeal } from '../crypto/primitives.ts';
import { label } from './derive.ts';
import { ascii, type Bytes, b64u, concat, random, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import type { Check } from './shape.ts';
import { type Json, type JsonObject, parseJson, writeJson } from './strict_json.ts';

export type HeaderMembers = readonly (readonly [name: string, value: string | number])[];

/** DoS: a header is a few hashes and ids. */
export const MAX_HEADER = 2048;

function headerSegment(kind: string, members: HeaderMembers): string {
  const header: JsonObject = { alg: 'dir', enc: 'A256GCM', typ: label(kind) };
  for (const [name, value] of members) header[name] = value;
  return b64u(ascii(writeJson(header)));
}

export async function sealJwe(
  kind: string,
  members: HeaderMembers,
  key: Bytes,
  plaintext: Uint8Array,
  iv: Bytes = random(12),
): Promise<string> {
  const header = headerSegment(kind, members);
  const sealed = await aesSeal(key, iv, ascii(header), plaintext);
  const end = sealed.length - 16;
  return `${header}..${b64u(iv)}.${b64u(sealed.subarray(0, end))}.${b64u(sealed.subarray(end))}`;
}

function split(token: string): { header: string; iv: Bytes; sealed: Bytes } {
  const parts = token.split('.');
  if (parts.length !== 5) refuse('malformed', 'not five segments');
  const [header, key, iv, body, tag] = parts as [string, string, string, string, string];
  if (key !== '') refuse('malformed', 'second segment is not empty');
  unb64u(header);
  return { header, iv: unb64u(iv, 12), sealed: concat(unb64u(body), unb64u(tag, 16)) };
}

/** After a comparison failed: why (conventions.md, "Versioning"). */
export function headerFailure(segment: string): never {
  const header = parseJson(unb64u(segment), MAX_HEADER);
  const typ = header !== null && typeof header === 'object' && !Array.isArray(header) ? header.typ : undefined;
  if (typeof typ === 'string' && typ.startsWith('mappe/') && !typ.startsWith('mappe/1/')) refuse('unsupported-suite');
  return refuse('header-mismatch');
}

/** Steps 1–4 of the page: split, build what is expected, compare, only then decrypt. */
export async function openJwe(token: string, kind: string, members: HeaderMembers, key: Bytes): Promise<Bytes> {
  const { header, iv, sealed } = split(token);
  if (header !== headerSegment(kind, members)) headerFailure(header);
  return (await aesOpen(key, iv, ascii(header), sealed)) ?? refuse('undecryptable', kind);
}

/** Steps 1–3 alone: for kinds that compare a commitment before they decrypt. */
export function expectHeader(token: string, kind: string, members: HeaderMembers): void {
  const { header } = split(token);
  if (header !== headerSegment(kind, members)) headerFailure(header);
}

/** The one value that a page calls "carried"; the whole header is then compared with it in place. */
export function carried<T>(token: string, name: string, check: Check<T>): T {
  const { header } = split(token);
  const members = parseJson(unb64u(header), MAX_HEADER);
  if (members === null || typeof members !== 'object' || Array.isArray(members)) return headerFailure(header);
  if (!Object.hasOwn(members, name)) return headerFailure(header);
  return check(members[name] as Json);
}
