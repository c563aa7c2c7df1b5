/**
 * Store: the wallet's objects on this device, in step with the server's, each write one signed change (chain.md).
 *
 *     sync    → what is new, verified against the pin before it is believed (store/sync.ts)
 *     commit  → objects sealed here, a change signed on the verified head, compare-and-set at the server (store/commit.ts)
 */
import { type Signal, signal } from '@preact/signals';
import { Server } from '../api/http.ts';
import { HolderError, ServerLied } from '../errors.ts';
import type { State } from '../formats/chain.ts';
import { type Bytes, newId, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { checkIdentity, type Genesis, type Identity, openIdentity, readGenesis } from '../formats/wallet.ts';
import type { Profile } from '../unlock/profile.ts';
import { Away } from './away.ts';
import { type Committed, commitWrites, type Write } from './commit.ts';
import { LocalSeal } from './local.ts';
import { type Item, itemOf, OpenedItems } from './opened.ts';
import { Outbox } from './outbox.ts';
import type { Shelf } from './shelf.ts';
import { type SyncOptions, syncVault } from './sync.ts';

export type { Committed, Write } from './commit.ts';
export type { Item } from './opened.ts';

export type WalletGenesis = { readonly payload: Genesis; readonly key: Bytes; readonly wallet: Bytes };

/** Runs a check; what does not hold is the server's lie, not the person's mistake. */
export async function verified<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Refusal) throw new ServerLied(error.code, {}, error);
    throw error;
  }
}

export class Vault {
  readonly profile: Profile;
  readonly shelf: Shelf;
  /** Rises with everything that a screen could show. */
  readonly changed: Signal<number> = signal(0);
  /** Somebody with the recovery code alone gets in then, unless stopped. */
  readonly recoveryUntil: Signal<number | null> = signal(null);
  /** Another window has taken the wallet over: this one can only be locked. */
  readonly takenOver: Signal<boolean> = signal(false);
  readonly genesis: WalletGenesis;
  readonly identity: Identity;
  readonly local: LocalSeal;
  readonly outbox: Outbox;
  readonly away: Away;
  /** Internal to store/ and unlock/. */
  readonly opened: OpenedItems;
  state: State;
  server: Server;
  vmk: Bytes;
  private queue: Promise<unknown> = Promise.resolve();
  private sorted: { of: number; items: readonly Item[] } | undefined;

  private constructor(
    profile: Profile,
    shelf: Shelf,
    server: Server,
    vmk: Bytes,
    genesis: WalletGenesis,
    identity: Identity,
  ) {
    this.profile = profile;
    this.shelf = shelf;
    this.server = server;
    this.vmk = vmk;
    this.genesis = genesis;
    this.identity = identity;
    this.state = profile.state();
    this.local = new LocalSeal(identity, genesis.wallet);
    this.opened = new OpenedItems(shelf, profile.wallet, this.local);
    this.outbox = new Outbox(this);
    this.away = new Away(this);
  }

  /** VMK must open the private halves, and they must fit the genesis: else somebody made this wallet up. */
  static async open(profile: Profile, shelf: Shelf, vmk: Bytes, epoch: number): Promise<Vault> {
    const genesis = await verified(() => readGenesis(profile.genesis));
    const wallet = unb64u(profile.wallet, 32);
    if (genesis.wallet.some((byte, index) => byte !== wallet[index])) throw new ServerLied();
    const identity = await verified(async () => {
      const opened = await openIdentity(vmk, genesis.wallet, epoch, profile.identityBox);
      await checkIdentity(opened, genesis);
      return opened;
    });
    const server = new Server(profile.origin, await profile.deviceKey(), profile.token);
    return new Vault(profile, shelf, server, vmk, genesis, identity);
  }

  /** The papers and what waits, from the shelf into memory. */
  async load(told?: (done: number, total: number) => void): Promise<void> {
    await this.away.load();
    await this.opened.load(this.vmk, this.genesis.wallet, this.state, this.away.ids, told);
    await this.outbox.load();
    this.bump();
  }

  /** The number of the newest change that this device has verified. */
  get number(): number {
    return this.state.head.number;
  }

  /** In the order of their ids; what waits in the outbox lies over what the server has. */
  items(kind?: string): readonly Item[] {
    if (this.sorted?.of !== this.changed.value) {
      const all = new Map(this.opened.all);
      for (const [id, payload] of this.outbox.overlay) {
        if (payload === null) all.delete(id);
        else all.set(id, itemOf(id, all.get(id)?.version ?? 0, payload, true));
      }
      const items = [...all.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
      this.sorted = { of: this.changed.value, items };
    }
    const { items } = this.sorted;
    return kind === undefined ? items : items.filter((item) => item.kind === kind);
  }

  /** HolderError `no-such-paper`; `cache-lost` until the next sync, `left-at-home`. */
  item(id: string): Item {
    const pending = this.outbox.overlay.get(id);
    const held = this.opened.all.get(id);
    if (pending !== undefined && pending !== null) return itemOf(id, held?.version ?? 0, pending, true);
    if (held !== undefined && pending !== null) return held;
    if (this.opened.lost.has(id)) throw new HolderError('cache-lost');
    throw new HolderError(this.away.ids.has(id) ? 'left-at-home' : 'no-such-paper');
  }

  /** How many changes were new. ServerLied `rolled-back`, `forked`, …; HolderError `locks-changed`. */
  sync(options: SyncOptions = {}): Promise<number> {
    return this.exclusive(() => syncVault(this, options));
  }

  /**
   * All or none, now: without a network this throws `offline` and keeps nothing. A change that came in from another device
   * is taken over first; HolderError `edited-elsewhere` where it touches one of the same objects.
   */
  commit(writes: readonly Write[]): Promise<Committed> {
    return this.exclusive(() => commitWrites(this, writes));
  }

  /** One object, now; its id. What a person writes goes through `outbox.put`. */
  async put(payload: JsonObject, id: string = newId()): Promise<string> {
    await this.commit([{ id, payload }]);
    return id;
  }

  /** One after the other: whatever moves the pin or what was promised. Never from inside itself. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.queue.then(() => {
      if (!this.profile.live) throw new HolderError(this.takenOver.value ? 'opened-elsewhere' : 'locked');
      return work();
    });
    this.queue = run.catch(() => undefined);
    return run;
  }

  /** HolderError `not-confirmed`: what is entered must not land in somebody else's wallet. */
  confirmed(): void {
    if (this.profile.unsure) throw new HolderError('not-confirmed');
  }

  bump(): void {
    this.changed.value++;
  }

  /** Forgets every key in memory; what another caller still holds works no more. */
  close(): void {
    this.profile.close();
    this.outbox.close();
    this.local.close();
    this.opened.close();
    this.vmk.fill(0);
    for (const half of [this.identity.sign, this.identity.receive, this.identity.log]) half.fill(0);
  }
}
