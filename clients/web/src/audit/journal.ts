/**
 * Audit: the wallet's log, checked on this device before it is shown (log.md, "The holder's check"). Every row is opened,
 * re-hashed and linked to the one before; the end is compared with what the server signed; every leaf that has a place is
 * looked for in a tree that extends the one seen last. Twin of mappe.holder.journal.
 */
import { Problem, uncorrected } from '../api/http.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { b64u, random, unb64u } from '../formats/encoding.ts';
import { Refusal, refuse } from '../formats/errors.ts';
import { kidOf } from '../formats/jws.ts';
import {
  CHAIN_START,
  type ChainPin,
  checkLogHead,
  checkPromise,
  checkRows,
  type LogEvent,
  type Row,
  readEvent,
  readLogHead,
} from '../formats/log.ts';
import { hash, integer, list, maybe, open, text } from '../formats/shape.ts';
import { type JsonObject, parseObject } from '../formats/strict_json.ts';
import { keptRegistry, whole } from '../grant/registry.ts';
import type { Item, Vault } from '../store/vault.ts';
import { alone } from './pins.ts';
import * as promises from './promises.ts';
import { provenByOffice } from './proof.ts';
import type { Restored } from './restored.ts';
import * as restored from './restored.ts';
import * as rows from './rows.ts';
import { serverKeys, verified } from './server_keys.ts';

/** Milliseconds between: the sequencer of a server in its first seconds runs each second. */
const STARTING_PAUSE = 500;
const STARTING_TRIES = 20;
/** Rows a request. */
const PAGE = 500;
/** Questions at once: what a browser opens to one host (HTTP/1.1). */
const AT_ONCE = 6;
/** Seconds from an entry to its place in the public tree at the latest (log.md, "Promise": deadline). */
const MAX_DELAY = 24 * 3600;
/** Bytes: an event and a promise are about 2 KiB. */
export const MAX_RECEIPT = 64 * 1024;

/** One verified entry; `index` its place in the public tree, null while it waits for the next checkpoint. */
export type Entry = {
  readonly seq: number;
  readonly event: LogEvent;
  readonly leaf: string;
  readonly index: number | null;
  /** An office's act: whether its own signature proves it. null: nobody's, or the registry is not known here. */
  readonly proven: boolean | null;
};

/**
 * `waiting` entries are promised but not yet in the public tree; `device` is the name of this one in them. `restores`: of
 * the server, by which entries that this device knew have gone, and which the holder has not answered: an alarm to show.
 */
export type Journal = {
  readonly entries: readonly Entry[];
  readonly waiting: number;
  readonly device: string;
  readonly restores: readonly Restored[];
};

export type ReadOptions = {
  /** false: only the wallet's own chain is checked, not the public tree. */
  readonly tree?: boolean;
  /** Of the entries that the public tree is asked for. */
  readonly progress?: (done: number, total: number) => void;
};

const pageShape = open({
  entries: list(open({ seq: integer(1), leaf: hash, body: text, index: maybe(integer()) })),
  head: text,
});
const receiptShape = open({ event: text, promise: text });

/**
 * The whole log from its beginning, verified; moves the pins. ServerLied `log-broken` {seq}, `promise-broken`. One at a
 * time: of two that overlap, the one that began earlier must not lower the pin of the other.
 */
export function read(vault: Vault, options: ReadOptions = {}): Promise<Journal> {
  return alone('log', () => readNow(vault, options));
}

async function readNow(vault: Vault, options: ReadOptions): Promise<Journal> {
  const due = promises.due(vault);
  const kept = await rows.kept(vault);
  const before = await restored.known(vault);
  let entries: Entry[];
  try {
    entries = await chain(vault, kept);
  } catch (error) {
    if (kept.length === 0 || !(error instanceof ServerLied)) throw error;
    // What lies on this device may be damaged: only what the server says now can convict it.
    await rows.forget(vault);
    entries = await chain(vault, []);
  }
  const { logPin } = vault.profile;
  // What an older version kept, and what was damaged here, is a pin and no more: no restore explains it away.
  if (logPin.seq > 0 && before[logPin.seq - 1]?.leaf !== logPin.leaf) againstPin(vault, entries);
  const gone = restored.explain(before, due, entries);
  if (gone !== null) await keepRestore(vault, gone);
  promises.settle(vault, due);
  if (options.tree !== false) await prove(vault, entries, options.progress);
  const last = entries.at(-1);
  if (last !== undefined) {
    vault.profile.logPin = { ...vault.profile.logPin, seq: last.seq, leaf: last.leaf };
    await vault.profile.save(restored.remember(vault, before, entries));
  }
  return journal(vault, entries);
}

