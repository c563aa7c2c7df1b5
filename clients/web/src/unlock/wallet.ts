/**
 * The holder's wallet on one device: the door to everything else.
 *
 *     Wallet.create(shelf, …)   a new one          Wallet.adopt(shelf, …)   from passphrase or sheet
 *     Wallet.unlock(shelf, id)  this device knows it already; works without the network
 */
import { Server, serverNow } from '../api/http.ts';
import { keep as keepPromise } from '../audit/promises.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { readChange } from '../formats/chain.ts';
import { type Bytes, b64u, newId } from '../formats/encoding.ts';
import { signJws } from '../formats/jws.ts';
import { bool, integer, list, maybe, nullable, open, text, time } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { STOP_BLOCKS, stopProof } from '../formats/wallet.ts';
import { sendChange } from '../store/commit.ts';
import type { Exported, Told } from '../store/export.ts';
import { checkKeysKept } from '../store/keeps.ts';
import type { Shelf } from '../store/shelf.ts';
import { syncVault } from '../store/sync.ts';
import { Vault } from '../store/vault.ts';
import {
  create,
  endWait,
  enrol,
  keepEntry,
  openVmk,
  type Root,
  rootOfPassphrase,
  rootOfTyped,
  type Secrets,
  signIn,
} from './account.ts';
import { Fresh } from './fresh.ts';
import { changeLocks, type FreshSecrets } from './locks.ts';
import { findWallet, forgetWallet, type MethodRow, Profile } from './profile.ts';
import { nameOf, type Sign } from './sign.ts';
import { codeOf, handleOf } from './typed.ts';

export type { Secrets } from './account.ts';
export type { FreshSecrets } from './locks.ts';

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

const deviceList = open({
  devices: list(open({ device: text, label: text, created: time, seen_on: time, until: maybe(nullable(time)) })),
});
export type Device = {
  readonly device: string;
  readonly label: string;
  readonly created: number;
  readonly seen_on: number;
  /** When a lent device ends; null for the others. */
  readonly until: number | null;
  readonly this: boolean;
};
const statusShape = open({
  bytes_used: integer(),
  bytes_allowed: integer(),
  objects: integer(),
  objects_allowed: integer(),
  suspended: bool,
  recovery_pending_until: nullable(time),
  created: time,
});
export type Status = ReturnType<typeof statusShape>;

/** Account name, papers, and when somebody last wrote (seconds, as the writer signed it). */
export type Arrival = { readonly handle: string; readonly papers: number; readonly changed: number };

export class Wallet {
  readonly profile: Profile;
  readonly vault: Vault;
  readonly fresh = new Fresh();
  private release: () => void = () => undefined;

  private constructor(profile: Profile, vault: Vault) {
    this.profile = profile;
    this.vault = vault;
  }

  /** The newest window works with the wallet; the one before can only be locked (`vault.takenOver`). */
  static async enter(shelf: Shelf, profile: Profile, vault: Vault): Promise<Wallet> {
    const wallet = new Wallet(profile, vault);
    wallet.release = await shelf.claim(profile.wallet, () => {
      profile.close();
      vault.takenOver.value = true;
    });
    return wallet;
  }

  static async create(
    shelf: Shelf,
    { passkey, origin, ...options }: CreateOptions = {},
    steps?: Steps,
  ): Promise<{ wallet: Wallet; secrets: Secrets }> {
    steps?.('stretch');
    await checkKeysKept(shelf);
    const server = new Server(origin);
    const more = passkey === true ? (await import('./passkey.ts')).makerOf(server) : undefined;
    const made = await create(server, shelf, { ...options, ...(more === undefined ? {} : { more }) });
    steps?.('open');
    const vault = await Vault.open(made.profile, shelf, made.vmk, 1);
    const wallet = await Wallet.enter(shelf, made.profile, vault);
    wallet.fresh.arrive();
    return { wallet, secrets: made.secrets };
  }

  /**
   * The wallet on a new device, or again on one that knows it: then all that it remembers of the server stays in force.
   * Nothing is kept before the first sync has verified everything. HolderError `recovery-waits` {until} when the recovery
   * code was given without the sheet PIN; Problem `pin-wrong` {tries_left}, `sign-in-refused`.
   */
  static adopt(shelf: Shelf, { origin, floor, sheetPin, ...typed }: AdoptOptions, steps?: Steps): Promise<Wallet> {
    const way = (handle: string) => rootOfTyped(handle, typed);
    return Wallet.comeIn(shelf, new Server(origin), typed.handle, way, given({ sheetPin, floor }), steps);
  }

