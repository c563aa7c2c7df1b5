/** The shelf in IndexedDB: one store, keys [box, key], so that a new box needs no new version of the database. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { HolderError } from '../errors.ts';
import type { Shelf, ShelfChange } from './shelf.ts';

const STORE = 'shelf';
/** No key holds it, and it sorts behind every key. */
const LAST = '\uffff';

interface Schema extends DBSchema {
  shelf: { key: [string, string]; value: unknown };
}

export class IdbShelf implements Shelf {
  private readonly name: string;
  private db: Promise<IDBPDatabase<Schema>> | undefined;

  constructor(name = 'mappe') {
    this.name = name;
  }

  private open(): Promise<IDBPDatabase<Schema>> {
    this.db ??= openDB<Schema>(this.name, 1, {
      upgrade: (db) => void db.createObjectStore(STORE),
      // a newer app in another window wants to change the database; this one must not hold it up
      blocking: () => void this.close(),
      terminated: () => {
        this.db = undefined;
      },
    });
    return this.db;
  }

  async close(): Promise<void> {
    const db = this.db;
    this.db = undefined;
    (await db)?.close();
  }

  /** Once more on a new connection: browsers close them when they clean up or wake from sleep. */
  private async run<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    for (let again = false; ; again = true) {
      try {
        return await work(await this.open());
      } catch (error) {
        this.db = undefined;
        const name = error instanceof DOMException ? error.name : '';
        if (name === 'QuotaExceededError') throw new HolderError('storage-full', {}, error);
        if (again || name === 'DataCloneError') throw new HolderError('storage-lost', { name }, error);
      }
    }
  }

  get<T>(box: string, key: string): Promise<T | undefined> {
    return this.run((db) => db.get(STORE, [box, key]) as Promise<T | undefined>);
  }

  put(box: string, key: string, value: unknown): Promise<void> {
    return this.write([{ box, key, value }]);
  }

  delete(box: string, key: string): Promise<void> {
    return this.write([{ box, key }]);
  }

  keys(box: string, prefix = ''): Promise<string[]> {
    return this.run(async (db) => (await db.getAllKeys(STORE, range(box, prefix))).map(([, key]) => key));
  }

  entries<T>(box: string, prefix = ''): Promise<[string, T][]> {
    return this.run(async (db) => {
      const store = db.transaction(STORE, 'readonly').store;
      const [keys, values] = await Promise.all([
        store.getAllKeys(range(box, prefix)),
        store.getAll(range(box, prefix)),
      ]);
      return keys.map(([, key], index) => [key, values[index] as T]);
    });
  }

  write(changes: readonly ShelfChange[]): Promise<void> {
    return this.run(async (db) => {
      const transaction = db.transaction(STORE, 'readwrite', { durability: 'strict' });
      const done = transaction.done.catch((error: unknown) => error);
      try {
        for (const { box, key, value } of changes) {
          const step =
            value === undefined ? transaction.store.delete([box, key]) : transaction.store.put(value, [box, key]);
          step.catch(() => undefined); // `done` says why
        }
      } catch (error) {
        transaction.abort(); // else what came before would be kept alone
        await done;
        throw error;
      }
      const failed = await done;
      if (failed !== undefined) throw failed;
    });
  }

  forget(owner: string): Promise<void> {
    return this.run(async (db) => {
      const transaction = db.transaction(STORE, 'readwrite', { durability: 'strict' });
      const all = await transaction.store.getAllKeys();
      const gone = all.filter(([, key]) => key === owner || key.startsWith(`${owner}/`));
      await Promise.all([...gone.map((key) => transaction.store.delete(key)), transaction.done]);
    });
  }

  claim(owner: string, lost: () => void): Promise<() => void> {
    return new Promise((resolve) => {
      if (navigator.locks === undefined) return resolve(() => {});
      let release = () => {};
      const held = new Promise<void>((end) => {
        release = end;
      });
      const request = navigator.locks.request(`${this.name}/${owner}`, { steal: true }, () => {
        resolve(release);
        return held;
      });
      request.catch(lost); // stolen by a newer window
    });
  }
}

function range(box: string, prefix: string): IDBKeyRange {
  return IDBKeyRange.bound([box, prefix], [box, prefix + LAST]);
}
