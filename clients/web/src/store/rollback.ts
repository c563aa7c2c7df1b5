/** After a restore: the server shows an older state than this device knows (chain.md, "Newer state"). */
import { notBuilt } from '../errors.ts';
import type { Vault } from './vault.ts';

/** The server is at `shown`, this device at `known`; `ready` of the changes between lie here in a row. */
export type Gap = { readonly shown: number; readonly known: number; readonly ready: number; readonly whole: boolean };

/** null: the server is not behind. ServerLied `forked`. */
export function look(vault: Vault): Promise<Gap | null> {
  void vault;
  return notBuilt();
}

/** Sends again what the server lacks; how many changes. Ask the holder before. HolderError `newer-elsewhere`. */
export function offer(vault: Vault): Promise<number> {
  void vault;
  return notBuilt();
}