  /**
   * On a computer that is lent for 30 minutes (`profile.until`), from passphrase or sheet; the shelf must be one that ends
   * with the page. The server refuses it methods, devices, PIN, joins and deletion (`assisted-refused`).
   */
  static assist(shelf: Shelf, { origin, floor, sheetPin, ...typed }: AdoptOptions, steps?: Steps): Promise<Wallet> {
    const way = (handle: string) => rootOfTyped(handle, typed);
    const options = { assist: true, ...given({ sheetPin, floor }) };
    return Wallet.comeIn(shelf, new Server(origin), typed.handle, way, options, steps);
  }

  /** By a passkey that another device of the same account has made; the passkey names the wallet. */
  static async adoptByPasskey(shelf: Shelf, origin?: string, steps?: Steps): Promise<Wallet> {
    const server = new Server(origin);
    const { ask } = await import('./passkey.ts');
    const { handle, root, passkey } = await ask(server);
    const wallet = await Wallet.comeIn(shelf, server, handle, async () => root, {}, steps);
    wallet.profile.passkey = passkey;
    await wallet.profile.save();
    return wallet;
  }

  private static async comeIn(
    shelf: Shelf,
    server: Server,
    typedHandle: string,
    way: (handle: string) => Promise<Root>,
    { sheetPin, floor, assist }: { sheetPin?: string; floor?: number; assist?: boolean },
    steps?: Steps,
  ): Promise<Wallet> {
    steps?.('stretch');
    await checkKeysKept(shelf);
    const handle = handleOf(typedHandle);
    const known = await findWallet(shelf, server.origin, handle);
    const stretched = async (name: string) => {
      const root = await way(name);
      steps?.('network');
      return root;
    };
    const options = given({ sheetPin, assist, keys: known?.keys });
    const { profile, vmk, epoch, entry } = await signIn(server, shelf, handle, stretched, options);
    if (known !== undefined && known.wallet !== profile.wallet)
      throw new ServerLied('server-lied', { wallet: profile.wallet });
    if (known !== undefined) profile.remember(known);
    const vault = await Vault.open(profile, shelf, vmk, epoch);
    const told = (done: number, total: number) => steps?.('open', done, total);
    await vault.away.load();
    await vault.sync({ ...given({ floor, known: known?.pin }), told });
    await keepEntry(vault, entry, assist === true);
    await endWait(shelf, handle);
    if (known?.pinLock?.epoch === profile.pin.epoch) profile.pinLock = known.pinLock; // the locks are the same
    await profile.save();
    const wallet = await Wallet.enter(shelf, profile, vault);
    wallet.fresh.arrive();
    await vault.load(told);
    return wallet;
  }

  // -- whose it is ---------------------------------------------------------------------------------------------------

  /** What the person is asked on a device that has not seen this wallet before; null: that is settled. */
  async arrival(): Promise<Arrival | null> {
    const { profile, vault } = this;
    if (!profile.unsure) return null;
    const { time } = await readChange(profile.headChange, vault.genesis.key);
    const papers = vault.items('document').filter(({ payload }) => payload.trashed === undefined);
    return { handle: profile.handle, papers: papers.length, changed: time };
  }

  /** "Yes, that is mine": from now on something can be entered. */
  async mine(): Promise<void> {
    this.profile.unsure = false;
    await this.profile.save();
  }

  /** "No": this device leaves it, here and, where an answer comes, on the server too. */
  async notMine(): Promise<void> {
    const { vault, profile } = this;
    const here = await profile.device();
    await vault.server.post(`/v1/devices/${here}/remove`).catch(() => undefined);
    this.lock();
    await forgetWallet(vault.shelf, profile.wallet);
  }

  /**
   * Opens the wallet that this device knows; only the PIN needs the network. HolderError `wrong-secret`, `no-prf`,
   * `pin-gone`; Problem `pin-wrong` {tries_left}.
   */
  static async unlock(shelf: Shelf, id: string, proof: Proof, steps?: Steps): Promise<Wallet> {
    steps?.('stretch');
    const seen = await Profile.load(shelf, id);
    if (typeof location !== 'undefined' && location.origin !== seen.origin) {
      throw new HolderError('other-origin', { origin: seen.origin });
    }
    const { vmk, answer } = await openBy(seen, proof, steps);
    const profile = await Profile.load(shelf, id); // another window may have written meanwhile
    const vault = await Vault.open(profile, shelf, vmk, profile.pin.epoch);
    const wallet = await Wallet.enter(shelf, profile, vault);
    wallet.fresh.prove();
    steps?.('open');
    await vault.load((done, total) => steps?.('open', done, total));
    try {
      if (answer !== undefined) await vault.exclusive(() => keepPromise(vault, answer, {}, 'pin-released'));
    } catch (error) {
      wallet.lock();
      throw error;
    }
    return wallet;
  }

