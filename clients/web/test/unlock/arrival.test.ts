/** A device that is new to a wallet asks whose it is; weighty things ask for a fresh proof; wallets are told apart. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MemoryShelf } from '../../src/store/memory.ts';
import { ARRIVAL_SECONDS, Fresh, PROOF_SECONDS } from '../../src/unlock/fresh.ts';
import { beginJoin, readJoin } from '../../src/unlock/join.ts';
import { findWallet, listWallets } from '../../src/unlock/profile.ts';
import { MAX_NAME, nameOf, SIGNS } from '../../src/unlock/sign.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { child, codeOf, newPerson, type Person, paper } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
let person: Person;
beforeAll(async () => {
  server = await TestServer.start();
}, 120_000);
afterAll(() => server.remove());
beforeEach(async () => {
  person = await newPerson(server.origin);
});

const never = new AbortController().signal;

function typed(floor = 0) {
  const { handle, passphrase } = person.secrets;
  return { origin: server.origin, handle, passphrase, floor };
}

/** The clock on the wall goes on by so much. */
function later(seconds: number): void {
  const now = Date.now;
  Date.now = () => now() + seconds * 1000;
  onTestFinished(() => {
    Date.now = now;
  });
}

async function joined(shelf: MemoryShelf, mode: 'device' | 'assisted' = 'device'): Promise<Wallet> {
  const joining = await beginJoin(shelf, server.origin);
  await (await readJoin(joining.url)).approve(person.wallet, mode);
  return joining.wait(never);
}

describe('a device that is new to a wallet', () => {
  it.each<[string, (shelf: MemoryShelf) => Promise<Wallet>]>([
    ['by 24 digits', (shelf) => Wallet.adopt(shelf, typed())],
    [
      'by the sheet',
      (shelf) => {
        const { handle, recoveryCode, sheetPin } = person.secrets;
        const sheet = { origin: server.origin, handle, recoveryCode: recoveryCode.join(''), sheetPin };
        return Wallet.adopt(shelf, sheet);
      },
    ],
    ['by another device', (shelf) => joined(shelf)],
    ['lent for half an hour', (shelf) => joined(shelf, 'assisted')],
  ])('%s shows it, and takes nothing before somebody says that it is theirs', async (_, comeIn) => {
    const { vault } = person.wallet;
    await vault.put(paper('Titel'));
    await vault.put({ ...paper('weg'), trashed: 1 });
    await vault.put(child('Amal'));
    const number = vault.number;
    const wallet = await comeIn(new MemoryShelf());
    const arrival = await wallet.arrival();
    expect(arrival).toMatchObject({ handle: person.secrets.handle, papers: 1 });
    expect(Math.abs((arrival?.changed ?? 0) - Date.now() / 1000)).toBeLessThan(120);
    expect(await codeOf(wallet.vault.put(paper('zu früh')))).toBe('not-confirmed');
    expect(await codeOf(wallet.vault.outbox.put(paper('zu früh')))).toBe('not-confirmed');
    await vault.sync();
    expect(vault.number).toBe(number);
    await wallet.mine();
    expect(await wallet.arrival()).toBeNull();
    await wallet.vault.put(paper('jetzt'));
    expect(await vault.sync()).toBe(1);
  });

  it('asks again after the tab was closed, and not after a yes', async () => {
    const shelf = new MemoryShelf();
    const wallet = await Wallet.adopt(shelf, typed());
    const id = wallet.profile.wallet;
    const { passphrase } = person.secrets;
    wallet.lock();
    const again = await Wallet.unlock(shelf, id, { passphrase });
    expect(await again.arrival()).not.toBeNull();
    expect(await codeOf(again.vault.put(paper('zu früh')))).toBe('not-confirmed');
    await again.mine();
    again.lock();
    const third = await Wallet.unlock(shelf, id, { passphrase });
    expect(await third.arrival()).toBeNull();
    // signed in anew: it has a pin and has been asked
    const fourth = await Wallet.adopt(shelf, typed());
    expect(await fourth.arrival()).toBeNull();
    expect(await (await joined(shelf)).arrival()).toBeNull();
  });

  it('is still asked where nobody has answered before it came in anew', async () => {
    const shelf = new MemoryShelf();
    await Wallet.adopt(shelf, typed());
    expect(await (await Wallet.adopt(shelf, typed())).arrival()).not.toBeNull();
  });

  it('leaves it after a no, here and on the server', async () => {
    const shelf = new MemoryShelf();
    const wallet = await Wallet.adopt(shelf, typed());
    expect(await person.wallet.devices()).toHaveLength(2);
    await wallet.notMine();
    expect(await person.wallet.devices()).toHaveLength(1);
    expect(await findWallet(shelf, server.origin, person.secrets.handle)).toBeUndefined();
    expect(await shelf.keys('objects')).toEqual([]);
    expect(await codeOf(wallet.vault.sync())).toBe('locked');
  });

  it('forgets it after a no without a network too', async () => {
    const shelf = new MemoryShelf();
    const wallet = await Wallet.adopt(shelf, typed());
    await server.kill();
    onTestFinished(() => server.resume());
    await wallet.notMine();
    expect(await listWallets(shelf)).toEqual([]);
  });

  it('takes nothing below the number on the sheet', async () => {
    const { vault } = person.wallet;
    await vault.put(paper('Titel'));
    const shelf = new MemoryShelf();
    expect(await codeOf(Wallet.adopt(shelf, typed(vault.number + 1)))).toBe('rolled-back');
    expect(await listWallets(shelf)).toEqual([]);
    await Wallet.adopt(shelf, typed(vault.number));
  });

  it('is not what somebody is who has just made the wallet', async () => {
    expect(await person.wallet.arrival()).toBeNull();
  });
});

