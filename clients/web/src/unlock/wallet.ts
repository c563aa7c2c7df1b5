/**
 * The holder's wallet on one device: the door to everything else.
 *
 *     Wallet.create(shelf, …)   a new one          Wallet.adopt(shelf, …)   from passphrase or sheet
 *     Wallet.unlock(shelf, id)  this device knows it already; works without the network
 */
import { notBuilt } from '../errors.ts';
import type { Shelf } from '../store/shelf.ts';
import type { Vault } from '../store/vault.ts';
import type { MethodRow, Profile } from './profile.ts';

/** For the sheet; kept nowhere. Digits come in groups as they are printed. */
export type Secrets = {
  readonly handle: string;
  readonly passphrase: string;
  readonly recoveryCode: readonly string[];
  readonly sheetPin: string;
  readonly stopCode: readonly string[];
};
/** After the locks were changed: these replace what stands on the old sheet. `passphrase` only where it is new too. */
export type FreshSecrets = {
  readonly recoveryCode: readonly string[];
  readonly sheetPin: string;
  readonly passphrase?: string;
};
export type Step = 'stretch' | 'network' | 'open';
export type Steps = (step: Step, done?: number, total?: number) => void;

export type CreateOptions = {
  readonly smallMemory?: boolean;
  readonly passkey?: boolean;
  readonly invitation?: string;
  readonly name?: string;
  /** A server other than the page's own: for tests. */
  readonly origin?: string;
};
export type AdoptOptions = {
  readonly handle: string;
  readonly passphrase?: string;
  readonly recoveryCode?: string;
  readonly sheetPin?: string;
  /** The change number on the sheet or of another device: anything below is refused. */
  readonly floor?: number;
  readonly origin?: string;
};
export type Proof = {
  readonly passphrase?: string;
  readonly recoveryCode?: string;
  readonly pin?: string;
  readonly passkey?: true;
};
export type Device = {
  readonly device: string;
  readonly label: string;
  readonly created: number;
  readonly seen_on: number;
  readonly this: boolean;
};
export type Status = {
  readonly bytes_used: number;
  readonly bytes_allowed: number;
  readonly objects: number;
  readonly objects_allowed: number;
  readonly suspended: boolean;
  readonly recovery_pending_until: number | null;
  readonly created: number;
};

export class Wallet {
  readonly profile: Profile;
  readonly vault: Vault;

  constructor(profile: Profile, vault: Vault) {
    this.profile = profile;
    this.vault = vault;
  }

  static create(shelf: Shelf, options?: CreateOptions, steps?: Steps): Promise<{ wallet: Wallet; secrets: Secrets }> {
    void [shelf, options, steps];
    return notBuilt();
  }

  /** HolderError `recovery-waits` {until} when the recovery code was given without the sheet PIN. */
  static adopt(shelf: Shelf, options: AdoptOptions, steps?: Steps): Promise<Wallet> {
    void [shelf, options, steps];
    return notBuilt();
  }

  /** HolderError `wrong-secret`, `pin-wrong` {tries_left}, `pin-gone`, `no-prf`, `locks-changed`. */
  static unlock(shelf: Shelf, wallet: string, proof: Proof, steps?: Steps): Promise<Wallet> {
    void [shelf, wallet, proof, steps];
    return notBuilt();
  }

  /** Forgets every key in memory. */
  lock(): void {
    notBuilt();
  }

  devices(): Promise<Device[]> {
    return notBuilt();
  }

  /** The device is dead before keys change. A proof whose method stays; what cannot be made anew is dropped. */
  lockOut(device: string, proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    void [device, proof, steps];
    return notBuilt();
  }

  changeLocks(proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    void [proof, steps];
    return notBuilt();
  }

  methods(): readonly MethodRow[] {
    return notBuilt();
  }

  /** Removing a method changes the locks. */
  removeMethod(id: string, proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    void [id, proof, steps];
    return notBuilt();
  }

  /** HolderError `no-prf`, `no-passkey` (the person or the phone said no). */
  addPasskey(): Promise<void> {
    return notBuilt();
  }

  /** Six digits. */
  setPin(pin: string): Promise<void> {
    void pin;
    return notBuilt();
  }

  forgetPin(): Promise<void> {
    return notBuilt();
  }

  /** Stops a recovery that somebody has begun with the recovery code alone. */
  stopRecovery(): Promise<void> {
    return notBuilt();
  }

  status(): Promise<Status> {
    return notBuilt();
  }

  /** Full room by an invitation code; HolderError `invitation-unknown`. */
  invite(code: string): Promise<void> {
    void code;
    return notBuilt();
  }

  rename(name: string): Promise<void> {
    void name;
    return notBuilt();
  }

  /** After a restore of the server every session has ended; the same device comes in again. */
  signInAgain(proof: Proof, steps?: Steps): Promise<void> {
    void [proof, steps];
    return notBuilt();
  }

  /** Ends the session of this device on the server and locks; the wallet stays known here. */
  signOut(): Promise<void> {
    return notBuilt();
  }

  /** Ends the wallet everywhere, then on this device. */
  delete(): Promise<void> {
    return notBuilt();
  }
}

/** From anywhere: ends grants, deposit codes, sessions and PIN shares; opens nothing. */
export function stopEverything(typed: {
  readonly handle: string;
  readonly stopCode: string;
  readonly origin?: string;
}): Promise<void> {
  void typed;
  return notBuilt();
}
