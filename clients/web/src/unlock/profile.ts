/** What one device remembers of one wallet between visits. */
import { notBuilt } from '../errors.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Method } from '../formats/wallet.ts';
import type { Shelf } from '../store/shelf.ts';

export type MethodRow = {
  readonly id: string;
  readonly kind: Method;
  readonly version: number;
  readonly envelope: string;
};

/** For the list of wallets on a locked device: nothing about what is inside. */
export type WalletOnDevice = {
  readonly wallet: string;
  readonly handle: string;
  /** The word that the person has given it on this device; empty until then. */
  readonly name: string;
  readonly origin: string;
  readonly methods: readonly Method[];
  readonly pin: boolean;
  readonly passkey: boolean;
};

/** The newest log entry verified, and up to which the public tree was asked (audit/journal.ts). */
export type LogPin = { seq: number; leaf: string; proved: number };

export class Profile {
  wallet = '';
  handle = '';
  origin = '';
  name = '';
  /** Of audit/ and grant/: kept here because it outlives signing in anew. */
  logPin: LogPin = { seq: 0, leaf: '', proved: 0 };
  registry: JsonObject = {};
  answered: string[] = [];
  promised: string[] = [];

  save(): Promise<void> {
    return notBuilt();
  }
}

export async function listWallets(shelf: Shelf): Promise<WalletOnDevice[]> {
  void shelf;
  return notBuilt();
}

/** Everything of this wallet goes from this device; the wallet stays on the server. */
export async function forgetWallet(shelf: Shelf, wallet: string): Promise<void> {
  void shelf;
  void wallet;
  return notBuilt();
}
