/**
 * What survives a reload: the name of the open, its key (which cannot be read out) and what was seen last. Never S, never
 * anything derived from it that opens something: whoever finds this computer later finds nothing to open.
 */
import type { Seen } from '../formats/grant.ts';

export type Lease = {
  readonly grant: string;
  readonly id: string;
  readonly keys: CryptoKeyPair;
  readonly until: number;
  readonly passcode: string | null;
  readonly seen?: Seen;
};

const NAME = 'mappe-redeem';
const STORE = 'leases';
const memory = new Map<string, Lease>();

function database(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'grant' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  const db = await database();
  if (db === null) return null;
  return new Promise((resolve) => {
    const finish = (value: T | null) => {
      db.close();
      resolve(value);
    };
    try {
      const transaction = db.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => finish(request.result);
      transaction.onerror = () => finish(null);
      transaction.onabort = () => finish(null);
    } catch {
      finish(null);
    }
  });
}

export async function forgetOld(now: number): Promise<void> {
  const all = (await run<Lease[]>('readonly', (store) => store.getAll())) ?? [];
  for (const lease of all) if (lease.until <= now) await forget(lease.grant);
}

export async function forget(grant: string): Promise<void> {
  memory.delete(grant);
  await run('readwrite', (store) => store.delete(grant));
}

export async function find(grant: string, now: number): Promise<Lease | null> {
  const lease = memory.get(grant) ?? (await run<Lease | undefined>('readonly', (store) => store.get(grant))) ?? null;
  return lease !== null && lease.until > now ? lease : null;
}

export async function keep(lease: Lease): Promise<void> {
  memory.set(lease.grant, lease);
  await run('readwrite', (store) => store.put(lease));
}
