/**
 * What this device seals for itself: the opened papers, what waits to be sent, the keys of unfinished uploads. The key
 * comes from the wallet's identity, not from VMK, because it must open again after the locks were changed elsewhere.
 */
import { aesOpen, aesSeal } from '../crypto/primitives.ts';
import { HolderError } from '../errors.ts';
import { derive, labelled } from '../formats/derive.ts';
import { ascii, type Bytes, b64u, concat, random } from '../formats/encoding.ts';
import type { Identity } from '../formats/wallet.ts';

export type Sealed = { readonly iv: Bytes; readonly data: Bytes };
/** What it is for; each has a key of its own. */
type Use = 'local-items' | 'local-outbox' | 'local-upload' | 'local-away' | 'local-move';

export class LocalSeal {
  private readonly identity: Identity;
  private readonly wallet: Bytes;
  private closed = false;

  constructor(identity: Identity, wallet: Bytes) {
    this.identity = identity;
    this.wallet = wallet;
  }

  /** After the wallet was locked nothing may be sealed any more: its keys are zero bytes then. */
  private key(use: Use): Promise<Bytes> {
    if (this.closed) throw new HolderError('locked');
    return derive(this.identity.sign, use, this.wallet, 32);
  }

  close(): void {
    this.closed = true;
  }

  /** `place` is where it lies: what is sealed for one place opens in no other. */
  async seal(use: Use, place: string, plaintext: Uint8Array): Promise<Sealed> {
    const iv = random(12);
    return { iv, data: await aesSeal(await this.key(use), iv, labelled(use, ascii(place)), plaintext) };
  }

  /** null: not sealed by this wallet for this place. */
  async open(use: Use, place: string, { iv, data }: Sealed): Promise<Bytes | null> {
    return aesOpen(await this.key(use), iv, labelled(use, ascii(place)), data);
  }

  /** A name on the shelf for something that must not be recognised by it. */
  async name(use: Use, what: Bytes): Promise<string> {
    const key = await derive(await this.key(use), 'local-name', concat(this.wallet, what), 16);
    return b64u(key);
  }
}