  /** Forgets every key in memory. */
  lock(): void {
    this.release();
    this.vault.close();
  }

  // -- devices -------------------------------------------------------------------------------------------------------

  /** Every device that may sign in, this one marked. */
  async devices(): Promise<Device[]> {
    const { devices } = await this.vault.server.get('/v1/devices', deviceList);
    const here = await this.profile.device();
    return devices.map((row) => ({ ...row, until: row.until ?? null, this: row.device === here }));
  }

  /** The device is dead before keys change. A proof whose method stays; what cannot be made anew is dropped. */
  async lockOut(device: string, proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    const roots = await this.rootsOf(proof, steps);
    for (const root of roots) await openVmk(this.profile, root);
    await this.removed(device);
    return this.locked(changeLocks(this.vault, roots));
  }

  /** A lent device is sent away before its half hour is over; its keys were in memory only. */
  async endLent(device: string): Promise<void> {
    await this.removed(device);
  }

  private removed(device: string): Promise<void> {
    const { vault } = this;
    return vault.exclusive(async () => {
      const answer = await vault.server.post(`/v1/devices/${device}/remove`);
      await keepPromise(vault, answer, { detail: { device } }, 'device-removed');
    });
  }

  /** A new epoch. HolderError `locks-uncertain` carries the fresh secrets: both sheets are kept until one opens. */
  async changeLocks(proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    return this.locked(changeLocks(this.vault, await this.rootsOf(proof, steps)));
  }

  /** Whoever has changed the locks has proved to be the holder; the number of this device has ended with the old ones. */
  private async locked(change: Promise<FreshSecrets>): Promise<FreshSecrets> {
    const secrets = await change.catch((error: unknown) => {
      if (error instanceof HolderError && error.code === 'locks-uncertain') this.fresh.arrive();
      throw error;
    });
    this.fresh.arrive();
    return secrets;
  }

  /** The same with a new passphrase. */
  async renewPassphrase(proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    return this.locked(changeLocks(this.vault, await this.rootsOf(proof, steps), { newPassphrase: true }));
  }

  private async rootsOf({ passphrase, recoveryCode, passkey }: Proof, steps?: Steps): Promise<Root[]> {
    const { handle } = this.profile;
    const roots: Root[] = [];
    if (passphrase !== undefined) {
      steps?.('stretch');
      roots.push(await rootOfPassphrase(handle, passphrase));
    }
    // Whoever has lost the phone holds only the sheet: its code proves the holder, and is replaced with the locks.
    if (recoveryCode !== undefined) roots.push(await rootOfTyped(handle, { recoveryCode }));
    if (passkey === true) {
      const { askFor } = await import('./passkey.ts');
      roots.push(await askFor(this.vault.server, this.profile));
    }
    if (roots.length === 0) throw new HolderError('no-secret');
    steps?.('network');
    return roots;
  }

  // -- a fresh proof -------------------------------------------------------------------------------------------------

  /**
   * The person at this device is the holder: whatever way opens the wallet here. HolderError `wrong-secret`, `pin-gone`;
   * Problem `pin-wrong` {tries_left}.
   */
  async prove(proof: Proof, steps?: Steps): Promise<void> {
    steps?.('stretch');
    const { vault } = this;
    const { vmk, answer } = await openBy(this.profile, proof, steps);
    const same = vmk.every((byte, at) => byte === vault.vmk[at]);
    vmk.fill(0);
    if (!same) throw new HolderError('wrong-secret');
    if (answer !== undefined) await vault.exclusive(() => keepPromise(vault, answer, {}, 'pin-released'));
    this.fresh.prove();
  }

  // -- methods -------------------------------------------------------------------------------------------------------

  methods(): readonly MethodRow[] {
    return this.profile.methods;
  }

  /** Removing a method changes the locks. */
  async removeMethod(id: string, proof: Proof, steps?: Steps): Promise<FreshSecrets> {
    return this.locked(changeLocks(this.vault, await this.rootsOf(proof, steps), { drop: id }));
  }

  /** HolderError `proof-needed`; `no-prf`, `no-passkey` (the person or the phone said no). */
  async addPasskey(): Promise<void> {
    this.fresh.demand();
    const { makerOf } = await import('./passkey.ts');
    const { vault, profile } = this;
    const { root, passkey } = await makerOf(vault.server)(profile.handle);
    await vault.exclusive(async () => {
      await syncVault(vault);
      const { epoch } = vault.state.head;
      const { plain, row } = await enrol(profile.handle, root, { wallet: vault.genesis.wallet, epoch }, vault.vmk);
      const rows = [...profile.methods.map((method) => ({ ...method })), row];
      const { identityBox } = profile;
      profile.passkey = passkey;
      await sendChange(vault, {
        entries: [],
        rows: [],
        epoch,
        methods: [...profile.methods, plain],
        identityBox,
        more: { methods: rows },
      });
    });
  }

