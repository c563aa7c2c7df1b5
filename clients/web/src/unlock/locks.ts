/**
 * Changing the locks (wallet.md, "Epochs"): a new VMK, a new identity box, envelopes made anew for the methods that stay,
 * all object keys wrapped again, in one signed change. Removing a method or locking out a device always does this.
 */
import { Problem } from '../api/http.ts';
import { HolderError } from '../errors.ts';
import { type Bytes, random } from '../formats/encoding.ts';
import { unwrapObjectKey, wrapObjectKey } from '../formats/object.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import { RECOVERY_BLOCKS, recoveryRoot, sealIdentity, showCode } from '../formats/wallet.ts';
import { type Change, sendChange } from '../store/commit.ts';
import { inBatches, itemOf, OBJECTS, type Row } from '../store/opened.ts';
import { bringBack, syncVault } from '../store/sync.ts';
import type { Vault } from '../store/vault.ts';
import { type Enrolled, enrol, openMethod, type Root, rootOfPassphrase, sheetPinDigest } from './account.ts';
import type { MethodRow } from './profile.ts';
import { newDigits } from './typed.ts';

/** These replace what stands on the old sheet. `passphrase` only where it is new too. */
export type FreshSecrets = {
  readonly recoveryCode: readonly string[];
  readonly sheetPin: string;
  readonly passphrase?: string;
};

/**
 * `roots`: what the person has just proved, at least one; a passphrase or passkey whose root is here stays, a passphrase
 * without one is replaced, any other method is dropped. HolderError `locks-uncertain` (members: the fresh secrets) when no
 * answer came: old and new sheet are kept until it is known which of them opens.
 */
export async function changeLocks(
  vault: Vault,
  roots: readonly Root[],
  options: { readonly drop?: string; readonly newPassphrase?: boolean } = {},
): Promise<FreshSecrets> {
  const { profile } = vault;
  const proved = new Map<Root, string>();
  for (const root of roots) proved.set(root, (await openMethod(profile, root)).method.id); // what was typed is right
  await vault.outbox.flush();
  return vault.exclusive(async () => {
    await syncVault(vault);
    const epoch = vault.state.head.epoch + 1;
    const vmk = random(32);
    const recovery = random(2 * RECOVERY_BLOCKS);
    const sheetPin = newDigits(6);
    const typed = options.newPassphrase === true ? undefined : roots.find(({ kind }) => kind === 'passphrase');
    const passphrase = typed === undefined ? newDigits(24) : undefined;
    const made: Root[] = [
      typed ?? (await rootOfPassphrase(profile.handle, passphrase as string)),
      { kind: 'recovery', root: await recoveryRoot(profile.handle, recovery) },
      ...roots.filter(({ kind }) => kind === 'passkey'),
    ];
    const methods = await renewed(vault, made, proved, vmk, epoch, sheetPin, options.drop);
    const identityBox = await sealIdentity(vmk, vault.genesis.wallet, epoch, vault.identity);
    const rewrapped = await rewrap(vault, vmk, epoch);
    const more: JsonObject = {
      methods: methods.map(({ row }) => row),
      identity_box: identityBox,
      rewrapped: rewrapped.map(({ id, version, row }) => ({ id, version, key: row.key })),
    };
    const change: Change = {
      entries: [],
      rows: [],
      epoch,
      methods: methods.map(({ plain }): MethodRow => plain),
      identityBox,
      more: more as { [name: string]: Json },
      rewrapped: rewrapped.map(({ id, version, row }) => ({
        item: vault.opened.all.get(id) ?? itemOf(id, version, { v: 1, kind: '' }),
        row,
      })),
    };
    const fresh: FreshSecrets = {
      recoveryCode: showCode(recovery),
      sheetPin,
      ...(passphrase === undefined ? {} : { passphrase }),
    };
    profile.pinLock = null; // its envelope holds the old VMK, and the server erases its share
    try {
      await sendChange(vault, change);
    } catch (error) {
      // refused: the old sheet is the right one
      if (error instanceof Problem && error.status > 0 && error.status < 500) throw error;
      throw new HolderError('locks-uncertain', { ...fresh }, error);
    } finally {
      if (vault.state.head.epoch === epoch) {
        vault.vmk.fill(0);
        vault.vmk = vmk;
      }
    }
    return fresh;
  });
}

async function renewed(
  vault: Vault,
  roots: readonly Root[],
  proved: ReadonlyMap<Root, string>,
  vmk: Bytes,
  epoch: number,
  sheetPin: string,
  drop: string | undefined,
): Promise<Enrolled[]> {
  const { profile, genesis } = vault;
  const out: Enrolled[] = [];
  const left = [...roots];
  for (const old of profile.methods) {
    const at = left.findIndex((root) => root.kind === old.kind && (proved.get(root) ?? old.id) === old.id);
    if (old.id === drop || at < 0) continue; // what cannot be made anew here is dropped, never carried over unchecked
    const [root] = left.splice(at, 1) as [Root];
    const place = { wallet: genesis.wallet, id: old.id, version: old.version + 1, epoch };
    const one = await enrol(profile.handle, root, place, vmk);
    if (root.kind === 'recovery') one.row.pin = await sheetPinDigest(profile.handle, root.root, sheetPin);
    out.push(one);
  }
  return out;
}

type Wrapped = { readonly id: string; readonly version: number; readonly row: Row };

/** The key of every live object, also of those that this device has left at home. */
async function rewrap(vault: Vault, vmk: Bytes, epoch: number): Promise<Wrapped[]> {
  const { profile, genesis, state } = vault;
  if (vault.away.ids.size > 0) {
    await vault.away.callBack();
    await bringBack(vault);
  }
  const rows = new Map(await vault.shelf.entries<Row>(OBJECTS, `${profile.wallet}/`));
  const live = [...state.objects].filter(([, { body }]) => body !== null);
  return inBatches(live, async ([id, { version }]): Promise<Wrapped> => {
    const row = rows.get(`${profile.wallet}/${id}`);
    if (row === undefined) throw new HolderError('cache-lost', { id });
    const place = { wallet: genesis.wallet, id, version };
    const objectKey = await unwrapObjectKey(vault.vmk, place, state.head.epoch, row.key);
    return { id, version, row: { key: await wrapObjectKey(vmk, place, epoch, objectKey), body: row.body } };
  });
}
