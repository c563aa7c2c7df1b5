/** Leaving with everything: an age file that opens without us, and the way back in on another server (export.md). */
import { notBuilt } from '../errors.ts';
import type { Vault } from './vault.ts';

/** `sealed` is NAME.age, `key` NAME.key.age; `passphrase` (24 digits) opens the key file. */
export type Exported = { readonly sealed: Blob; readonly key: Blob; readonly passphrase: string };
export type Told = (name: string, done: number, total: number) => void;

export function exportWallet(vault: Vault, tell?: Told): Promise<Exported> {
  void [vault, tell];
  return notBuilt();
}

/** How many objects came. HolderError `wrong-secret`, `bad-export`, `already-there`; all is checked before any is sent. */
export function importWallet(
  vault: Vault,
  files: { readonly sealed: Blob; readonly key: Blob },
  passphrase: string,
  tell?: Told,
): Promise<number> {
  void [vault, files, passphrase, tell];
  return notBuilt();
}
