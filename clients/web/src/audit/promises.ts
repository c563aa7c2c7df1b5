/**
 * What the server promised to write down for this device's own acts; the log must hold all of it (log.md, "Promise"). A
 * server that acknowledges an act and leaves it out of the log is convicted by its own signature.
 * Twin of mappe.holder.promises.
 */
import { type Server, serverNow } from '../api/http.ts';
import { ServerLied } from '../errors.ts';
import { kidOf } from '../formats/jws.ts';
import { checkPromise, type LogEvent, readEvent } from '../formats/log.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Shelf } from '../store/shelf.ts';
import { serverKeys, verified } from './server_keys.ts';

/** Seconds: clocks may differ this much; more would put off the day when a promise is due. */
const CLOCK_SECONDS = 300;
/** Seconds: the entry that sums up a busy hour may be as old as the hour. */
const CAPPED_SECONDS = 3600;
/** Promises not yet found in the log; reading the log empties the list. */
const MAX_KEPT = 10_000;
/** Acts after which a leaf could be promised again unnoticed; 43 characters each in the profile. */
const MAX_FOUND = 1000;
const CAPPED = 'more-entries';

/** The part of a vault that promises need. */
export type Keeper = {
  readonly server: Server;
  readonly shelf: Shelf;
  readonly profile: { promised: string[]; found: string[]; device(): Promise<string>; save(): Promise<void> };
};
/** What the entry says beside its kind: the promise for another act's entry would leave this one's out of the log. */
export type About = {
  readonly grant?: string | undefined;
  readonly detail?: Readonly<Record<string, string | number>>;
};

/**
 * Checks the promise in an answer and remembers its leaf until the log is read: (1) a promise key of the server signed
 * it; (2) it covers the event beside it; (3) the event says what was done, by this device, now; (4) it was not promised
 * for an earlier act: its leaf is new. ServerLied `promise-mismatch`, `bad-signature`, `hash-mismatch`, `unknown-key`.
 */
export async function keep(keeper: Keeper, answer: JsonObject, about: About, ...kinds: string[]): Promise<void> {
  const { promise: token, event } = answer;
  if (typeof token !== 'string' || typeof event !== 'string') {
    throw new ServerLied('promise-mismatch', { why: 'missing' });
  }
  const [promise, said] = await verified(async () => {
    const key = await serverKeys(keeper).promiseKey(kidOf(token)); // (1)
    return [await checkPromise(token, event, key), readEvent(event)]; // (2)
  });
  const { profile } = keeper;
  const capped = said.kind === CAPPED;
  const age = serverNow() - promise.time;
  const oldest = CLOCK_SECONDS + (capped ? CAPPED_SECONDS : 0);
  if (age < -CLOCK_SECONDS || age > oldest || said.time !== promise.time) {
    throw new ServerLied('promise-mismatch', { why: 'time' });
  }
  const why = capped ? countedElse(said, about, kinds) : saidElse(said, about, kinds, await profile.device());
  if (why !== null) throw new ServerLied('promise-mismatch', { why, said: said.kind }); // (3)
  if (profile.promised.includes(promise.leaf) || profile.found.includes(promise.leaf)) {
    if (capped) return;
    throw new ServerLied('promise-mismatch', { why: 'again', said: said.kind }); // (4)
  }
  profile.promised = [...profile.promised, promise.leaf].slice(-MAX_KEPT);
  await profile.save();
}

/** What of the entry is not what was done; null: it is. */
function saidElse(said: LogEvent, about: About, kinds: readonly string[], device: string): string | null {
  if (!kinds.includes(said.kind)) return 'kind';
  if (said.actor.type !== 'device' || said.actor.id !== device) return 'device';
  if (about.grant !== undefined && said.grant !== about.grant) return 'grant';
  for (const [name, value] of Object.entries(about.detail ?? {})) if (said.detail?.[name] !== value) return name;
  return null;
}

/** Of a busy hour: what a caller can repeat is counted, and an act on a grant of one's own is not. */
function countedElse(said: LogEvent, about: About, kinds: readonly string[]): string | null {
  const of = said.detail?.of;
  return about.grant === undefined && typeof of === 'string' && kinds.includes(of) ? null : 'kind';
}

/** What is due in a log that is read from now on: what comes in while it is read may not be in it yet. */
export function due(keeper: Keeper): readonly string[] {
  return [...keeper.profile.promised];
}

/** Every promise that was due lies in the log; then they are only remembered. ServerLied `promise-broken`. */
export function settle(keeper: Keeper, leaves: Iterable<string>, kept: readonly string[] = due(keeper)): void {
  const held = new Set(leaves);
  const missing = kept.filter((leaf) => !held.has(leaf));
  if (missing.length > 0) throw new ServerLied('promise-broken', { missing: missing.length });
  const found = new Set(kept);
  keeper.profile.promised = keeper.profile.promised.filter((leaf) => !found.has(leaf));
  keeper.profile.found = [...keeper.profile.found, ...kept].slice(-MAX_FOUND);
}
