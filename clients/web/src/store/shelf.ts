/**
 * What this device keeps, as a port: records in boxes, nothing more. On the shelf lie ciphertext, public things, pins and
 * the device key that cannot leave it; nothing here opens a wallet.
 */

export type Put = { readonly box: string; readonly key: string; readonly value: unknown };
export type Remove = { readonly box: string; readonly key: string; readonly value?: undefined };
export type ShelfChange = Put | Remove;

export interface Shelf {
  get<T>(box: string, key: string): Promise<T | undefined>;
  put(box: string, key: string, value: unknown): Promise<void>;
  delete(box: string, key: string): Promise<void>;
  /** In the order of their code units; only those that begin with `prefix`. */
  keys(box: string, prefix?: string): Promise<string[]>;
  /** Keys and values in one read. */
  entries<T>(box: string, prefix?: string): Promise<[key: string, value: T][]>;
  /** All or none; a change without `value` removes. */
  write(changes: readonly ShelfChange[]): Promise<void>;
}
