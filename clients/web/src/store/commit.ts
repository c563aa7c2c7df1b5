/** Commit: objects sealed here, one change signed on the verified head, taken by the server whole or not at all. */
import { Problem, resent, serverNow } from '../api/http.ts';
import { keep as keepPromise } from '../audit/promises.ts';
import { HolderError } from '../errors.ts';
import { accessOf, applyChange, changeHash, type Entry, rootOf, signChange } from '../formats/chain.ts';
import { digest } from '../formats/derive.ts';
import { readPayload, sealObject } from '../formats/object.ts';
import { maybe, open, text } from '../formats/shape.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import type { MethodRow } from '../unlock/profile.ts';
import { keep } from './kept.ts';
import { type Item, inBatches, itemOf, type Row } from './opened.ts';
import type { ShelfChange } from './shelf.ts';
import { moveTo, syncVault } from './sync.ts';
import type { Vault } from './vault.ts';

/** Another device may write at the same moment; each try starts from its newer head. */
const COMMIT_TRIES = 4;

/** A new version of an object, a new object (`id` fresh), or its end (`payload` null). */
export type Write = { readonly id: string; readonly payload: JsonObject | null };
export type Committed = { readonly number: number; readonly event: string; readonly promise: string };
/** A missing promise is a lie of the server, said as such when it is checked. */
const changed = open({ event: maybe(text), promise: maybe(text) });

/** What else belongs to the same step on the shelf. */
export type Beside = {
  /** With the signed change, before it leaves. */
  readonly before?: (number: number, hash: string) => Promise<readonly ShelfChange[]>;
  /** With the new pin. */
  readonly after?: readonly ShelfChange[];
};
type Sealed = { readonly item: Item; readonly row: Row };
export type Change = {
  readonly entries: readonly Entry[];
  readonly rows: readonly Sealed[];
  readonly epoch: number;
  readonly methods: readonly MethodRow[];
  readonly identityBox: string;
  /** Further members of the request (methods, rewrapped). */
  readonly more?: JsonObject;
  /** Rows that are wrapped anew and otherwise the same. */
  readonly rewrapped?: readonly Sealed[];
};

export function versionOf(vault: Vault, id: string): number {
  return vault.state.objects.get(id)?.version ?? 0;
}

/** `base`: the versions that the person has seen; else what this device knows now. */
export async function commitWrites(
  vault: Vault,
  writes: readonly Write[],
  base: ReadonlyMap<string, number> = new Map(writes.map(({ id }) => [id, versionOf(vault, id)])),
  beside: Beside = {},
): Promise<Committed> {
  vault.confirmed();
  const tried: { number: number; hash: string }[] = [];
  for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
    const newer = writes.filter(({ id }) => versionOf(vault, id) !== base.get(id)).map(({ id }) => id);
    if (newer.length > 0) throw new HolderError('edited-elsewhere', { ids: newer });
    try {
      return await sendChange(vault, await sealed(vault, writes), beside, tried);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'stale-head') throw error;
    }
    await syncVault(vault);
    const mine = tried.find(({ number, hash }) => lies(vault, number, hash));
    if (mine !== undefined) {
      // its answer was lost, and another device has written on top of it
      await vault.profile.save(beside.after);
      return { number: mine.number, event: '', promise: '' };
    }
  }
  throw new HolderError('busy-wallet');
}

/** Whether the change of this number and hash is part of what this device has verified. */
export function lies(vault: Vault, number: number, hash: string): boolean {
  const { head } = vault.state;
  return (head.number === number ? head.hash : vault.profile.pin.ancestors.get(number)) === hash;
}

async function sealed(vault: Vault, writes: readonly Write[]): Promise<Change> {
  const { epoch } = vault.state.head;
  const entries: Entry[] = [];
  const rows = await inBatches(
    writes.filter((write) => write.payload !== null),
    async ({ id, payload }): Promise<Sealed> => {
      const version = versionOf(vault, id) + 1;
      const place = { wallet: vault.genesis.wallet, id, version };
      const row = await sealObject(vault.vmk, place, epoch, payload as JsonObject);
      return { item: itemOf(id, version, readPayload(payload as JsonObject)), row };
    },
  );
  const bodies = new Map(rows.map(({ item, row }) => [item.id, row.body]));
  for (const { id } of writes) {
    const body = bodies.get(id);
    entries.push([id, versionOf(vault, id) + 1, body === undefined ? null : await digest(body)]);
  }
  const { methods, identityBox } = vault.profile;
  return { entries, rows, epoch, methods, identityBox };
}

/** Signs and sends one change on the verified head; on success the pin moves, and the shelf follows in the same step. */
export async function sendChange(
  vault: Vault,
  change: Change,
  { before, after = [] }: Beside = {},
  tried: { number: number; hash: string }[] = [],
): Promise<Committed> {
  const { profile, state } = vault;
  const objects = new Map(state.objects);
  for (const [id, version, body] of change.entries) objects.set(id, { version, body });
  const token = await signChange(vault.identity.sign, {
    v: 1,
    wallet: profile.wallet,
    number: state.head.number + 1,
    parent: state.head.hash,
    epoch: change.epoch,
    objects: change.entries as Entry[],
    root: await rootOf(objects),
    access: await accessOf(change.methods, change.identityBox),
    device: await profile.device(),
    time: serverNow(),
  });
  const next = await applyChange(state, token, vault.genesis.key, profile.wallet);
  const { number } = next.head;
  const hash = await changeHash(token);
  const rows = change.rows.map(({ item, row }) => ({ id: item.id, version: item.version, ...row }));
  const body: JsonObject = { change: token, objects: rows as unknown as Json, ...change.more };
  tried.push({ number, hash });
  await vault.shelf.write([...keep(profile.wallet, number, body), ...((await before?.(number, hash)) ?? [])]);
  // while it is the head, the same bytes are answered as before
  const answer = await resent(() => vault.server.post('/v1/changes', body, changed));
  const ancestors = new Map(profile.pin.ancestors);
  if (state.head.hash !== null) ancestors.set(state.head.number, state.head.hash);
  const read = [...change.rows, ...(change.rewrapped ?? [])];
  await moveTo(vault, next, token, change.identityBox, change.methods, read, ancestors, after);
  await keepPromise(vault, answer, { detail: { number } }, 'vault-changed', 'method-changed');
  return { number, event: answer.event ?? '', promise: answer.promise ?? '' };
}
