/**
 * The opened papers in memory. Unlocking must not cost a cascade of small operations for each paper, so what was opened
 * once is kept on the shelf as one sealed piece; only what has changed since is opened on its own.
 */
import type { State } from '../formats/chain.ts';
import { type Bytes, fromUtf8, utf8 } from '../formats/encoding.ts';
import { openObject, type Payload } from '../formats/object.ts';
import type { LocalSeal, Sealed } from './local.ts';
import type { Shelf } from './shelf.ts';

const BOX = 'items';
export const OBJECTS = 'objects';
/** Objects opened at once: enough to fill a phone's cores, few enough that the page answers between two batches. */
const BATCH = 24;
/** ms after the last change: several writes in a row are kept once. */
const PAUSE = 700;

export type Item = {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly payload: Payload;
  /** Written here, not yet taken by the server. */
  readonly pending: boolean;
};
export type Row = { readonly key: string; readonly body: string };
type Kept = readonly [id: string, version: number, body: string, payload: Payload];

export function itemOf(id: string, version: number, payload: Payload, pending = false): Item {
  return { id, version, kind: payload.kind, payload, pending };
}

/** The page paints and takes taps between two batches. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export async function inBatches<T, R>(all: readonly T[], work: (one: T) => Promise<R>, told?: (done: number) => void) {
  const out: R[] = [];
  for (let start = 0; start < all.length; start += BATCH) {
    if (start > 0) await breathe();
    out.push(...(await Promise.all(all.slice(start, start + BATCH).map(work))));
    told?.(out.length);
  }
  return out;
}

export class OpenedItems {
  readonly all = new Map<string, Item>();
  /** Named by the chain, but no longer on this device's shelf: the next sync brings them again. */
  readonly lost = new Set<string>();
  private readonly shelf: Shelf;
  private readonly wallet: string;
  private readonly seal: LocalSeal;
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf, wallet: string, seal: LocalSeal) {
    this.shelf = shelf;
    this.wallet = wallet;
    this.seal = seal;
  }

  async load(
    vmk: Bytes,
    wallet: Bytes,
    state: State,
    skip: ReadonlySet<string>,
    told?: (done: number, total: number) => void,
  ): Promise<void> {
    const kept = await this.kept();
    const rest: string[] = [];
    for (const [id, { version, body }] of state.objects) {
      if (body === null || skip.has(id) || this.all.get(id)?.version === version) continue;
      const held = kept.get(id);
      if (held !== undefined && held[1] === version && held[2] === body) this.all.set(id, itemOf(id, version, held[3]));
      else rest.push(id);
    }
    if (rest.length === 0) return;
    const rows = new Map(await this.shelf.entries<Row>(OBJECTS, `${this.wallet}/`));
    const work = async (id: string) => {
      const row = rows.get(`${this.wallet}/${id}`);
      const version = state.objects.get(id)?.version ?? 0;
      // A row that does not open was damaged here: the server's copy is checked against the chain as always.
      const payload =
        row === undefined
          ? null
          : await openObject(vmk, { wallet, id, version }, state.head.epoch, row).catch(() => null);
      if (payload === null) this.lost.add(id);
      else this.all.set(id, itemOf(id, version, payload));
    };
    await inBatches(rest, work, (done) => told?.(done, rest.length));
    this.keepSoon(state);
  }

  private async kept(): Promise<Map<string, Kept>> {
    const sealed = await this.shelf.get<Sealed>(BOX, this.wallet);
    const plain = sealed === undefined ? null : await this.seal.open('local-items', this.wallet, sealed);
    if (plain === null) return new Map();
    // This device wrote it and the seal holds: no second strict reading.
    const rows = JSON.parse(fromUtf8(plain)) as Kept[];
    return new Map(rows.map((row) => [row[0], row]));
  }

  keepSoon(state: State): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    // Only a help for the next unlock: where it fails, the papers are opened one by one.
    this.timer = setTimeout(() => void this.keepNow(state).catch(() => undefined), PAUSE);
  }

  async keepNow(state: State): Promise<void> {
    const rows: Kept[] = [];
    for (const { id, version, payload } of this.all.values()) {
      const at = state.objects.get(id);
      if (at?.version === version && at.body !== null) rows.push([id, version, at.body, payload]);
    }
    const sealed = await this.seal.seal('local-items', this.wallet, utf8(JSON.stringify(rows)));
    if (!this.closed) await this.shelf.put(BOX, this.wallet, sealed);
  }

  close(): void {
    clearTimeout(this.timer);
    this.closed = true;
    this.all.clear();
  }
}
