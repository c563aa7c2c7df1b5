/** A new device comes in by the QR code that one of the holder's devices reads. */
import { notBuilt } from '../errors.ts';
import type { Shelf } from '../store/shelf.ts';
import type { Wallet } from './wallet.ts';

export type JoinMode = 'device' | 'assisted';
/** `digits` are shown on both screens and must be the same. */
export type Joining = {
  readonly url: string;
  readonly digits: string;
  wait(signal: AbortSignal): Promise<Wallet>;
};
export type JoinRequest = {
  readonly digits: string;
  approve(wallet: Wallet, mode: JoinMode): Promise<void>;
};

export function beginJoin(shelf: Shelf, origin?: string): Promise<Joining> {
  void [shelf, origin];
  return notBuilt();
}

/** HolderError `not-a-join`, `other-origin`. */
export function readJoin(url: string): Promise<JoinRequest> {
  void url;
  return notBuilt();
}