/** What this device has verified before, without asking anybody: for offline. */
export async function remembered(vault: Vault): Promise<Journal> {
  const kept = await rows.kept(vault);
  try {
    const { entries } = await check(vault, CHAIN_START, kept);
    return journal(vault, entries);
  } catch (error) {
    if (!(error instanceof ServerLied)) throw error;
    await rows.forget(vault);
    return journal(vault, []);
  }
}

async function journal(vault: Vault, checked: readonly Entry[]): Promise<Journal> {
  const waiting = checked.filter((entry) => entry.index === null).length;
  const kept = await keptRegistry(vault);
  const registry = kept === null ? null : whole(kept);
  const { origin } = vault.server;
  const offices = new Map(vault.items('grant').map((item) => [item.id, agencyOf(item)]));
  const entries: Entry[] = [];
  for (const entry of checked) {
    const { event } = entry;
    const agency = (event.grant === undefined ? undefined : offices.get(event.grant)) ?? null;
    const proven = registry === null ? null : await provenByOffice(event, agency, registry, origin);
    entries.push({ ...entry, proven });
  }
  return { entries, waiting, device: await vault.profile.device(), restores: vault.profile.restores };
}

/** Whom the vault's own record names: the log's word about the office is not what is to be proved. */
function agencyOf(item: Item): string | null {
  const { agency } = (item.payload.to ?? {}) as { agency?: unknown };
  return typeof agency === 'string' ? agency : null;
}

type Checked = { readonly pin: ChainPin; readonly entries: Entry[] };

async function check(vault: Vault, pin: ChainPin, placed: readonly rows.Placed[]): Promise<Checked> {
  const plain = placed.map(({ seq, leaf, body }): Row => ({ seq, leaf, body }));
  return broken(async () => {
    const next = await checkRows(vault.identity.log, vault.genesis.wallet, pin, plain);
    const entries = placed.map(({ seq, leaf, index }, n) => {
      return { seq, leaf, index, event: readEvent(next.events[n] as string), proven: null };
    });
    return { pin: next.pin, entries };
  });
}

async function broken<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Refusal) throw new ServerLied('log-broken', { seq: error.at ?? null }, error);
    throw error;
  }
}

/** The rows from the beginning to the signed end: `kept` lies here already, the rest comes from the server. */
async function chain(vault: Vault, kept: readonly rows.Placed[]): Promise<Entry[]> {
  const wallet = b64u(vault.genesis.wallet);
  let { pin, entries } = await check(vault, CHAIN_START, kept);
  const fresh: rows.Placed[] = [];
  for (;;) {
    const nonce = b64u(random(16));
    const answer = await page(vault, { after: pin.seq, nonce, limit: PAGE });
    const { placed, head } = await broken(async () => {
      const read = pageShape(answer);
      return { placed: read.entries.map((row) => ({ ...row, index: row.index ?? null })), head: read.head };
    });
    const next = await check(vault, pin, placed);
    pin = next.pin;
    entries = [...entries, ...next.entries];
    fresh.push(...placed);
    const key = await serverKeys(vault).promiseKey(await broken(async () => kidOf(head)));
    const done = await broken(async () => {
      const signed = await readLogHead(head, key);
      if (signed.wallet !== wallet || signed.nonce !== nonce || signed.seq < pin.seq) {
        return refuse('log-broken', 'the signed end is not that of this log', pin.seq + 1);
      }
      if (signed.seq === pin.seq) await checkLogHead(head, key, { wallet, nonce, pin });
      else if (placed.length === 0) refuse('log-broken', 'entries are withheld', pin.seq + 1);
      return signed.seq === pin.seq;
    });
    if (!done) continue;
    await rows.keep(vault, fresh);
    return entries;
  }
}

