/** The log (log.md): events, leaves, promises, the holder's check, the tree. */
import { ed25519Verify, sha256 } from '../crypto/primitives.ts';
import { openBox, sealBox } from './box.ts';
import { H } from './derive.ts';
import { ascii, type Bytes, b64u, concat, equal, u32, u64, unb64u, utf8 } from './encoding.ts';
import { refuse } from './errors.ts';
import { signJws, verifyKid } from './jws.ts';
import { ed25519Key } from './keys.ts';
import {
  closed,
  either,
  hash,
  id,
  integer,
  just,
  list,
  maybe,
  one,
  pattern,
  record,
  type Shaped,
  text,
  time,
} from './shape.ts';
import { jsonBytes, parseObject } from './strict_json.ts';

const MAX_EVENT = 8 * 1024;
const MAX_SIGNED = 4096;
const LONGEST_DEADLINE = 86400;
const MAX_ENTRY = 16 * 1024;

const eventShape = closed({
  v: just(1),
  kind: pattern(/^[a-z][a-z0-9-]{0,63}$/),
  time,
  actor: closed({ type: one('device', 'link', 'agency', 'sender', 'server', 'stop-code'), id: maybe(text) }),
  grant: maybe(id),
  slots: maybe(list(id)),
  lease: maybe(id),
  detail: maybe(record(text, either<string, number>(text, integer(-Number.MAX_SAFE_INTEGER)))),
  proof: maybe(text),
});
export type LogEvent = Shaped<typeof eventShape>;

export function readEvent(event: string): LogEvent {
  return eventShape(parseObject(event, MAX_EVENT));
}

// -- leaf ------------------------------------------------------------------------------------------------------------

export type Halves = { readonly a: Bytes; readonly b: Bytes };

export async function eventHalf(r1: Bytes, event: string): Promise<Bytes> {
  return sha256(concat(r1, utf8(event)));
}

export async function chainHalf(r2: Bytes, wallet: Bytes, seq: number, previous: Bytes): Promise<Bytes> {
  return sha256(concat(r2, wallet, u64(seq), previous));
}

export async function leafOf({ a, b }: Halves): Promise<Bytes> {
  return sha256(concat(Uint8Array.of(0), a, b));
}

export const FIRST_PREVIOUS: Bytes = new Uint8Array(32);

export type Row = { readonly seq: number; readonly leaf: string; readonly body: string };
const bodyShape = closed({ event: text, r1: id, r2: id, previous: hash });
export type EntryBody = Shaped<typeof bodyShape>;

function rowContext(wallet: Bytes, seq: number, leaf: Bytes): Bytes {
  return concat(wallet, u64(seq), leaf);
}

export async function sealEntry(logKey: Bytes, wallet: Bytes, seq: number, leaf: Bytes, body: EntryBody) {
  const { event, r1, r2, previous } = bodyShape({ ...body });
  return sealBox('log-entry', logKey, rowContext(wallet, seq, leaf), jsonBytes({ event, r1, r2, previous }));
}

export async function openEntry(logPrivate: Bytes, wallet: Bytes, row: Row): Promise<EntryBody> {
  const raw = await openBox('log-entry', logPrivate, rowContext(wallet, row.seq, unb64u(row.leaf, 32)), row.body);
  return bodyShape(parseObject(raw, MAX_ENTRY));
}

export type ChainPin = { readonly seq: number; readonly leaf: string };
export const CHAIN_START: ChainPin = { seq: 0, leaf: b64u(FIRST_PREVIOUS) };

/** One row on top of the last. Refuses with `log-broken` and the seq. */
export async function checkRow(
  logPrivate: Bytes,
  wallet: Bytes,
  pin: ChainPin,
  row: Row,
): Promise<{ pin: ChainPin; event: string }> {
  const broken = (): never => refuse('log-broken', '', pin.seq + 1);
  if (row.seq !== pin.seq + 1) broken();
  let body: EntryBody;
  try {
    body = await openEntry(logPrivate, wallet, row);
  } catch {
    return broken();
  }
  if (body.previous !== pin.leaf) broken();
  const a = await eventHalf(unb64u(body.r1, 16), body.event);
  const b = await chainHalf(unb64u(body.r2, 16), wallet, row.seq, unb64u(body.previous, 32));
  if (!equal(await leafOf({ a, b }), unb64u(row.leaf, 32))) broken();
  return { pin: { seq: row.seq, leaf: row.leaf }, event: body.event };
}

export async function checkRows(logPrivate: Bytes, wallet: Bytes, pin: ChainPin, rows: readonly Row[]) {
  const events: string[] = [];
  let head = pin;
  for (const row of rows) {
    const next = await checkRow(logPrivate, wallet, head, row);
    head = next.pin;
    events.push(next.event);
  }
  return { pin: head, events };
}

