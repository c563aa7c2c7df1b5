/**
 * The desk (desk.md): a page without enrolment shows its keys, both sides compare six digits, the wallet seals a locator
 * to it. The wallet commits to its part of the digits before it sees the page's, so that nobody between them can search
 * for keys that give equal digits.
 */
import { x25519Public } from '../crypto/primitives.ts';
import { openBox, sealBox } from './box.ts';
import { H } from './derive.ts';
import { type Bytes, b64u, concat, equal, random, readDigits, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { x25519Key } from './keys.ts';
import { padded, unpad } from './padding.ts';
import { closed, hash, just } from './shape.ts';
import { jsonBytes, parseObject } from './strict_json.ts';

/** Seconds that a page waits, from its beginning to the hand-over. */
export const DESK_SECONDS = 600;
export const NUMBER_DIGITS = 8;
const MAX_DESK = 1024;
/** Prime and above 9: a mistyped digit or two neighbours swapped never give another multiple. */
const NUMBER_FACTOR = 11;

const LINK = /^(https?:\/\/[^/?#\s]+)\/e#([A-Za-z0-9_-]{86})$/;

/** Who waits: X25519 key and raw thumbprint of the DPoP key. */
export type DeskCode = { readonly publicKey: Bytes; readonly jkt: Bytes };

/** `publicKey` and `jkt` as they come from a server that was asked by a number. */
export function deskCode(publicKey: Bytes, jkt: Bytes): DeskCode {
  return { publicKey: x25519Key(publicKey), jkt };
}

/** What the page shows as a QR code. */
export function deskLink(origin: string, code: DeskCode): string {
  return `${origin}/e#${b64u(whole(code))}`;
}

/** Whether the origin is the wallet's own is the caller's to compare (`wrong-audience`). */
export function readDeskLink(url: string): { readonly origin: string; readonly code: DeskCode } {
  const match = LINK.exec(url.trim()) ?? refuse('malformed', 'desk code');
  const code = unb64u(match[2] as string, 64);
  return { origin: match[1] as string, code: deskCode(code.slice(0, 32), code.slice(32)) };
}

/** Under which the server relays: neither key follows from it. */
export async function deskId(code: DeskCode): Promise<Bytes> {
  return (await H('desk-id', whole(code))).slice(0, 16);
}

/** The eight digits that were meant. Refusal `malformed`, `wrong-number` (a slip). */
export function readDeskNumber(typed: string): string {
  const digits = readDigits(typed);
  if (digits.length !== NUMBER_DIGITS) refuse('malformed', 'desk number');
  return Number(digits) % NUMBER_FACTOR === 0 ? digits : refuse('wrong-number', 'desk number');
}

/** The wallet's part: thumbprint of the record key of the grant to come, and a nonce; 32 bytes each, b64u. */
export type Opening = { readonly signer: string; readonly nonce: string };

export function newOpening(signer: string): Opening {
  return { signer, nonce: b64u(random(32)) };
}

/** Message 1: says nothing about the part, and fits no other. */
export async function commitTo({ signer, nonce }: Opening): Promise<string> {
  return b64u(await H('desk-commit', concat(unb64u(signer, 32), unb64u(nonce, 32))));
}

/** Message 3 fits message 1. Refusal `wrong-opening`. */
export async function checkOpening(commit: string, opening: Opening): Promise<void> {
  if (!equal(unb64u(await commitTo(opening)), unb64u(commit, 32))) refuse('wrong-opening');
}

/** All of one comparison; `nonce` is the page's. */
export type Comparison = { readonly code: DeskCode; readonly nonce: string; readonly opening: Opening };

/** T of desk.md. */
export async function transcript({ code, nonce, opening }: Comparison): Promise<Bytes> {
  const commit = unb64u(await commitTo(opening), 32);
  const own = [unb64u(opening.signer, 32), unb64u(opening.nonce, 32)];
  return H('desk-transcript', concat(whole(code), commit, unb64u(nonce, 32), ...own));
}

/** Six digits that both screens show, and the person compares before anything is sealed. */
export async function deskDigits(compared: Comparison): Promise<string> {
  const view = new DataView((await H('desk-digits', await transcript(compared))).buffer);
  return String(view.getBigUint64(0) % 1_000_000n).padStart(6, '0');
}

const boxShape = closed({ v: just(1), locator: hash });

/** The locator S for this page and this comparison alone. */
export async function sealDesk(compared: Comparison, locator: Bytes): Promise<string> {
  const plain = jsonBytes({ v: 1, locator: b64u(locator) });
  return sealBox('desk', compared.code.publicKey, await context(compared), padded(plain));
}

/** The locator that came for this page. What it leads to is still to be checked against the signer (`checkSigner`). */
export async function openDesk(
  privateKey: Bytes,
  jkt: Bytes,
  said: Omit<Comparison, 'code'>,
  box: string,
): Promise<Bytes> {
  const code = { publicKey: await x25519Public(privateKey), jkt };
  const plain = unpad(await openBox('desk', privateKey, await context({ code, ...said }), box));
  return unb64u(boxShape(parseObject(plain, MAX_DESK)).locator, 32);
}

/** `terms.signer` of a grant that has been read is the one that was compared. Refusal `wrong-record-key`. */
export function checkSigner(opening: Opening, signer: string): void {
  if (!equal(unb64u(signer, 32), unb64u(opening.signer, 32))) refuse('wrong-record-key', 'desk');
}

function whole(code: DeskCode): Bytes {
  return concat(code.publicKey, code.jkt);
}

async function context(compared: Comparison): Promise<Bytes> {
  return concat(await deskId(compared.code), await transcript(compared));
}