/** One page. A server in its first seconds has signed no checkpoint yet: that is waited for. */
async function page(vault: Vault, body: JsonObject): Promise<JsonObject> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await vault.server.post('/v1/log/entries', body);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'log-not-started' || attempt === STARTING_TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, STARTING_PAUSE));
  }
}

/** The holder is told, each time until it is answered; what comes after the backup is looked for in the tree anew. */
async function keepRestore(vault: Vault, { entry, backup, gone }: restored.Explained): Promise<void> {
  const keys = serverKeys(vault);
  let unproven = 0;
  for (const leaf of gone) if (!(await keys.included(unb64u(leaf, 32)))) unproven++;
  const { profile } = vault;
  const { seq, event } = entry;
  const others = profile.restores.filter((one) => one.seq !== seq || one.time !== event.time);
  profile.restores = [...others, { backup, seq, time: event.time, lost: gone.length, unproven }];
  profile.logPin = { ...profile.logPin, proved: Math.min(profile.logPin.proved, seq - 1) };
}

/** The holder has seen what was restored. */
export async function answerRestores(vault: Vault): Promise<void> {
  vault.profile.restores = [];
  await vault.profile.save();
}

/** What this device saw before must still be there, at the same place. */
function againstPin(vault: Vault, entries: readonly Entry[]): void {
  const { seq, leaf } = vault.profile.logPin;
  if (seq > 0 && entries[seq - 1]?.leaf !== leaf) throw new ServerLied('log-broken', { seq, why: 'rewritten' });
}

/**
 * Each leaf that has a place lies in a tree that extends every tree this device has seen. What was proved once stays
 * proved: a tree only grows.
 */
async function prove(vault: Vault, entries: readonly Entry[], progress?: ReadOptions['progress']): Promise<void> {
  const keys = serverKeys(vault);
  const todo = entries.slice(vault.profile.logPin.proved);
  // Entries get their places in order; the rest waits for the next checkpoint.
  const first = todo.findIndex((entry) => entry.index === null);
  const placed = first < 0 ? todo : todo.slice(0, first);
  const late = todo[first];
  for (let at = 0; at < placed.length; at += AT_ONCE) {
    const some = placed.slice(at, at + AT_ONCE);
    const found = await Promise.all(some.map((entry) => keys.included(unb64u(entry.leaf, 32))));
    const lied = found.indexOf(false);
    if (lied >= 0) throw new ServerLied('log-broken', { seq: some[lied]?.seq ?? null, why: 'not-in-tree' });
    vault.profile.logPin = { ...vault.profile.logPin, proved: some.at(-1)?.seq ?? vault.profile.logPin.proved };
    progress?.(at + some.length, placed.length);
  }
  if (late !== undefined && vault.server.now() - uncorrected() > late.event.time + MAX_DELAY) {
    throw new ServerLied('promise-broken', { seq: late.seq });
  }
}

/**
 * The entry that a recipient's receipt speaks of. ServerLied `receipt-outside`: the operator promised an entry and left
 * it out of the holder's log; the receipt is the evidence. HolderError `bad-receipt`: it is none, or this server did not
 * sign it: whoever forges a receipt must not be able to accuse the operator.
 */
export async function checkReceipt(vault: Vault, journal: Journal, receipt: string): Promise<Entry> {
  let given: { event: string; promise: string };
  let kid: string;
  try {
    given = receiptShape(parseObject(receipt, MAX_RECEIPT));
    kid = kidOf(given.promise);
  } catch (error) {
    throw new HolderError('bad-receipt', {}, error);
  }
  const promise = await verified(async () => {
    return checkPromise(given.promise, given.event, await serverKeys(vault).promiseKey(kid));
  }).catch((error: unknown) => {
    throw error instanceof ServerLied ? new HolderError('bad-receipt', { why: error.code }, error) : error;
  });
  const entry = journal.entries.find((one) => one.leaf === promise.leaf);
  if (entry === undefined) throw new ServerLied('receipt-outside');
  return entry;
}
