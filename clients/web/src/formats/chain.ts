/** The change chain (chain.md). */
import { sha256 } from '../crypto/primitives.ts';
import { H } from './derive.ts';
import { ascii, type Bytes, b64u, compare, concat, u32, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { signJws, verifyKid } from './jws.ts';
import { closed, hash, id, just, list, nullable, type Shaped, time, version } from './shape.ts';
import type { Json } from './strict_json.ts';

const MAX_CHANGE = 1024 * 1024;
const MAX_HEAD = 4096;

export type Entry = readonly [id: string, version: number, body: string | null];

function entry(value: Json): Entry {
  if (!Array.isArray(value) || value.length !== 3) return refuse('malformed', 'object entry');
  return [id(value[0] as Json), version(value[1] as Json), nullable(hash)(value[2] as Json)];
}

const changeShape = closed({
  v: just(1),
  wallet: hash,
  number: version,
  parent: nullable(hash),
  epoch: version,
  objects: list(entry),
  root: hash,
  access: hash,
  device: hash,
  time,
});
export type Change = Shaped<typeof changeShape>;

export function signChange(seed: Bytes, change: Change): Promise<string> {
  const { v, wallet, number, parent, epoch, objects, root, access, device, time } = change;
  const ordered = { v, wallet, number, parent, epoch, objects: objects as unknown as Json, root, access, device, time };
  changeShape(ordered);
  return signJws('change', 'kid', seed, ordered);
}

export async function readChange(token: string, walletKey: Bytes): Promise<Change> {
  const change = changeShape(await verifyKid(token, 'change', walletKey, MAX_CHANGE));
  if ((change.parent === null) !== (change.number === 1)) refuse('chain-invalid', 'parent');
  if (new Set(change.objects.map(([name]) => name)).size !== change.objects.length) {
    refuse('chain-invalid', 'object twice');
  }
  return change;
}

export async function changeHash(token: string): Promise<string> {
  return b64u(await H('change', ascii(token)));
}

/** Every id ever used → its last version and body digest (null: tombstone). */
export type Objects = Map<string, { readonly version: number; readonly body: string | null }>;

export async function rootOf(objects: Objects): Promise<string> {
  const rows = [...objects].map(([name, { version, body }]) => ({
    name: unb64u(name, 16),
    rest: concat(u32(version), body === null ? new Uint8Array(32) : unb64u(body, 32)),
  }));
  rows.sort((a, b) => compare(a.name, b.name));
  return b64u(await H('root', concat(...rows.flatMap(({ name, rest }) => [name, rest]))));
}

export type MethodRow = { readonly id: string; readonly version: number; readonly envelope: string };

export async function accessOf(methods: readonly MethodRow[], identityBox: string): Promise<string> {
  const rows = await Promise.all(
    methods.map(async (row) => ({
      name: unb64u(row.id, 16),
      rest: concat(u32(row.version), await sha256(ascii(row.envelope))),
    })),
  );
  rows.sort((a, b) => compare(a.name, b.name));
  const list = rows.flatMap(({ name, rest }) => [name, rest]);
  return b64u(await H('access', concat(...list, await sha256(ascii(identityBox)))));
}

export type Head = { readonly number: number; readonly hash: string | null; readonly epoch: number };
export type State = { readonly head: Head; readonly objects: Objects };

export const EMPTY_STATE: State = { head: { number: 0, hash: null, epoch: 1 }, objects: new Map() };

/** One signed change on top of a state. Returns the next state, or refuses; the state given is not touched. */
export async function applyChange(state: State, token: string, walletKey: Bytes, wallet?: string): Promise<State> {
  const change = await readChange(token, walletKey);
  if (wallet !== undefined && change.wallet !== wallet) refuse('chain-invalid', 'wallet');
  if (change.number !== state.head.number + 1 || change.parent !== state.head.hash) refuse('stale-head');
  if (change.epoch < state.head.epoch) refuse('chain-invalid', 'epoch');
  const objects = new Map(state.objects);
  for (const [name, version, body] of change.objects) {
    const last = state.objects.get(name);
    if (last !== undefined && last.body === null) refuse('chain-invalid', 'tombstone returns');
    if (version !== (last?.version ?? 0) + 1) refuse('chain-invalid', 'version');
    objects.set(name, { version, body });
  }
  if ((await rootOf(objects)) !== change.root) refuse('chain-invalid', 'root');
  return { head: { number: change.number, hash: await changeHash(token), epoch: change.epoch }, objects };
}

// -- pin -------------------------------------------------------------------------------------------------------------

export type Pin = { readonly number: number; readonly head: string };
export type Verdict = 'up-to-date' | 'apply' | 'rolled-back' | 'forked';

/**
 * What a device does about the head that the server shows. `newer`: the changes after the pin; `known`: hashes of older
 * changes by number, as far as the device keeps them; `floor`: the number on the sheet or of another device.
 */
export async function judge(
  pin: Pin | null,
  shown: Pin,
  newer: readonly string[],
  walletKey: Bytes,
  known: ReadonlyMap<number, string>,
  floor = 0,
): Promise<Verdict> {
  if (pin === null) return shown.number < floor ? 'rolled-back' : 'apply';
  if (shown.number === pin.number) {
    if (shown.head !== pin.head) return 'forked';
    return shown.number < floor ? 'rolled-back' : 'up-to-date';
  }
  if (shown.number < pin.number) return known.get(shown.number) === shown.head ? 'rolled-back' : 'forked';
  let at: Pin = pin;
  for (const token of newer) {
    const change = await readChange(token, walletKey);
    if (change.number !== at.number + 1 || change.parent !== at.head) return 'forked';
    at = { number: change.number, head: await changeHash(token) };
  }
  if (at.number !== shown.number || at.head !== shown.head) return 'forked';
  return shown.number < floor ? 'rolled-back' : 'apply';
}

/** The head change against what the server hands out with it. */
export async function checkHead(
  token: string,
  walletKey: Bytes,
  objects: Objects,
  methods: readonly MethodRow[],
  identityBox: string,
): Promise<Change> {
  try {
    const head = await readChange(token, walletKey);
    if (head.root !== (await rootOf(objects))) refuse('server-lied', 'root');
    if (head.access !== (await accessOf(methods, identityBox))) refuse('server-lied', 'access');
    return head;
  } catch {
    return refuse('server-lied');
  }
}

const headShape = closed({ v: just(1), wallet: hash, number: version, head: hash, nonce: id, time });
export type HeadStatement = Shaped<typeof headShape>;

export function signHead(seed: Bytes, statement: HeadStatement): Promise<string> {
  const { v, wallet, number, head, nonce, time } = headShape(statement);
  return signJws('head', 'kid', seed, { v, wallet, number, head, nonce, time });
}

export async function readHead(token: string, promiseKey: Bytes, nonce: string): Promise<HeadStatement> {
  const statement = headShape(await verifyKid(token, 'head', promiseKey, MAX_HEAD));
  return statement.nonce === nonce ? statement : refuse('server-lied', 'nonce');
}
