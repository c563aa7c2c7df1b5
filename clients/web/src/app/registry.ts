/** The registry for what is shown: the one that was accepted last, or a fresh one; asked for once while the wallet is open. */
import { HolderError } from '../errors.ts';
import type { Registry } from '../formats/registry.ts';
import type { Vault } from '../store/vault.ts';
import { wallet } from './session.ts';

const asked = new WeakMap<Vault, Promise<Registry | null>>();

export function shownRegistry(): Promise<Registry | null> {
  const vault = wallet.peek()?.vault;
  if (vault === undefined) return Promise.resolve(null);
  const found = asked.get(vault) ?? known(vault);
  asked.set(vault, found);
  return found;
}

async function known(vault: Vault): Promise<Registry | null> {
  const { fetchRegistry, keptRegistry } = await import('../grant/registry.ts');
  try {
    return (await keptRegistry(vault)) ?? (await fetchRegistry(vault));
  } catch (error) {
    asked.delete(vault); // another time it may be there
    if (error instanceof HolderError) return null; // also a server that lies: the screens that share stop there
    throw error;
  }
}