describe('a proof', () => {
  it('is fresh for a minute, by both clocks, and never from the future', () => {
    const steady = performance.now;
    onTestFinished(() => {
      performance.now = steady;
    });
    const fresh = new Fresh();
    expect(fresh.is).toBe(false);
    fresh.prove();
    expect(fresh.is).toBe(true);
    performance.now = () => steady.call(performance) + PROOF_SECONDS * 1000;
    expect(fresh.is).toBe(false); // the clock on the wall was stopped
    performance.now = steady;
    later(PROOF_SECONDS - 5);
    expect(fresh.is).toBe(true);
    later(6);
    expect(fresh.is).toBe(false);
    fresh.prove();
    later(-30);
    expect(fresh.is).toBe(false);
    expect(() => fresh.demand()).toThrow('proof-needed');
  });

  it('lets a device that has just come in set its first number later than that, and no second one', () => {
    const fresh = new Fresh();
    fresh.arrive();
    later(ARRIVAL_SECONDS - 5);
    expect(() => fresh.demandForPin(false)).not.toThrow();
    expect(() => fresh.demandForPin(true)).toThrow('proof-needed');
    later(6);
    expect(() => fresh.demandForPin(false)).toThrow('proof-needed');
    const opened = new Fresh();
    opened.prove();
    later(PROOF_SECONDS + 1);
    expect(() => opened.demandForPin(false)).toThrow('proof-needed');
  });

  it('is not spared by taking the first number away again', async () => {
    const { wallet } = person;
    await wallet.setPin('815470');
    later(PROOF_SECONDS + 1);
    await wallet.forgetPin();
    expect(await codeOf(wallet.setPin('471108'))).toBe('proof-needed');
    await wallet.prove({ passphrase: person.secrets.passphrase });
    await wallet.setPin('471108');
  });

  const weighty: readonly [string, (wallet: Wallet) => Promise<unknown>][] = [
    ['a new number', (wallet) => wallet.setPin('471108')],
    ['finger or face', (wallet) => wallet.addPasskey()],
    ['an archive of everything', (wallet) => wallet.export()],
    ['the end of the wallet', (wallet) => wallet.delete()],
    ['a new device', async (wallet) => join(wallet, 'device')],
    ['a lent computer', async (wallet) => join(wallet, 'assisted')],
  ];
  async function join(wallet: Wallet, mode: 'device' | 'assisted') {
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    return (await readJoin(joining.url)).approve(wallet, mode);
  }

  it.each(weighty)('is needed for %s, and asks nothing of the server before', async (_, work) => {
    const { wallet } = person;
    await wallet.setPin('815470');
    later(PROOF_SECONDS + 1);
    const real = globalThis.fetch;
    const asked: string[] = [];
    globalThis.fetch = (input, init) => {
      asked.push(String(input));
      return real(input, init);
    };
    onTestFinished(() => {
      globalThis.fetch = real;
    });
    expect(await codeOf(work(wallet))).toBe('proof-needed');
    expect(asked).toEqual([]);
    globalThis.fetch = real;
    expect(await wallet.devices()).toHaveLength(1);
    await wallet.prove({ pin: '815470' });
    // Node has no passkeys; everything else goes through
    expect(['went well', 'no-prf', 'ReferenceError: navigator is not defined']).toContain(await codeOf(work(wallet)));
  });

  it.each(['pin', 'passphrase', 'recoveryCode'] as const)('by %s counts when it is right', async (way) => {
    const { wallet, secrets } = person;
    await wallet.setPin('815470');
    const right = { pin: '815470', passphrase: secrets.passphrase, recoveryCode: secrets.recoveryCode.join('') }[way];
    const wrong = { pin: '815471', passphrase: '1'.repeat(24), recoveryCode: '000011'.repeat(8) }[way];
    later(PROOF_SECONDS + 1);
    expect(await codeOf(wallet.prove({ [way]: wrong }))).toBe(way === 'pin' ? 'pin-wrong' : 'wrong-secret');
    expect(await codeOf(wallet.setPin('471108'))).toBe('proof-needed');
    await wallet.prove({ [way]: right });
    await wallet.setPin('471108');
  });

  it('is given by opening, and by changing the locks', async () => {
    const { wallet, secrets, shelf } = person;
    const { passphrase } = secrets;
    wallet.lock();
    const again = await Wallet.unlock(shelf, wallet.profile.wallet, { passphrase });
    expect(again.fresh.is).toBe(true);
    await again.setPin('815470');
    later(PROOF_SECONDS + 1);
    expect(await codeOf(again.setPin('815471'))).toBe('proof-needed');
    await again.changeLocks({ passphrase });
    later(ARRIVAL_SECONDS - 60); // the new sheet is being written down by hand
    await again.setPin('471108');
    expect(await codeOf(again.setPin('471109'))).toBe('proof-needed');
  });
});

