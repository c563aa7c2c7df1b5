/** The server's public keys as this device first saw them, and the answers that are checked with them. */
import type { Server } from '../api/http.ts';
import { notBuilt } from '../errors.ts';
import type { Bytes } from '../formats/encoding.ts';
import type { Shelf } from '../store/shelf.ts';

export class ServerKeys {
  /** The promise key of this name; ServerLied `unknown-key`. */
  promiseKey(kid: string): Promise<Bytes> {
    void kid;
    return notBuilt();
  }

  /** True if the leaf lies in the public log, checked against its signed checkpoint; false while it is pending. */
  included(leaf: Bytes): Promise<boolean> {
    void leaf;
    return notBuilt();
  }
}

/** One for each server on a shelf. */
export function serverKeys(of: { readonly server: Server; readonly shelf: Shelf }): ServerKeys {
  void of;
  return notBuilt();
}
