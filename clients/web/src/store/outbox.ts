/**
 * What a person writes. It lies sealed on the shelf before anybody says "kept", and goes to the server in order, now or
 * when the network is back. Without network `vault.items()` shows it as pending.
 */
import { type Signal, signal } from '@preact/signals';
import { type HolderError, notBuilt } from '../errors.ts';
import type { Attachment } from '../formats/attachment.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Progress } from './files.ts';
import type { Write } from './vault.ts';

export class Outbox {
  /** Writes that wait. */
  readonly waiting: Signal<number> = signal(0);
  /** Why the first of them does not go, if not for want of a network (`quota-exceeded`, `edited-elsewhere`, …). */
  readonly stuck: Signal<HolderError | null> = signal(null);

  /** Seals a file on the shelf; what the document says about it. The bytes go before the first write that names them. */
  file(blob: Blob, about: { readonly name: string; readonly media: string }, progress?: Progress): Promise<Attachment> {
    void [blob, about, progress];
    return notBuilt();
  }

  /** Returns when it is safe on this device; sending goes on by itself. Its id. */
  put(payload: JsonObject, id?: string): Promise<string> {
    void [payload, id];
    return notBuilt();
  }

  /** Several objects, all or none. */
  write(writes: readonly Write[]): Promise<void> {
    void writes;
    return notBuilt();
  }

  /** Sends what waits, in order; how many writes went. Throws nothing for want of a network. */
  flush(): Promise<number> {
    return notBuilt();
  }

  /** Drops the first write that is stuck: the person has seen the newer version and wants that one. */
  discardStuck(): Promise<void> {
    return notBuilt();
  }
}
