/** Six digits that open a wallet on one device (wallet.md, "Device PIN"): neither device nor server alone can try them. */
import { type Stretch, stretchHere } from '../crypto/argon2.ts';
import type { KeyInput } from '../crypto/primitives.ts';
import { derive } from './derive.ts';
import { ascii, type Bytes, concat, readDigits } from './encoding.ts';
import { refuse } from './errors.ts';
import { parseHandle, profileOf } from './wallet.ts';

/** A PIN stretched on its device ("Device PIN"): worth nothing without the share that the server keeps. */
export type DevicePin = { readonly handle: string; readonly mixed: Bytes };

export async function devicePin(
  /** 32 raw bytes, or in a browser a non-extractable HKDF key. */
  secret: KeyInput,
  handle: string,
  typed: string,
  stretch: Stretch = stretchHere,
): Promise<DevicePin> {
  const pin = readDigits(typed);
  if (pin.length !== 6) refuse('malformed', 'device PIN');
  if (secret instanceof Uint8Array && secret.length !== 32) refuse('malformed', 'device secret');
  const name = ascii(parseHandle(handle));
  const stretched = await stretch(ascii(pin), await derive(secret, 'pin-salt', name, 16), profileOf(handle));
  return { handle, mixed: await derive(secret, 'pin-device', concat(name, stretched), 32) };
}

/** What gets the share from the server, which keeps its SHA-256. */
export function devicePinProof(pin: DevicePin): Promise<Bytes> {
  return derive(pin.mixed, 'pin-proof', ascii(parseHandle(pin.handle)), 32);
}

/** The root of the envelope of kind `pin`, which lies on the device. */
export async function devicePinRoot(pin: DevicePin, share: Uint8Array): Promise<Bytes> {
  if (share.length !== 32) refuse('malformed', 'share');
  return derive(concat(pin.mixed, share), 'pin-root', ascii(parseHandle(pin.handle)), 32);
}
