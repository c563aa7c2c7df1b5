/**
 * What this device keeps, as a port: records in boxes, nothing more. On the shelf lie ciphertext, public things, pins and
 * the device key that cannot leave it; nothing here opens a wallet. Keys begin with the wallet that they belong to.
 */

export type ShelfChange = { readonly box: string; readonly key: string; readonly value?: unknown };

export interface Shelf {
  get<T>(box: string, key: string): Promise<T | undefined>;
  put(box: string, key: string, value: unknown): Promise<void>;
  delete(box: string, key: string): Promise<void>;
  /** In the order of their code units; only those that begin with `prefix`. */
  keys(box: string, prefix?: string): Promise<string[]>;
  /** Keys and values in one read. */
  entries<T>(box: string, prefix?: string): Promise<[key: string, value: T][]>;
  /** All or none, and on the disk when it returns; a change without `value` removes. HolderError `storage-full`. */
  write(changes: readonly ShelfChange[]): Promise<void>;
  /** Removes what belongs to `owner` in every box: the key `owner`, and all that begin with `owner/`. */
  forget(owner: string): Promise<void>;
  /**
   * Only one window works with a wallet at a time, so that no pin is written over a newer one. The newest gets it; `lost`
   * tells the one before. Returns how to let go.
   */
  claim(owner: string, lost: () => void): Promise<() => void>;
}

/** Numbers in keys sort as text. */
export function numbered(owner: string, number: number): string {
  return `${owner}/${String(number).padStart(10, '0')}`;
}
