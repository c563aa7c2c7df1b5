/** Store: the wallet's objects on this device, in step with the server's, each write one signed change (chain.md). */
import { type Signal, signal } from '@preact/signals';
import type { Server } from '../api/http.ts';
import { HolderError, notBuilt } from '../errors.ts';
import type { Bytes } from '../formats/encoding.ts';
import type { Payload } from '../formats/object.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Genesis, Identity } from '../formats/wallet.ts';
import type { Profile } from '../unlock/profile.ts';
import type { Outbox } from './outbox.ts';
import type { Shelf } from './shelf.ts';

export type Item = {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly payload: Payload;
  /** Written here, not yet taken by the server. */
  readonly pending: boolean;
};
/** A new version of an object, a new object (`id` fresh), or its end (`payload` null). */
export type Write = { readonly id: string; readonly payload: JsonObject | null };
export type Committed = { readonly number: number; readonly event: string; readonly promise: string };

export class Vault {
  readonly profile: Profile;
  readonly shelf: Shelf;
  readonly server: Server;
  /** Rises with everything that a screen could show. */
  readonly changed: Signal<number> = signal(0);
  /** Somebody with the recovery code alone gets in then, unless stopped. */
  readonly recoveryUntil: Signal<number | null> = signal(null);
  readonly outbox: Outbox;

  protected constructor(profile: Profile, shelf: Shelf, server: Server, outbox: Outbox) {
    this.profile = profile;
    this.shelf = shelf;
    this.server = server;
    this.outbox = outbox;
  }

  /** The number of the newest change that this device has verified. */
  get number(): number {
    return notBuilt();
  }

  get vmk(): Bytes {
    return notBuilt();
  }

  get identity(): Identity {
    return notBuilt();
  }

  get genesis(): { readonly payload: Genesis; readonly key: Bytes; readonly wallet: Bytes } {
    return notBuilt();
  }

  /** In the order of their ids; what waits in the outbox lies over what the server has. */
  items(kind?: string): readonly Item[] {
    void kind;
    return notBuilt();
  }

  /** HolderError `no-such-paper`. */
  item(id: string): Item {
    void id;
    throw new HolderError('not-built');
  }

  /** How many changes were new. ServerLied `rolled-back`, `forked`, …; HolderError `locks-changed`. */
  sync(): Promise<number> {
    return notBuilt();
  }

  /** All or none, now: without a network this throws `offline` and keeps nothing. HolderError `edited-elsewhere`. */
  commit(writes: readonly Write[]): Promise<Committed> {
    void writes;
    return notBuilt();
  }

  /** One object, now; its id. What a person writes goes through `outbox.put`. */
  put(payload: JsonObject, id?: string): Promise<string> {
    void [payload, id];
    return notBuilt();
  }
}
