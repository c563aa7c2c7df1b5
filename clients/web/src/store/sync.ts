/**
 * Sync: nothing that the server shows is believed before it fits the pin (chain.md, table "Pin").
 *
 * (1) the head is signed by the wallet's key; (2) the pin judges it; (3) the changes since the pin, or the snapshot, make
 * the state that the head signs (`root`); (4) methods and identity box are those it signs (`access`); (5) every body is
 * the one signed, and opens. Only then the shelf takes it, all at once.
 */
import { serverKeys } from '../audit/server_keys.ts';
import { HolderError, ServerLied } from '../errors.ts';
import {
  applyChange,
  changeHash,
  checkHead,
  judge,
  type Pin,
  readChange,
  readHead,
  type State,
} from '../formats/chain.ts';
import { digest } from '../formats/derive.ts';
import { newId } from '../formats/encoding.ts';
import { kidOf } from '../formats/jws.ts';
import { openObject } from '../formats/object.ts';
import { id, list, maybe, nullable, open, type Shaped, text, time, version } from '../formats/shape.ts';
import { checkIdentity, openIdentity } from '../formats/wallet.ts';
import { methodRows } from '../unlock/account.ts';
import type { MethodRow, Stored, Writer } from '../unlock/profile.ts';
import { type Item, inBatches, itemOf, OBJECTS, type Row } from './opened.ts';
import type { ShelfChange } from './shelf.ts';
import { type Vault, verified } from './vault.ts';

/** Of one sync: each holds megabytes, and a wallet's quota is far below their sum. */
const MAX_PAGES = 1000;
/** Objects whose last writer is remembered: more than anybody edits on two devices between two visits. */
const MOST_WRITERS = 256;
/** Of one sync, because another device wrote while its pages were read. */
const MAX_RESTARTS = 10;

const objectRow = open({ id, version, key: maybe(text), body: maybe(text) });
const syncAnswer = open({
  head: open({ number: version, change: text }),
  changes: list(text),
  objects: list(objectRow),
  methods: methodRows,
  identity_box: text,
  genesis: text,
  statement: maybe(nullable(text)),
  recovery_pending_until: maybe(nullable(time)),
  next: maybe(nullable(text)),
});
type Answer = Shaped<typeof syncAnswer>;

export type SyncOptions = {
  /** The number on the sheet or of another device. */
  readonly floor?: number;
  /** The pin that this device had before it signed in anew. */
  readonly known?: Stored['pin'];
  readonly told?: (done: number, total: number) => void;
};

export async function syncVault(vault: Vault, { floor = 0, known, told }: SyncOptions = {}): Promise<number> {
  const { genesis, profile } = vault;
  const pinned = vault.state.head.number > 0;
  const nonce = pinned ? null : newId();
  const answer = await fetchAll(vault, pinned ? vault.number : null, nonce);
  const token = answer.head.change;
  const head = await verified(() => readChange(token, genesis.key)); // (1)
  if (head.wallet !== profile.wallet || answer.genesis !== profile.genesis) throw new ServerLied();
  const shown: Pin = { number: head.number, head: await changeHash(token) };

  if (shown.number < floor) throw new ServerLied('rolled-back', { shown: head.number, known: floor });
  const [judged, since] = await pinAndNewer(vault, answer, shown, known);
  const verdict = await verified(() => judge(judged, shown, since, genesis.key, profile.pin.ancestors, floor)); // (2)
  if (verdict === 'rolled-back') throw new ServerLied('rolled-back', { shown: head.number, known: vault.number });
  if (verdict === 'forked') throw new ServerLied('forked');
  if (pinned && head.epoch !== vault.state.head.epoch) throw new HolderError('locks-changed', { number: head.number });

  const ancestors = new Map(profile.pin.ancestors);
  const state = await nextState(vault, answer, shown, head.epoch, ancestors); // (3)
  await verified(() => checkHead(token, genesis.key, state.objects, answer.methods, answer.identity_box)); // (3) (4)
  await verified(async () => {
    const identity = await openIdentity(vault.vmk, genesis.wallet, state.head.epoch, answer.identity_box);
    await checkIdentity(identity, genesis);
  });
  const rows = new Map(answer.objects.map((row) => [row.id, row])); // met twice: the later one counts
  const read = await openRows(vault, state, [...rows.values()], told); // (5)

  profile.writers = await writersOf(vault, answer.changes);
  if (vault.number > 0 && vault.number !== shown.number) ancestors.set(vault.number, profile.pin.head);
  profile.statement = answer.statement ?? profile.statement;
  await moveTo(vault, state, token, answer.identity_box, answer.methods, read, ancestors);
  vault.recoveryUntil.value = answer.recovery_pending_until ?? null;
  if (vault.opened.lost.size > 0 || vault.away.due()) await bringBack(vault);
  return shown.number - (judged?.number ?? 0);
}

