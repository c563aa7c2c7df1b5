/** One wallet on several devices against a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryShelf } from '../../src/store/memory.ts';
import { listWallets } from '../../src/unlock/profile.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { child, codeOf, newPerson, paper, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
}, 120_000);
afterAll(() => server.remove());

describe('a vault', () => {
  it('keeps papers, and another device of the holder reads them', async () => {
    const person = await newPerson(server.origin);
    const { vault } = person.wallet;
    const id = await vault.put(paper('Titel'));
    await vault.commit([{ id: await vault.put(child('Amal')), payload: null }]);
    expect(vault.items('document').map((item) => [item.id, item.version, item.pending])).toEqual([[id, 1, false]]);
    expect(vault.items('person')).toEqual([]);

    const second = await secondDevice(server.origin, person);
    expect(second.vault.number).toBe(vault.number);
    expect(second.vault.items()).toEqual(vault.items());
    await second.vault.put(paper('Titel, neu'), id);
    expect(await vault.sync()).toBe(1);
    expect(vault.item(id).payload.title).toBe('Titel, neu');
    expect(await codeOf(Promise.resolve().then(() => vault.item('AAAAAAAAAAAAAAAAAAAAAA')))).toBe('no-such-paper');
  });

  it('opens again on its device without a network, with each secret and no other', async () => {
    const person = await newPerson(server.origin);
    await person.wallet.vault.put(paper('A'));
    await person.wallet.vault.opened.keepNow(person.wallet.vault.state);
    await person.wallet.vault.put(paper('B'));
    const before = person.wallet.vault.items();
    const { profile } = person.wallet;
    person.wallet.lock();
    expect(person.wallet.vault.vmk.every((byte) => byte === 0)).toBe(true);
    expect((await listWallets(person.shelf))[0]?.handle).toBe(person.secrets.handle);
    const { passphrase, recoveryCode } = person.secrets;
    for (const proof of [{ passphrase }, { recoveryCode: recoveryCode.join(' ') }]) {
      const again = await Wallet.unlock(person.shelf, profile.wallet, proof);
      expect(again.vault.items()).toEqual(before);
      again.lock();
    }
    const wrong = { passphrase: '123456789012345678901234' };
    expect(await codeOf(Wallet.unlock(person.shelf, profile.wallet, wrong))).toBe('wrong-secret');
    expect(await codeOf(Wallet.unlock(person.shelf, profile.wallet, { passphrase: '1234' }))).toBe('bad-digits');
    expect(await codeOf(Wallet.unlock(person.shelf, profile.wallet, { recoveryCode: '000001' }))).toBe('bad-code');
    expect(await codeOf(Wallet.unlock(person.shelf, profile.wallet, {}))).toBe('no-secret');
    expect(await codeOf(Wallet.unlock(new MemoryShelf(), profile.wallet, { passphrase }))).toBe('no-wallet');
  });

  it('takes over what another device wrote, and overwrites nothing of it', async () => {
    const person = await newPerson(server.origin);
    const { vault } = person.wallet;
    const id = await vault.put(child('eins'));
    const second = await secondDevice(server.origin, person);
    await second.vault.put(child('zwei'));
    await vault.put(child('drei')); // on a stale head: taken over first
    expect(vault.items('person')).toHaveLength(3);
    await second.vault.sync();
    await second.vault.put(child('eins, anders'), id);
    expect(await codeOf(vault.put(child('eins, auch anders'), id))).toBe('edited-elsewhere');
    expect(vault.item(id).payload.label).toBe('eins, anders');
  });

  it('changes the locks: the old ones open nothing more, everything else stays', async () => {
    const person = await newPerson(server.origin);
    const { wallet, secrets } = person;
    const id = await wallet.vault.put(paper('bleibt'));
    const lost = await secondDevice(server.origin, person);
    const device = (await wallet.devices()).find((one) => !one.this)?.device as string;
    const fresh = await wallet.lockOut(device, { passphrase: secrets.passphrase });
    expect(fresh.passphrase).toBeUndefined();
    expect(await codeOf(lost.vault.sync())).toBe('session-invalid');
    expect(wallet.vault.item(id).payload.title).toBe('bleibt');
    await wallet.vault.put(paper('danach'));

    const at = { origin: server.origin, handle: secrets.handle };
    const old = { recoveryCode: secrets.recoveryCode.join(' '), sheetPin: secrets.sheetPin };
    expect(await codeOf(Wallet.adopt(new MemoryShelf(), { ...at, ...old }))).toBe('sign-in-refused');
    const sheet = { recoveryCode: fresh.recoveryCode.join(' '), sheetPin: fresh.sheetPin };
    const third = await Wallet.adopt(new MemoryShelf(), { ...at, ...sheet, floor: wallet.vault.number });
    expect(third.vault.items()).toEqual(wallet.vault.items());
    wallet.lock();
    const again = await Wallet.unlock(person.shelf, wallet.profile.wallet, { passphrase: secrets.passphrase });
    expect(again.vault.items()).toEqual(third.vault.items());
  });

  it('says so when the locks were changed elsewhere, and comes in anew with all that it remembers', async () => {
    const person = await newPerson(server.origin);
    const shelf = new MemoryShelf();
    const second = await secondDevice(server.origin, person, shelf);
    second.profile.answered.push('AAAAAAAAAAAAAAAAAAAAAA');
    await second.profile.save();
    await person.wallet.changeLocks({ passphrase: person.secrets.passphrase });
    expect(await codeOf(second.vault.sync())).toBe('locks-changed');
    second.lock();
    const again = await secondDevice(server.origin, person, shelf);
    expect(again.profile.answered).toEqual(['AAAAAAAAAAAAAAAAAAAAAA']);
    expect(await again.profile.device()).toBe(await second.profile.device());
    await again.vault.put(child('geht'));
  });

  it('waits 72 hours for the recovery code alone, and is stopped from a device', async () => {
    const person = await newPerson(server.origin);
    const shelf = new MemoryShelf();
    const typed = {
      origin: server.origin,
      handle: person.secrets.handle,
      recoveryCode: person.secrets.recoveryCode.join(''),
    };
    expect(await codeOf(Wallet.adopt(shelf, typed))).toBe('recovery-waits');
    await person.wallet.vault.sync();
    expect(person.wallet.vault.recoveryUntil.value).toBeGreaterThan(Date.now() / 1000 + 71 * 3600);
    await person.wallet.stopRecovery();
    await person.wallet.vault.sync();
    expect(person.wallet.vault.recoveryUntil.value).toBeNull();
    const wrong = { ...typed, sheetPin: person.secrets.sheetPin === '111111' ? '222222' : '111111' };
    expect(await codeOf(Wallet.adopt(shelf, wrong))).toBe('pin-wrong');
    const right = await Wallet.adopt(shelf, { ...typed, sheetPin: person.secrets.sheetPin });
    expect(right.vault.number).toBe(person.wallet.vault.number);
  });

  it('tells its methods, devices and room, and ends', async () => {
    const { wallet, shelf } = await newPerson(server.origin);
    expect(
      wallet
        .methods()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['passphrase', 'recovery']);
    expect(await wallet.devices()).toMatchObject([{ label: 'device', this: true, until: null }]);
    expect((await wallet.status()).suspended).toBe(false);
    await wallet.delete();
    expect(await listWallets(shelf)).toEqual([]);
    expect(await shelf.keys('objects')).toEqual([]);
  });

  it('works in one window at a time', async () => {
    const { wallet, shelf, secrets } = await newPerson(server.origin);
    const newer = await Wallet.unlock(shelf, wallet.profile.wallet, { passphrase: secrets.passphrase });
    expect(wallet.vault.takenOver.value).toBe(true);
    expect(await codeOf(wallet.vault.sync())).toBe('opened-elsewhere');
    await newer.vault.put(child('geht'));
  });
});
