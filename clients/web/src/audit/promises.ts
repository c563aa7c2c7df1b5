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
/** Of a busy hour: what a holder's device may repeat (log.md). */
const COUNTED: readonly string[] = ['signed-in', 'pin-released'];

/** The part of a vault that promises need. */
export type Keeper = {
  readonly server: Server;
  readonly shelf: Shelf;
  readonly profile: {
    promised: string[];
    promisedAt: Record<string, number>;
    found: string[];
    device(): Promise<string>;
    save(): Promise<void>;
  };
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
  const why = capped ? countedElse(said, kinds) : saidElse(said, about, kinds, await profile.device());
  if (why !== null) throw new ServerLied('promise-mismatch', { why, said: said.kind }); // (3)
  if (profile.promised.includes(promise.leaf) || profile.found.includes(promise.leaf)) {
    if (capped) return;
    throw new ServerLied('promise-mismatch', { why: 'again', said: said.kind }); // (4)
  }
  profile.promised = [...profile.promised, promise.leaf].slice(-MAX_KEPT);
  profile.promisedAt = { ...profile.promisedAt, [promise.leaf]: promise.time };
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

function countedElse(said: LogEvent, kinds: readonly string[]): string | null {
  const of = String(said.detail?.of);
  return kinds.includes(of) && COUNTED.includes(of) ? null : 'kind';
}

/**
 * What is due in a log that is read from now on, with its time (0: kept by an older version): what comes in while the
 * log is read may not be in it yet.
 */
export function due({ profile: { promised, promisedAt } }: Keeper): ReadonlyMap<string, number> {
  return new Map(promised.map((leaf) => [leaf, promisedAt[leaf] ?? 0]));
}

/** Every promise that was due lies in the log, or is accounted for by a restore: now they are only remembered. */
export function settle({ profile }: Keeper, kept: ReadonlyMap<string, number>): void {
  profile.promised = profile.promised.filter((leaf) => !kept.has(leaf));
  profile.promisedAt = Object.fromEntries(Object.entries(profile.promisedAt).filter(([leaf]) => !kept.has(leaf)));
  profile.found = [...profile.found, ...kept.keys()].slice(-MAX_FOUND);
}
