/**
 * What the server promised to write down for this device's own acts; the log must hold all of it (log.md, "Promise").
 * Twin of mappe.holder.promises.
 */
import type { Server } from '../api/http.ts';
import { notBuilt } from '../errors.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Shelf } from '../store/shelf.ts';

/** The part of a vault that promises need. */
export type Keeper = {
  readonly server: Server;
  readonly shelf: Shelf;
  readonly profile: { promised: string[]; save(): Promise<void> };
};

/**
 * Checks the promise in an answer and remembers its leaf until the log is read. ServerLied `promise-mismatch`,
 * `bad-signature`, `hash-mismatch`, `unknown-key`.
 */
export function keep(keeper: Keeper, answer: JsonObject, ...kinds: string[]): Promise<void> {
  void [keeper, answer, kinds];
  return notBuilt();
}

/** Every promise kept so far lies in the log; then they are forgotten. ServerLied `promise-broken`. */
export function settle(keeper: Keeper, leaves: Iterable<string>): Promise<void> {
  void [keeper, leaves];
  return notBuilt();
}