/** The pin that judges, and the changes after it. */
async function pinAndNewer(
  vault: Vault,
  answer: Answer,
  shown: Pin,
  known: Stored['pin'] | undefined,
): Promise<[Pin | null, readonly string[]]> {
  const pin = vault.profile.pinned();
  if (pin !== null || known === undefined || known.number === 0) return [pin, answer.changes];
  const { changes } = await fetchAll(vault, known.number, null);
  const numbers = await verified(() =>
    Promise.all(changes.map(async (token) => (await readChange(token, vault.genesis.key)).number)),
  );
  const since = changes.filter((_, index) => (numbers[index] as number) <= shown.number);
  return [{ number: known.number, head: known.head }, since];
}

/** All pages of one sync as one answer. */
async function fetchAll(vault: Vault, since: number | null, nonce: string | null): Promise<Answer> {
  const { server } = vault;
  const body = { since, ...(nonce === null ? {} : { nonce }) };
  let answer = await server.post('/v1/sync', body, syncAnswer);
  let page = answer;
  let restarts = 0;
  for (let pages = 0; typeof page.next === 'string'; pages++) {
    if (pages === MAX_PAGES) throw new ServerLied('server-lied', { pages });
    page = await server.post('/v1/sync', { ...body, cursor: page.next }, syncAnswer);
    if (page.head.change !== answer.head.change) {
      // a change came in between: start again from the new head
      if (++restarts === MAX_RESTARTS) throw new HolderError('busy-wallet');
      page = answer = await server.post('/v1/sync', body, syncAnswer);
      continue;
    }
    answer.changes.push(...page.changes);
    answer.objects.push(...page.objects);
  }
  if (nonce !== null) await checkStatement(vault, answer, nonce);
  return answer;
}

/** A device without a pin keeps the server's signed word on the head: two that contradict convict it. */
async function checkStatement(vault: Vault, answer: Answer, nonce: string): Promise<void> {
  const token = answer.statement;
  if (typeof token !== 'string') throw new ServerLied('server-lied', { statement: 'missing' });
  const statement = await verified(async () => {
    const key = await serverKeys(vault).promiseKey(kidOf(token));
    return readHead(token, key, nonce);
  });
  const shown = await changeHash(answer.head.change);
  if (statement.wallet !== vault.profile.wallet || statement.head !== shown) throw new ServerLied();
}

/** The state at the head: changes applied to the pin, or the snapshot where there is none. Bodies must fit it. */
async function nextState(
  vault: Vault,
  answer: Answer,
  shown: Pin,
  epoch: number,
  ancestors: Map<number, string>,
): Promise<State> {
  const bodies: [string, { version: number; body: string | null }][] = await inBatches(answer.objects, async (row) => [
    row.id,
    { version: row.version, body: row.body === undefined ? null : await digest(row.body) },
  ]);
  const objects = new Map(bodies);
  if (vault.state.head.number === 0) return { head: { number: shown.number, hash: shown.head, epoch }, objects };
  let state = vault.state;
  for (const token of answer.changes) {
    state = await verified(() => applyChange(state, token, vault.genesis.key, vault.profile.wallet));
    // a restored server may stand at any of them
    if (state.head.number < shown.number) ancestors.set(state.head.number, state.head.hash as string);
  }
  for (const [name, now] of state.objects) {
    const before = vault.state.objects.get(name);
    if (before?.version === now.version && before.body === now.body) continue;
    const seen = objects.get(name);
    if (seen?.version !== now.version || seen.body !== now.body)
      throw new ServerLied('server-lied', { withheld: name });
  }
  return state;
}

