/** Six digits that open the wallet on this device while the server helps (wallet.md, "Device PIN"). */
import { notBuilt } from '../errors.ts';
import type { Bytes } from '../formats/encoding.ts';
import type { Vault } from '../store/vault.ts';
import type { Profile } from './profile.ts';
import type { Steps } from './wallet.ts';

export async function setPin(vault: Vault, pin: string): Promise<void> {
  void [vault, pin];
  return notBuilt();
}

export async function forgetPin(vault: Vault): Promise<void> {
  void vault;
  return notBuilt();
}

export async function openByPin(profile: Profile, pin: string, steps?: Steps): Promise<Bytes> {
  void [profile, pin, steps];
  return notBuilt();
}
