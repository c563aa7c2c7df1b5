/**
 * What this device remembers of its server, so that it cannot be shown two truths: the largest tree, the log's identity,
 * the newest registry. On the disk before anything is shown. Twin of mappe.recipient.pins.
 */
import type { Shelf } from '../store/shelf.ts';

const BOX = 'pins';

export type PinKind = 'tree' | 'log' | 'registry';
/** `hash` is b64u. */
export type Newest = { readonly number: number; readonly hash: string };

const waiting = new Map<string, Promise<unknown>>();

/**
 * One at a time, in all tabs where the browser has locks (a pin that another tab has raised meanwhile must not be
 * lowered again), else in this one.
 */
export async function alone<T>(name: string, act: () => Promise<T>): Promise<T> {
  if (typeof navigator !== 'undefined' && navigator.locks !== undefined) {
    return (await navigator.locks.request(`mappe-${name}`, act)) as T;
  }
  const before = waiting.get(name) ?? Promise.resolve();
  const now = before.then(act, act);
  const settled = now.catch(() => undefined);
  waiting.set(name, settled);
  return now;
}

export class Pins {
  private readonly shelf: Shelf;

  constructor(shelf: Shelf) {
    this.shelf = shelf;
  }

  async newest(kind: PinKind, name: string): Promise<Newest | null> {
    return (await this.shelf.get<Newest>(BOX, `${kind} ${name}`)) ?? null;
  }

  /** Remembers a newer one; one that is not newer than the pin changes nothing. */
  raise(kind: PinKind, name: string, newer: Newest): Promise<void> {
    return alone(`pin-${kind}`, async () => {
      const old = await this.newest(kind, name);
      if (old === null || newer.number > old.number) await this.shelf.put(BOX, `${kind} ${name}`, newer);
    });
  }
}
