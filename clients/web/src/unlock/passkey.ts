/** A passkey as a method: its PRF output is the root (wallet.md, "Passkey"). */
import type { Server } from '../api/http.ts';
import { notBuilt } from '../errors.ts';
import type { Root } from './account.ts';
import type { Profile } from './profile.ts';

export function makerOf(server: Server): (handle: string) => Promise<{ root: Root; passkey: string }> {
  void server;
  return () => notBuilt();
}

export async function askFor(server: Server, profile: Profile): Promise<Root> {
  void [server, profile];
  return notBuilt();
}

export async function ask(server: Server): Promise<{ handle: string; root: Root; id: string }> {
  void server;
  return notBuilt();
}
