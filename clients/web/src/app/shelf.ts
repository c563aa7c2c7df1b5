/** The one shelf of this app, and the mark by which a lost one is noticed. */
import { IdbShelf } from '../store/idb.ts';
import { MemoryShelf } from '../store/memory.ts';
import type { Shelf } from '../store/shelf.ts';
import { atOffice } from './office.ts';

let one: Shelf | undefined;

export function shelf(): Shelf {
  one ??= atOffice ? new MemoryShelf() : new IdbShelf();
  return one;
}

/**
 * Browsers clear away what a site keeps (Safari after seven days, others when the disk is full). `localStorage` often
 * survives that, so a word there says that a wallet was here: the app can tell "gone" from "never". It names nothing.
 */
const MARK = 'mappe-here';
const BOX = 'here';

export async function markHere(): Promise<void> {
  if (atOffice) return;
  try {
    await shelf().put(BOX, MARK, 1);
    localStorage.setItem(MARK, '1');
  } catch {
    // Then a lost shelf looks like a new phone; the way back is the same.
  }
}

/** A wallet was here, or the browser does not say. At once, without opening the shelf. */
export function wasHere(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true;
  }
}

/** The shelf is empty although a wallet was here, and nobody has removed it. */
export async function isShelfLost(): Promise<boolean> {
  if (!wasHere()) return false;
  try {
    return (await shelf().get(BOX, MARK)) === undefined;
  } catch {
    return true;
  }
}

/** Whoever begins anew has been told. */
export function unmark(): void {
  try {
    localStorage.removeItem(MARK);
  } catch {
    // Nothing was kept.
  }
}

/** Asks the browser not to clear it away; most say yes to an installed app, some ask the person. */
export async function keepShelf(): Promise<boolean> {
  if (atOffice) return false;
  try {
    return (await navigator.storage?.persisted?.()) || (await navigator.storage?.persist?.()) || false;
  } catch {
    return false;
  }
}

// -- first use that was not finished ---------------------------------------------------------------------------------

const SETUP = 'setup';

/** The sheet of this wallet is not known to exist on paper. */
export function sheetMissing(wallet: string): Promise<void> {
  return shelf().put(SETUP, wallet, 'sheet');
}

export function sheetProved(wallet: string): Promise<void> {
  return shelf().delete(SETUP, wallet);
}

export async function isSheetMissing(wallet: string): Promise<boolean> {
  return (await shelf().get<string>(SETUP, wallet)) !== undefined;
}
