/** A shelf that ends with the page: for tests, and where a browser has no storage to give. */
import type { Shelf, ShelfChange } from './shelf.ts';

export class MemoryShelf implements Shelf {
  private readonly boxes = new Map<string, Map<string, unknown>>();
  private readonly claims = new Map<string, () => void>();

  async get<T>(box: string, key: string): Promise<T | undefined> {
    return structuredClone(this.boxes.get(box)?.get(key)) as T | undefined;
  }

  put(box: string, key: string, value: unknown): Promise<void> {
    return this.write([{ box, key, value }]);
  }

  delete(box: string, key: string): Promise<void> {
    return this.write([{ box, key }]);
  }

  async keys(box: string, prefix = ''): Promise<string[]> {
    return [...(this.boxes.get(box)?.keys() ?? [])].filter((key) => key.startsWith(prefix)).sort();
  }

  async entries<T>(box: string, prefix = ''): Promise<[string, T][]> {
    const keys = await this.keys(box, prefix);
    return keys.map((key) => [key, structuredClone(this.boxes.get(box)?.get(key)) as T]);
  }

  async write(changes: readonly ShelfChange[]): Promise<void> {
    const copied = changes.map(({ box, key, value }) => ({ box, key, value: structuredClone(value) }));
    for (const { box, key, value } of copied) {
      const held = this.boxes.get(box) ?? new Map<string, unknown>();
      this.boxes.set(box, held);
      if (value === undefined) held.delete(key);
      else held.set(key, value);
    }
  }

  async forget(owner: string): Promise<void> {
    for (const held of this.boxes.values()) {
      for (const key of held.keys()) if (key === owner || key.startsWith(`${owner}/`)) held.delete(key);
    }
  }

  async claim(owner: string, lost: () => void): Promise<() => void> {
    this.claims.get(owner)?.();
    this.claims.set(owner, lost);
    return () => {
      if (this.claims.get(owner) === lost) this.claims.delete(owner);
    };
  }
}
