/**
 * What one device remembers of one wallet between visits. Nothing in it opens the wallet: the device key signs requests
 * and cannot leave the browser, the envelopes are ciphertext. The pins make a lying server visible, so they are on the
 * shelf before the person is told that something was done. Losing it all loses no paper.
 */
import type { Restored } from '../audit/restored.ts';
import { HolderError } from '../errors.ts';
import type { Objects, Pin, State } from '../formats/chain.ts';
import { b64u } from '../formats/encoding.ts';
import { type DpopKey, esDpopKey, generateDpopPair, jwkThumbprint } from '../formats/sign_in.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Method } from '../formats/wallet.ts';
import type { Sealed } from '../store/local.ts';
import type { Shelf, ShelfChange } from '../store/shelf.ts';
import { isSign, SIGNS, type Sign } from './sign.ts';

const BOX = 'wallets';

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
  readonly sign: Sign;
  readonly origin: string;
  readonly methods: readonly Method[];
  readonly pin: boolean;
  readonly passkey: boolean;
};

/** The newest log entry verified, and up to which the public tree was asked (audit/journal.ts). */
export type LogPin = { seq: number; leaf: string; proved: number };

/** The newest change verified. `ancestors`: number → hash of earlier ones, to tell a rollback from a fork. */
type StoredPin = {
  readonly number: number;
  readonly head: string;
  readonly epoch: number;
  readonly objects: Objects;
  readonly ancestors: ReadonlyMap<number, string>;
};
export const NO_PIN: StoredPin = { number: 0, head: '', epoch: 1, objects: new Map(), ancestors: new Map() };

/** The PIN of this device (unlock/pin.ts): its envelope and its secret never leave the browser. */
export type PinLock = {
  readonly id: string;
  readonly epoch: number;
  readonly envelope: string;
  /** HKDF, not extractable. */
  readonly secret: CryptoKey;
};
/** A passkey that was made or used on this device. */
export type Passkey = { readonly id: string; readonly rpId: string };

/** Which device wrote this version of an object, and when (seconds, by its own clock). */
export type Writer = { readonly version: number; readonly device: string; readonly time: number };

export type Stored = {
  readonly v: 1;
  origin: string;
  handle: string;
  wallet: string;
  name: string;
  sign: Sign;
  token: string;
  genesis: string;
  identityBox: string;
  methods: readonly MethodRow[];
  pin: StoredPin;
  headChange: string;
  statement: string;
  logPin: LogPin;
  registry: JsonObject;
  answered: string[];
  promised: string[];
  /** Leaf of `promised` → time of the promise. */
  promisedAt: Record<string, number>;
  /** Of the server, as this device met them and nobody has answered yet (audit/restored.ts). */
  restores: Restored[];
  /** Promised before, and seen in the log (audit/promises.ts). */
  found: string[];
  keys: CryptoKeyPair;
  pinLock: PinLock | null;
  passkey: Passkey | null;
  /** When a lent device ends, in seconds; null: this one is the holder's own. */
  until: number | null;
  /** Which papers are left at home (store/away.ts), sealed: a locked phone does not tell how many. */
  away: Sealed | null;
  /** Of the newest versions that other devices have written, as far as this one has seen the changes. */
  writers: ReadonlyMap<string, Writer>;
  /** Nobody has said yet that this wallet is theirs (wallet.md, "A device that has not seen the wallet"). */
  unsure: boolean;
};

export type Beginning = Pick<
  Stored,
  'origin' | 'handle' | 'wallet' | 'token' | 'genesis' | 'identityBox' | 'methods' | 'keys'
> &
  Partial<Stored>;

export class Profile implements Stored {
  readonly v = 1 as const;
  origin: string;
  handle: string;
  wallet: string;
  name: string;
  sign: Sign;
  token: string;
  genesis: string;
  identityBox: string;
  methods: readonly MethodRow[];
  pin: StoredPin;
  headChange: string;
  statement: string;
  logPin: LogPin;
  registry: JsonObject;
  answered: string[];
  promised: string[];
  promisedAt: Record<string, number>;
  restores: Restored[];
  found: string[];
  keys: CryptoKeyPair;
  pinLock: PinLock | null;
  passkey: Passkey | null;
  until: number | null;
  away: Sealed | null;
  writers: ReadonlyMap<string, Writer>;
  unsure: boolean;
  private readonly shelf: Shelf;
  private open = true;

