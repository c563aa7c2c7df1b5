/** Joining (join.md): a new device shows its whole key, a device that is signed in seals the wallet key to it. */
import { x25519Public } from '../crypto/primitives.ts';
import { openBox, sealBox } from './box.ts';
import { H } from './derive.ts';
import { type Bytes, b64u, concat, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { x25519Key } from './keys.ts';
import { padded, unpad } from './padding.ts';
import { closed, hash, integer, just, one, pattern, type Shaped } from './shape.ts';
import { jsonBytes, parseObject } from './strict_json.ts';

/** Seconds that a join waits; afterwards it is refused as if it had never been. */
export const JOIN_SECONDS = 600;
/** Seconds that a lent device lives. The client ends by its own clock too. */
export const ASSISTED_SECONDS = 1800;
const MAX_JOIN = 1024;

const LINK = /^(https?:\/\/[^/?#\s]+)\/j#([A-Za-z0-9_-]{86})$/;

/** Who wants to be let in: X25519 key and raw thumbprint of the DPoP key. */
export type JoinCode = { readonly publicKey: Bytes; readonly jkt: Bytes };

/** What the new device shows as a QR code. */
export function joinLink(origin: string, code: JoinCode): string {
  return `${origin}/j#${b64u(whole(code))}`;
}

/** Whether the origin is the wallet's own is the caller's to compare (`wrong-audience`). */
export function readJoinLink(url: string): { readonly origin: string; readonly code: JoinCode } {
  const match = LINK.exec(url.trim()) ?? refuse('malformed', 'join code');
  const code = unb64u(match[2] as string, 64);
  return { origin: match[1] as string, code: { publicKey: x25519Key(code.slice(0, 32)), jkt: code.slice(32) } };
}

/** Under which the server relays: neither key follows from it. */
export async function joinId(code: JoinCode): Promise<Bytes> {
  return (await H('join-id', whole(code))).slice(0, 16);
}

/** Six digits that the person compares: they find the wrong screen scanned, not a key that somebody chose. */
export async function joinDigits(code: JoinCode): Promise<string> {
  const view = new DataView((await H('join-digits', whole(code))).buffer);
  return String(view.getBigUint64(0) % 1_000_000n).padStart(6, '0');
}

const boxShape = closed({
  v: just(1),
  handle: pattern(/^[0-9A-HJKMNP-TV-Z]{10}$/),
  wallet: hash,
  vmk: hash,
  number: integer(1),
  head: hash,
  mode: one('device', 'assisted'),
});
export type Joined = Shaped<typeof boxShape>;
export type JoinMode = Joined['mode'];

/** The wallet key for this device alone. */
export async function sealJoin(code: JoinCode, joined: Joined): Promise<string> {
  const { v, handle, wallet, vmk, number, head, mode } = boxShape(joined);
  const plain = jsonBytes({ v, handle, wallet, vmk, number, head, mode });
  return sealBox('join', code.publicKey, await context(code), padded(plain));
}

/**
 * What came for this device: (1) it opens for its key, id and jkt; (2) it is of the wallet and mode that the server
 * answered (else `server-lied`). The checks of wallet.md and of the head are still to be made.
 */
export async function openJoin(
  privateKey: Bytes,
  jkt: Bytes,
  box: string,
  answered: { readonly wallet: string; readonly mode: string },
): Promise<Joined> {
  const code = { publicKey: await x25519Public(privateKey), jkt };
  const plain = unpad(await openBox('join', privateKey, await context(code), box)); // (1)
  const joined = boxShape(parseObject(plain, MAX_JOIN));
  if (joined.wallet !== answered.wallet || joined.mode !== answered.mode) refuse('server-lied', 'join'); // (2)
  return joined;
}

function whole(code: JoinCode): Bytes {
  return concat(code.publicKey, code.jkt);
}

async function context(code: JoinCode): Promise<Bytes> {
  return concat(await joinId(code), code.jkt);
}
