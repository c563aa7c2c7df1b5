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
  return changeShape(await verifyKid(token, 'change', walletKey, MAX_CHANGE));
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
export async function applyChange(state: State, token: string, walletKey: Bytes, wallet: string): Promise<State> {
  const change = await readChange(token, walletKey);
  if (change.wallet !== wallet) refuse('chain-invalid', 'wallet');
  if (change.number !== state.head.number + 1 || change.parent !== state.head.hash) refuse('chain-invalid', 'parent');
  if (change.epoch < state.head.epoch) refuse('chain-invalid', 'epoch');
  const objects = new Map(state.objects);
  const touched = new Set<string>();
  for (const [name, version, body] of change.objects) {
    const last = state.objects.get(name);
    if (touched.has(name)) refuse('chain-invalid', 'object twice');
    if (last !== undefined && last.body === null) refuse('chain-invalid', 'tombstone returns');
    if (version !== (last?.version ?? 0) + 1) refuse('chain-invalid', 'version');
    touched.add(name);
    objects.set(name, { version, body });
  }
  if ((await rootOf(objects)) !== change.root) refuse('chain-invalid', 'root');
  return { head: { number: change.number, hash: await changeHash(token), epoch: change.epoch }, objects };
}

// -- pin -------------------------------------------------------------------------------------------------------------

export type Pin = { readonly number: number; readonly head: string };
export type Verdict = 'up-to-date' | 'newer' | 'rolled-back' | 'forked';

/** `known`: hashes of the pin's own chain by number, as far as the device keeps them. */
export function compareHead(pin: Pin, shown: Pin, known: ReadonlyMap<number, string>): Verdict {
  if (shown.number === pin.number) return shown.head === pin.head ? 'up-to-date' : 'forked';
  if (shown.number > pin.number) return 'newer';
  return known.get(shown.number) === shown.head ? 'rolled-back' : 'forked';
}

const headShape = closed({ v: just(1), wallet: hash, number: version, head: hash, nonce: id, time });
export type HeadStatement = Shaped<typeof headShape>;

export function signHead(seed: Bytes, statement: HeadStatement): Promise<string> {
  const { v, wallet, number, head, nonce, time } = headShape(statement);
  return signJws('head', 'kid', seed, { v, wallet, number, head, nonce, time });
}

export async function readHead(token: string, promiseKey: Bytes): Promise<HeadStatement> {
  return headShape(await verifyKid(token, 'head', promiseKey, MAX_HEAD));
}