const logHeadShape = closed({ v: just(1), wallet: hash, seq: integer(0), leaf: hash, time, nonce: id });
export type LogHead = Shaped<typeof logHeadShape>;

export function signLogHead(seed: Bytes, head: LogHead): Promise<string> {
  const { v, wallet, seq, leaf, time, nonce } = logHeadShape(head);
  return signJws('log-head', 'kid', seed, { v, wallet, seq, leaf, time, nonce });
}

export async function readLogHead(token: string, promiseKey: Bytes): Promise<LogHead> {
  return logHeadShape(await verifyKid(token, 'log-head', promiseKey, MAX_SIGNED));
}

/** The end of the checked log against the server's signed head. */
export async function checkLogHead(
  token: string,
  promiseKey: Bytes,
  wanted: { wallet: string; nonce: string; pin: ChainPin },
): Promise<LogHead> {
  const head = await readLogHead(token, promiseKey);
  const { wallet, nonce, pin } = wanted;
  const fits = head.wallet === wallet && head.nonce === nonce && head.seq === pin.seq && head.leaf === pin.leaf;
  return fits ? head : refuse('log-broken', 'head', pin.seq + 1);
}

// -- promise ---------------------------------------------------------------------------------------------------------

const promiseShape = closed({ v: just(1), leaf: hash, r1: id, other: hash, time, deadline: time });
export type LogPromise = Shaped<typeof promiseShape>;

export function signPromise(seed: Bytes, promise: LogPromise): Promise<string> {
  const { v, leaf, r1, other, time, deadline } = promiseShape(promise);
  return signJws('promise', 'kid', seed, { v, leaf, r1, other, time, deadline });
}

/** The receipt of whoever called: the promise is the server's and is about this event. */
export async function checkPromise(promise: string, event: string, promiseKey: Bytes): Promise<LogPromise> {
  const read = promiseShape(await verifyKid(promise, 'promise', promiseKey, MAX_SIGNED));
  if (read.deadline < read.time || read.deadline > read.time + LONGEST_DEADLINE) refuse('malformed', 'deadline');
  const a = await eventHalf(unb64u(read.r1, 16), event);
  const leaf = await leafOf({ a, b: unb64u(read.other, 32) });
  if (!equal(leaf, unb64u(read.leaf, 32))) refuse('hash-mismatch', 'promise');
  return read;
}

// -- tree (RFC 9162 §2.1) --------------------------------------------------------------------------------------------

export async function node(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(Uint8Array.of(1), left, right));
}

export async function treeRoot(leaves: readonly Bytes[]): Promise<Bytes> {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  let level = [...leaves];
  while (level.length > 1) {
    const next: Bytes[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      next.push(right === undefined ? (level[i] as Bytes) : await node(level[i] as Bytes, right));
    }
    level = next;
  }
  return level[0] as Bytes;
}

const half = (n: number) => Math.floor(n / 2);

/** RFC 9162 §2.1.3.2. */
export async function inclusionHolds(
  leaf: Bytes,
  index: number,
  size: number,
  path: readonly Bytes[],
  root: Bytes,
): Promise<boolean> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = await node(p, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      r = await node(r, p);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equal(r, root);
}

/** RFC 9162 §2.1.4.2. */
export async function consistencyHolds(
  first: number,
  second: number,
  firstRoot: Bytes,
  secondRoot: Bytes,
  proof: readonly Bytes[],
): Promise<boolean> {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second) return false;
  if (first === second) return proof.length === 0 && equal(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0 && equal(firstRoot, await treeRoot([]));
  if (proof.length === 0) return false;
  const power = 2 ** Math.round(Math.log2(first)) === first;
  const path = power ? [firstRoot, ...proof] : [...proof];
  let fn = first - 1;
  let sn = second - 1;
  while (fn % 2 === 1) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr = path[0] as Bytes;
  let sr = fr;
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = await node(c, fr);
      sr = await node(c, sr);
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      sr = await node(sr, c);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equal(fr, firstRoot) && equal(sr, secondRoot);
}