/** Who wrote what is new: asked for when this device has written the same object. */
async function writersOf(vault: Vault, changes: readonly string[]): Promise<ReadonlyMap<string, Writer>> {
  const { profile, genesis } = vault;
  if (changes.length === 0) return profile.writers;
  const here = await profile.device();
  const all = new Map(profile.writers);
  for (const token of changes) {
    const { objects, device, time } = await readChange(token, genesis.key);
    for (const [id, version] of objects) {
      all.delete(id);
      if (device !== here) all.set(id, { version, device, time });
    }
  }
  return new Map([...all].slice(-MOST_WRITERS));
}

type Read = { readonly item: Item; readonly row: Row };

/** Before it replaces what this device holds: the body is the one signed, and it opens. */
async function openRows(
  vault: Vault,
  state: State,
  rows: readonly Shaped<typeof objectRow>[],
  told?: (done: number, total: number) => void,
): Promise<Read[]> {
  const live = rows.filter((row) => row.body !== undefined && !vault.away.ids.has(row.id));
  const { vmk, genesis } = vault;
  const work = async ({ id, version, key = '', body = '' }: (typeof live)[number]): Promise<Read> => {
    const signed = state.objects.get(id);
    if (signed?.version !== version || signed.body !== (await digest(body))) throw new ServerLied();
    const place = { wallet: genesis.wallet, id, version };
    const payload = await verified(() => openObject(vmk, place, state.head.epoch, { key, body }));
    return { item: itemOf(id, version, payload), row: { key, body } };
  };
  return inBatches(live, work, (done) => told?.(done, live.length));
}

/** The shelf takes the new state with everything that belongs to it, before anybody is told. */
export async function moveTo(
  vault: Vault,
  state: State,
  head: string,
  identityBox: string,
  methods: readonly MethodRow[],
  read: readonly Read[],
  ancestors: ReadonlyMap<number, string>,
  more: readonly ShelfChange[] = [],
): Promise<void> {
  const { profile, opened } = vault;
  const { number, hash, epoch } = state.head;
  profile.pin = { number, head: hash as string, epoch, objects: state.objects, ancestors };
  profile.headChange = head;
  profile.identityBox = identityBox;
  profile.methods = methods.map(({ id, kind, version, envelope }) => ({ id, kind, version, envelope }));
  const changes: ShelfChange[] = read.map(({ item, row }) => ({
    box: OBJECTS,
    key: `${profile.wallet}/${item.id}`,
    value: row,
  }));
  const gone = [...opened.all.keys(), ...opened.lost].filter(
    (name) => (state.objects.get(name)?.body ?? null) === null,
  );
  for (const name of gone) changes.push({ box: OBJECTS, key: `${profile.wallet}/${name}` });
  await profile.save([...changes, ...more]);
  vault.state = state;
  for (const { item } of read) {
    opened.all.set(item.id, item);
    opened.lost.delete(item.id);
  }
  for (const name of gone) {
    opened.all.delete(name);
    opened.lost.delete(name);
  }
  if (read.length > 0 || gone.length > 0) {
    opened.keepSoon(state);
    vault.bump();
  }
}

/** Papers that the chain names and this device no longer has: the browser has cleaned up, or they were left at home. */
export async function bringBack(vault: Vault): Promise<void> {
  await vault.away.settle();
  const answer = await fetchAll(vault, null, newId());
  const head = await changeHash(answer.head.change);
  if (head !== vault.state.head.hash) return; // somebody has just written: the next sync
  const rows = new Map(answer.objects.map((row) => [row.id, row]));
  for (const [name, { body }] of vault.state.objects) {
    if (body !== null && rows.get(name)?.body === undefined) throw new ServerLied('server-lied', { withheld: name });
  }
  const missing = [...rows.values()].filter((row) => vault.opened.lost.has(row.id));
  const read = await openRows(vault, vault.state, missing);
  const { headChange, identityBox, methods, pin } = vault.profile;
  await moveTo(vault, vault.state, headChange, identityBox, methods, read, pin.ancestors);
}