  /** Six digits. HolderError `proof-needed`. */
  async setPin(pin: string): Promise<void> {
    this.fresh.demandForPin(this.profile.pinLock !== null);
    const { setPin } = await import('./pin.ts');
    await setPin(this.vault, pin);
    this.fresh.settle();
  }

  async forgetPin(): Promise<void> {
    const { forgetPin } = await import('./pin.ts');
    await forgetPin(this.vault);
  }

  // -- the account ---------------------------------------------------------------------------------------------------

  /** Stops a recovery that somebody has begun with the recovery code alone. */
  async stopRecovery(): Promise<void> {
    const { vault } = this;
    await vault.exclusive(async () => {
      const answer = await vault.server.post('/v1/recovery/stop');
      vault.recoveryUntil.value = null;
      await keepPromise(vault, answer, {}, 'recovery-stopped');
    });
  }

  status(): Promise<Status> {
    return this.vault.server.get('/v1/wallet/status', statusShape);
  }

  /** Full room by an invitation code; Problem `invitation-unknown`. */
  async invite(code: string): Promise<void> {
    await this.vault.server.post('/v1/wallet/invitation', { code });
  }

  /** Word and sign, on this device only. */
  async rename(name: string, sign: Sign = this.profile.sign): Promise<void> {
    this.profile.name = nameOf(name);
    this.profile.sign = sign;
    await this.profile.save();
  }

  /** After a restore of the server every session has ended; the same device comes in again. */
  async signInAgain(proof: Proof, steps?: Steps): Promise<void> {
    const { vault, profile } = this;
    const [root] = (await this.rootsOf(proof, steps)) as [Root];
    const server = new Server(profile.origin);
    const came = await signIn(server, vault.shelf, profile.handle, async () => root, { keys: profile.keys });
    const fresh = came.profile;
    if (fresh.wallet !== profile.wallet || fresh.genesis !== profile.genesis) throw new ServerLied();
    profile.token = fresh.token;
    this.fresh.prove();
    await profile.save();
    vault.server = new Server(profile.origin, await profile.deviceKey(), profile.token);
    await vault.exclusive(() => keepEntry(vault, came.entry, false));
  }

  /** Ends the session of this device on the server, and locks; the wallet stays known here. */
  async signOut(): Promise<void> {
    await this.vault.server.post('/v1/session/end');
    this.lock();
  }

  /** Everything in one archive (store/export.ts). HolderError `proof-needed`. */
  async export(tell?: Told): Promise<Exported> {
    this.fresh.demand();
    const { exportWallet } = await import('../store/export.ts');
    return exportWallet(this.vault, tell);
  }

  /** Ends the wallet on the server, then on this device; a lost answer can be repeated. HolderError `proof-needed`. */
  async delete(): Promise<void> {
    this.fresh.demand();
    const { vault, profile } = this;
    const payload = { v: 1, wallet: profile.wallet, nonce: newId(), time: serverNow() };
    const erase = await signJws('erase', 'kid', vault.identity.sign, payload);
    await vault.server.post('/v1/wallet/delete', { erase });
    this.lock();
    await forgetWallet(vault.shelf, profile.wallet);
  }
}

/** Only what is there: an optional member is absent, not undefined. */
function given<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never;
}

/** `answer`: what the server says about giving out its share. */
async function openBy(profile: Profile, proof: Proof, steps?: Steps): Promise<{ vmk: Bytes; answer?: JsonObject }> {
  if (proof.pin !== undefined) {
    const { openByPin } = await import('./pin.ts');
    return openByPin(profile, proof.pin, steps);
  }
  if (proof.passkey === true) {
    const { askFor } = await import('./passkey.ts');
    return { vmk: await openVmk(profile, await askFor(new Server(profile.origin), profile)) };
  }
  return { vmk: await openVmk(profile, await rootOfTyped(profile.handle, proof)) };
}

/** From anywhere: ends grants, deposit codes, sessions and PIN shares; opens nothing. Problem `sign-in-refused`. */
export async function stopEverything(typed: {
  readonly handle: string;
  readonly stopCode: string;
  readonly origin?: string;
}): Promise<void> {
  const handle = handleOf(typed.handle);
  const proof = b64u(await stopProof(handle, codeOf(typed.stopCode, STOP_BLOCKS)));
  await new Server(typed.origin).post('/v1/stop', { handle, proof });
}
