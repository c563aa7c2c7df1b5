/**
 * Whether this browser can keep a key that it gives to nobody: the device key and the PIN's secret lie on the shelf as
 * such. WebKitGTK seals them with a secret service of the desktop, and where there is none it never answers, not even with
 * an error. Asked before anything is begun on the server, so that nothing hangs half-made.
 */
import { HolderError } from '../errors.ts';
import { IdbShelf } from './idb.ts';
import type { Shelf } from './shelf.ts';

/** Milliseconds: a write takes some ten of them, on a cheap and busy phone some hundred. */
const PATIENCE = 8_000;
/** A database of its own: one that does not answer any more is not to be the one with the wallets. */
const PLACE = 'mappe-probe';

/** HolderError `no-key-store`, or what the shelf throws (`storage-lost`, `storage-full`). */
export async function checkKeysKept(shelf: Shelf): Promise<void> {
  if (!(shelf instanceof IdbShelf)) return; // what ends with the page keeps nothing
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE);
  });
  const tried = tryOne();
  tried.catch(() => undefined); // when it fails after it is too late
  try {
    if (!(await Promise.race([tried, late]))) throw new HolderError('no-key-store');
  } finally {
    clearTimeout(timer);
  }
}

async function tryOne(): Promise<boolean> {
  const probe = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const place = new IdbShelf(PLACE);
  try {
    await place.put('key', 'key', probe);
    const back = await place.get<CryptoKey>('key', 'key');
    return back?.type === 'secret' && !back.extractable;
  } finally {
    await place.close();
    indexedDB.deleteDatabase(PLACE);
  }
}