describe('several wallets on one device', () => {
  it('have a sign each, whatever way they came', async () => {
    const shelf = new MemoryShelf();
    const first = await Wallet.create(shelf, { origin: server.origin, smallMemory: true });
    const second = await Wallet.adopt(shelf, typed());
    await second.rename('  Amal‮  und\nich ');
    expect(second.profile.name).toBe('Amal und ich');
    person = await newPerson(server.origin);
    const third = await joined(shelf);
    const signs = [first.wallet, second, third].map(({ profile }) => profile.sign);
    expect(new Set(signs).size).toBe(3);
    await third.rename('', first.wallet.profile.sign);
    const rows = await listWallets(shelf);
    expect(rows.find(({ wallet }) => wallet === third.profile.wallet)?.sign).toBe(signs[0]);
    // signed in anew: it keeps both
    const again = await Wallet.adopt(shelf, { ...typed() });
    expect(again.profile.sign).toBe(signs[0]);
  });

  it('whose signs are all taken get one all the same; a name has an end', async () => {
    expect(new Set(SIGNS).size).toBe(SIGNS.length);
    expect([...nameOf('🐟'.repeat(40))]).toHaveLength(MAX_NAME);
    expect(nameOf('   ')).toBe('');
  });

  it('from before there were signs are shown with the first', async () => {
    const { shelf, wallet } = person;
    const stored = (await shelf.get<Record<string, unknown>>('wallets', wallet.profile.wallet)) ?? {};
    const { sign: _, unsure: __, writers: ___, ...old } = stored;
    await shelf.put('wallets', wallet.profile.wallet, old);
    expect((await listWallets(shelf))[0]?.sign).toBe(SIGNS[0]);
    wallet.lock();
    const again = await Wallet.unlock(shelf, wallet.profile.wallet, { passphrase: person.secrets.passphrase });
    expect(await again.arrival()).toBeNull();
    await again.vault.put(paper('geht'));
  });
});
