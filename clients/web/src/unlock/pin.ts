/**
 * Six digits that open the wallet on this device while the server helps (wallet.md, "Device PIN"): neither the device
 * alone (the share is missing) nor the server alone (the device secret is missing) can try them.
 */
import { Problem, Server } from '../api/http.ts';
import { keep as keepPromise } from '../audit/promises.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { digest } from '../formats/derive.ts';
import { type Bytes, b64u, newId, random, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { devicePin, devicePinProof, devicePinRoot } from '../formats/pin.ts';
import { hash, open } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { openEnvelope, sealEnvelope } from '../formats/wallet.ts';
import type { Vault } from '../store/vault.ts';
import type { Profile } from './profile.ts';
import { digitsOf } from './typed.ts';
import type { Steps } from './wallet.ts';

const PIN_DIGITS = 6;
const released = open({ share: hash });

/** Its raw bytes are gone when this returns: the browser keeps it and gives it to nobody. */
async function newSecret(): Promise<CryptoKey> {
  const raw = random(32);
  const key = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits']);
  raw.fill(0);
  return key;
}

async function stretched(secret: CryptoKey, handle: string, typed: string) {
  const { stretch } = await import('../crypto/stretch.ts');
  return devicePin(secret, handle, digitsOf(typed, PIN_DIGITS), stretch);
}

/** A new PIN; one before it ends with it. */
export async function setPin(vault: Vault, typed: string): Promise<void> {
  const { profile } = vault;
  const secret = await newSecret();
  const pin = await stretched(secret, profile.handle, typed);
  const share = random(32);
  const root = await devicePinRoot(pin, share);
  const proof = await digest(await devicePinProof(pin));
  await vault.exclusive(async () => {
    const { epoch } = vault.state.head;
    const at = { wallet: vault.genesis.wallet, id: newId(), method: 'pin', version: 1, epoch } as const;
    const envelope = await sealEnvelope(root, profile.handle, at, vault.vmk);
    const answer = await vault.server.put('/v1/pin', { share: b64u(share), proof });
    profile.pinLock = { id: at.id, epoch, envelope, secret };
    await profile.save();
    await keepPromise(vault, answer, {}, 'pin-set');
  });
}

export async function forgetPin(vault: Vault): Promise<void> {
  const { profile } = vault;
  await vault.exclusive(async () => {
    profile.pinLock = null; // here first: without the envelope the share is worth nothing
    await profile.save();
    const answer = await vault.server.post('/v1/pin/forget');
    if ('promise' in answer) await keepPromise(vault, answer, {}, 'pin-ended'); // nothing is written down where none was set
  });
}

/** VMK, and the answer with the promise, to be kept once the wallet is open. Problem `pin-wrong` {tries_left}; HolderError `pin-gone`: the PIN has ended and the device has forgotten it. */
export async function openByPin(
  profile: Profile,
  typed: string,
  steps?: Steps,
): Promise<{ vmk: Bytes; answer: JsonObject }> {
  const lock = profile.pinLock;
  if (lock === null) throw new HolderError('pin-gone');
  const pin = await stretched(lock.secret, profile.handle, typed);
  steps?.('network');
  const server = new Server(profile.origin, await profile.deviceKey(), profile.token);
  const proof = b64u(await devicePinProof(pin));
  const answer = await server.post('/v1/pin/release', { proof }).catch(async (error: unknown) => {
    if (error instanceof Problem && error.code === 'pin-gone') {
      profile.pinLock = null;
      await profile.save();
    }
    throw error;
  });
  const at = { wallet: unb64u(profile.wallet, 32), id: lock.id, method: 'pin', version: 1, epoch: lock.epoch } as const;
  try {
    const { share } = released(answer);
    const root = await devicePinRoot(pin, unb64u(share, 32));
    return { vmk: await openEnvelope(root, profile.handle, at, lock.envelope), answer };
  } catch (error) {
    // the proof was right, so the server gave another share than it was given
    if (error instanceof Refusal) throw new ServerLied('server-lied', {}, error);
    throw error;
  }
}