  constructor(shelf: Shelf, from: Beginning) {
    this.shelf = shelf;
    this.origin = from.origin;
    this.handle = from.handle;
    this.wallet = from.wallet;
    this.name = from.name ?? '';
    this.sign = signOf(from.sign);
    this.token = from.token;
    this.genesis = from.genesis;
    this.identityBox = from.identityBox;
    this.methods = from.methods;
    this.pin = from.pin ?? NO_PIN;
    this.headChange = from.headChange ?? '';
    this.statement = from.statement ?? '';
    this.logPin = from.logPin ?? { seq: 0, leaf: '', proved: 0 };
    this.registry = from.registry ?? {};
    this.answered = from.answered ?? [];
    this.promised = from.promised ?? [];
    this.promisedAt = from.promisedAt ?? {};
    this.restores = from.restores ?? [];
    this.found = from.found ?? [];
    this.keys = from.keys;
    this.pinLock = from.pinLock ?? null;
    this.passkey = from.passkey ?? null;
    this.until = from.until ?? null;
    this.away = from.away ?? null;
    this.writers = from.writers ?? new Map();
    this.unsure = from.unsure ?? false;
  }

  /** HolderError `no-wallet`. */
  static async load(shelf: Shelf, wallet: string): Promise<Profile> {
    const stored = await shelf.get<Stored>(BOX, wallet);
    if (stored === undefined) throw new HolderError('no-wallet');
    return new Profile(shelf, stored);
  }

  /** With whatever belongs to the same step: all or none. HolderError `opened-elsewhere` after another window took over. */
  async save(more: readonly ShelfChange[] = []): Promise<void> {
    if (!this.open) throw new HolderError('opened-elsewhere');
    const { shelf: _, open: __, ...value } = this;
    await this.shelf.write([...more, { box: BOX, key: this.wallet, value }]);
  }

  /** From now on this object writes nothing: another window has the wallet, or it is gone. */
  close(): void {
    this.open = false;
  }

  get live(): boolean {
    return this.open;
  }

  /** What this device has seen of the server and promised by it outlives signing in anew. */
  remember(before: Stored): void {
    const { logPin, registry, answered, promised, promisedAt = {}, restores = [], found = [] } = before;
    const { name, pin, away, passkey } = before;
    const sign = signOf(before.sign);
    const seen = { logPin, registry, answered, promised, promisedAt, restores, found };
    Object.assign(this, { ...seen, name, away, passkey, sign });
    if (pin.number > 0) {
      this.unsure = before.unsure ?? false;
      this.pin = { ...this.pin, ancestors: new Map([...pin.ancestors, [pin.number, pin.head]]) };
    }
  }

  deviceKey(): Promise<DpopKey> {
    return esDpopKey(this.keys);
  }

  /** The name under which the server knows this device. */
  async device(): Promise<string> {
    return deviceOf(this.keys);
  }

  state(): State {
    const { number, head, epoch, objects } = this.pin;
    return { head: { number, hash: number === 0 ? null : head, epoch }, objects };
  }

  pinned(): Pin | null {
    return this.pin.number === 0 ? null : { number: this.pin.number, head: this.pin.head };
  }
}

/** A wallet that came before there were signs has the first one. */
function signOf(kept: unknown): Sign {
  return isSign(kept) ? kept : SIGNS[0];
}

/** One that no other wallet on this device has; with more wallets than signs they come again. */
export async function freeSign(shelf: Shelf, wallet: string): Promise<Sign> {
  const others = (await listWallets(shelf)).filter((one) => one.wallet !== wallet);
  const taken = new Set(others.map(({ sign }) => sign));
  return SIGNS.find((one) => !taken.has(one)) ?? (SIGNS[others.length % SIGNS.length] as Sign);
}

export function newDeviceKeys(): Promise<CryptoKeyPair> {
  return generateDpopPair();
}

export async function deviceOf(keys: CryptoKeyPair): Promise<string> {
  return b64u(await jwkThumbprint((await esDpopKey(keys)).jwk));
}

export async function listWallets(shelf: Shelf): Promise<WalletOnDevice[]> {
  const all = await shelf.entries<Stored>(BOX);
  return all.map(([, { wallet, handle, name, sign, origin, methods, pinLock, passkey }]) => ({
    wallet,
    handle,
    name,
    sign: signOf(sign),
    origin,
    methods: methods.map(({ kind }) => kind),
    pin: pinLock !== null,
    passkey: passkey !== null || methods.some(({ kind }) => kind === 'passkey'),
  }));
}

/** Everything of this wallet goes from this device; the wallet stays on the server. */
export function forgetWallet(shelf: Shelf, wallet: string): Promise<void> {
  return shelf.forget(wallet);
}

/** The wallet of this account, where the device knows it already. */
export async function findWallet(shelf: Shelf, origin: string, handle: string): Promise<Stored | undefined> {
  const all = await shelf.entries<Stored>(BOX);
  return all.map(([, stored]) => stored).find((stored) => stored.origin === origin && stored.handle === handle);
}