/** C2SP tlog-tiles: `001/234` style numbers in groups of three, all but the last with an x. */
export function tilePath(level: number, index: number, width: number): string {
  let rest = index;
  let path = String(rest % 1000).padStart(3, '0');
  for (rest = Math.floor(rest / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return `tile/${level}/${path}${width === 256 ? '' : `.p/${width}`}`;
}

// -- checkpoint (C2SP signed note) -----------------------------------------------------------------------------------

export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Bytes };
export type NoteSignature = { readonly name: string; readonly keyId: number; readonly signature: Bytes };

function base64(text: string): Bytes {
  const padding = text.length % 4 === 0 ? (/={0,2}$/.exec(text)?.[0].length ?? 0) : -1;
  if (padding < 0) return refuse('malformed', 'not base64');
  const plain = text.slice(0, text.length - padding);
  if (/[-_=]/.test(plain) || plain.length % 4 !== (4 - padding) % 4) refuse('malformed', 'not base64');
  return unb64u(plain.replaceAll('+', '-').replaceAll('/', '_'));
}

export function readNote(note: string): { text: string; signatures: NoteSignature[] } {
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0 || !note.endsWith('\n')) return refuse('malformed', 'note');
  const signatures = note
    .slice(cut + 2, -1)
    .split('\n')
    .map((line) => {
      const found = /^\u2014 (\S+) (\S+)$/.exec(line);
      if (found === null) return refuse('malformed', 'note');
      const raw = base64(found[2] as string);
      if (raw.length < 5) return refuse('malformed', 'note');
      const keyId = new DataView(raw.buffer).getUint32(0);
      return { name: found[1] as string, keyId, signature: raw.slice(4) };
    });
  return { text: note.slice(0, cut + 1), signatures };
}

async function keyId(name: string, type: number, publicKey: Bytes): Promise<number> {
  const full = await sha256(concat(utf8(name), ascii('\n'), Uint8Array.of(type), publicKey));
  return new DataView(full.buffer).getUint32(0);
}

export function readCheckpointText(text: string): Checkpoint {
  const [origin, size, root, ...rest] = text.split('\n');
  if (
    origin === undefined ||
    origin === '' ||
    size === undefined ||
    root === undefined ||
    rest.length !== 1 ||
    rest[0] !== ''
  ) {
    return refuse('malformed', 'checkpoint');
  }
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) refuse('malformed', 'checkpoint');
  const hash = base64(root);
  if (hash.length !== 32) refuse('malformed', 'checkpoint');
  return { origin, size: Number(size), root: hash };
}

export async function checkCheckpoint(note: string, origin: string, logKey: Bytes): Promise<Checkpoint> {
  const { text, signatures } = readNote(note);
  const checkpoint = readCheckpointText(text);
  if (checkpoint.origin !== origin) refuse('header-mismatch', 'origin');
  const wanted = await keyId(origin, 0x01, logKey);
  let signed = false;
  for (const { name, keyId, signature } of signatures) {
    if (name !== origin || keyId !== wanted) continue;
    if (signature.length !== 64 || !(await ed25519Verify(logKey, signature, utf8(text)))) refuse('bad-signature');
    signed = true;
  }
  return signed ? checkpoint : refuse('bad-signature', 'checkpoint');
}

/** C2SP tlog-cosignature, cosignature/v1: Ed25519 over a time and the note's text. Returns the time, or null. */
export async function cosignedAt(note: string, witness: string, witnessKey: Bytes): Promise<number | null> {
  const { text, signatures } = readNote(note);
  const wanted = await keyId(witness, 0x04, witnessKey);
  for (const { name, keyId, signature } of signatures) {
    if (name !== witness || keyId !== wanted) continue;
    if (signature.length !== 72) refuse('bad-signature', 'cosignature');
    const at = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
    const signed = utf8(`cosignature/v1\ntime ${at}\n${text}`);
    if (!(await ed25519Verify(witnessKey, signature.slice(8), signed))) refuse('bad-signature', 'cosignature');
    return at;
  }
  return null;
}

export type Verifier = { readonly name: string; readonly type: number; readonly key: Bytes };

/** `name+id+key`: the id is checked against the key. */
export async function readVerifier(text: string): Promise<Verifier> {
  const found = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text);
  if (found === null) return refuse('malformed', 'verifier');
  const [, name, id, encoded] = found as unknown as [string, string, string, string];
  const raw = base64(encoded);
  if (raw.length !== 33) return refuse('malformed', 'verifier');
  const type = raw[0] as number;
  const key = ed25519Key(raw.slice(1));
  if (Number.parseInt(id, 16) !== (await keyId(name, type, key))) refuse('malformed', 'verifier');
  return { name, type, key };
}

/** The checkpoint and which known witnesses cosigned it when. */
export async function checkWitnessed(note: string, log: Verifier, witnesses: readonly Verifier[]) {
  const checkpoint = await checkCheckpoint(note, log.name, log.key);
  const seen: [name: string, time: number][] = [];
  for (const { name, key } of witnesses) {
    const at = await cosignedAt(note, name, key);
    if (at !== null) seen.push([name, at]);
  }
  return { ...checkpoint, witnesses: seen };
}

export async function registryLeaf(registryHash: Bytes, version: number, bundle: string): Promise<Bytes> {
  return leafOf({ a: registryHash, b: await H('registry-leaf', concat(u32(version), ascii(bundle))) });
}
