/**
 * What the server promised to write down for this device's own acts; the log must hold all of it (log.md, "Promise"). A
 * server that acknowledges an act and leaves it out of the log is convicted by its own signature.
 * Twin of mappe.holder.promises.
 */
import { type Server, serverNow } from '../api/http.ts';
import { ServerLied } from '../errors.ts';
import { kidOf } from '../formats/jws.ts';
import { checkPromise, readEvent } from '../formats/log.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Shelf } from '../store/shelf.ts';
import { serverKeys, verified } from './server_keys.ts';

/** Seconds: clocks may differ this much; more would put off the day when a promise is due. */
const CLOCK_SECONDS = 300;
/** Promises not yet found in the log; reading the log empties the list. */
const MAX_KEPT = 10_000;

/** The part of a vault that promises need. */
export type Keeper = {
  readonly server: Server;
  readonly shelf: Shelf;
  readonly profile: { promised: string[]; save(): Promise<void> };
};

/**
 * Checks the promise in an answer and remembers its leaf until the log is read: (1) a promise key of the server signed
 * it; (2) it covers the event beside it; (3) the event says what was done, now. ServerLied `promise-mismatch`,
 * `bad-signature`, `hash-mismatch`, `unknown-key`.
 */
export async function keep(keeper: Keeper, answer: JsonObject, ...kinds: string[]): Promise<void> {
  await keepAbout(keeper, answer, undefined, ...kinds);
}

/** The same, of an act on this grant: the promise for another one's entry would leave this one's out of the log. */
export async function keepAbout(
  keeper: Keeper,
  answer: JsonObject,
  grant: string | undefined,
  ...kinds: string[]
): Promise<void> {
  const { promise: token, event } = answer;
  if (typeof token !== 'string' || typeof event !== 'string') {
    throw new ServerLied('promise-mismatch', { why: 'missing' });
  }
  const [promise, said] = await verified(async () => {
    const key = await serverKeys(keeper).promiseKey(kidOf(token)); // (1)
    return [await checkPromise(token, event, key), readEvent(event)]; // (2)
  });
  if (Math.abs(promise.time - serverNow()) > CLOCK_SECONDS || said.time !== promise.time) {
    throw new ServerLied('promise-mismatch', { why: 'time' });
  }
  if (!kinds.includes(said.kind)) throw new ServerLied('promise-mismatch', { why: 'kind', said: said.kind }); // (3)
  if (grant !== undefined && said.grant !== grant) throw new ServerLied('promise-mismatch', { why: 'grant' });
  keeper.profile.promised = [...keeper.profile.promised, promise.leaf].slice(-MAX_KEPT);
  await keeper.profile.save();
}

/** What is due in a log that is read from now on: what comes in while it is read may not be in it yet. */
export function due(keeper: Keeper): readonly string[] {
  return [...keeper.profile.promised];
}

/** Every promise that was due lies in the log; then they are forgotten. ServerLied `promise-broken`. */
export function settle(keeper: Keeper, leaves: Iterable<string>, kept: readonly string[] = due(keeper)): void {
  const held = new Set(leaves);
  const missing = kept.filter((leaf) => !held.has(leaf));
  if (missing.length > 0) throw new ServerLied('promise-broken', { missing: missing.length });
  const found = new Set(kept);
  keeper.profile.promised = keeper.profile.promised.filter((leaf) => !found.has(leaf));
}
