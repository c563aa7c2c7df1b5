/** Each lie of tests/adversary/lies.json about unlock and store: the client stops, says which, and sends no secret. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../src/audit/journal.ts';
import { ServerLied } from '../../src/errors.ts';
import { newCode } from '../../src/inbox/deposits.ts';
import { download, dropHere, upload } from '../../src/store/files.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import { beginJoin, type JoinMode, readJoin } from '../../src/unlock/join.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { Liar } from '../support/liar.ts';
import { child, newPerson, type Person, paper, secondDevice } from '../support/people.ts';
import { played, UNLOCK_AND_STORE } from '../support/scenes.ts';

type Scene = (person: Person, tell: () => Promise<void>) => Promise<void>;
/** What may follow a lie: reads that carry no secret. */
const READING = ['/v1/log/', '/v1/meta', '/log/', '/v1/sync', '/v1/attachments'];
const FILE = new Uint8Array(3 << 20).map((_, index) => index & 0xff);
const PIN = '246801';

let liar: Liar;
beforeAll(async () => {
  liar = await Liar.start();
}, 120_000);
afterAll(() => liar.stop());

async function joined(person: Person, tell: () => Promise<void>, mode: JoinMode = 'device'): Promise<void> {
  const joining = await beginJoin(new MemoryShelf(), liar.origin);
  await (await readJoin(joining.url)).approve(person.wallet, mode);
  await tell();
  await joining.wait(new AbortController().signal);
}

async function byPin({ wallet, shelf }: Person, tell: () => Promise<void>): Promise<void> {
  await wallet.setPin(PIN);
  await tell();
  await Wallet.unlock(shelf, wallet.profile.wallet, { pin: PIN });
}

const SCENES: Record<(typeof UNLOCK_AND_STORE)[number], Scene> = {
  async adopt(person, tell) {
    await tell();
    await secondDevice(liar.origin, person);
  },
  async 'adopt-after-delete'(person, tell) {
    const { vault } = person.wallet;
    const gone = await vault.put(child('x'));
    await liar.forget();
    expect((await secondDevice(liar.origin, person)).vault.item(gone).kind).toBe('person');
    await vault.commit([{ id: gone, payload: null }]);
    await tell();
    await secondDevice(liar.origin, person, undefined, vault.number);
  },
  async 'adopt-with-floor'(person, tell) {
    await liar.forget();
    await secondDevice(liar.origin, person);
    await person.wallet.vault.put(child('y'));
    await tell();
    await secondDevice(liar.origin, person, undefined, person.wallet.vault.number);
  },
  async sync(person, tell) {
    const second = await secondDevice(liar.origin, person);
    await liar.forget();
    await second.vault.sync();
    for (const label of ['one', 'two']) await person.wallet.vault.put(child(label));
    await tell();
    await second.vault.sync();
  },
  async 'sync-back'(person, tell) {
    const second = await secondDevice(liar.origin, person);
    await person.wallet.vault.put(child('one'));
    await liar.forget();
    await second.vault.sync();
    for (const label of ['two', 'three']) await second.vault.put(child(label));
    await tell();
    await second.vault.sync();
  },
  async write(person, tell) {
    await tell();
    await person.wallet.vault.put(child('z'));
  },
  async download(person, tell) {
    const { vault } = person.wallet;
    const about = { name: 'big.bin', media: 'application/octet-stream' };
    const file = await upload(vault, new Blob([FILE]), about);
    await dropHere(vault, file.id, file.version);
    await tell();
    expect((await download(vault, file)).size).toBe(FILE.length);
  },
  join: joined,
  'join-assisted': (person, tell) => joined(person, tell, 'assisted'),
  async 'join-old'(person, tell) {
    await liar.forget();
    await secondDevice(liar.origin, person);
    await person.wallet.vault.put(child('y'));
    await joined(person, tell);
  },
  pin: byPin,
  async 'pin-again'(person, tell) {
    await liar.forget();
    await byPin(person, async () => undefined);
    const { shelf, secrets } = person;
    const wallet = await Wallet.unlock(shelf, person.wallet.profile.wallet, { passphrase: secrets.passphrase });
    await byPin({ ...person, wallet }, tell);
  },
  async 'pin-set-again'({ wallet }, tell) {
    await liar.forget();
    await wallet.setPin(PIN);
    await read(wallet.vault, { tree: false }); // found in the log, and not forgotten
    await tell();
    await wallet.setPin('135790');
  },
  async 'pin-set-elsewhere'(person, tell) {
    const second = await secondDevice(liar.origin, person);
    await liar.forget();
    await second.setPin(PIN);
    await tell();
    await person.wallet.setPin(PIN);
  },
  async 'deposit-code-again'({ wallet: { vault } }, tell) {
    await liar.forget();
    await newCode(vault, { label: 'one' });
    await tell();
    await newCode(vault, { label: 'two' });
  },
  async assist({ secrets: { handle, passphrase } }, tell) {
    await tell();
    await Wallet.assist(new MemoryShelf(), { origin: liar.origin, handle, passphrase });
  },
};

async function stage(): Promise<Person> {
  await liar.tell(null);
  const person = await newPerson(liar.origin);
  await person.wallet.vault.put(paper('A'));
  await person.wallet.vault.put(paper('B'));
  return person;
}

describe('a lying server', () => {
  it.each(played(UNLOCK_AND_STORE))('$when: $name', async ({ name, when, expect: codes }) => {
    const person = await stage();
    const scene = SCENES[when as keyof typeof SCENES](person, () => liar.tell(name));
    const stopped = await scene.then(
      () => null,
      (error: unknown) => error,
    );
    const passed = await liar.passed();
    expect(stopped).toBeInstanceOf(ServerLied);
    expect(codes).toContain((stopped as ServerLied).code);
    const told = passed.findIndex(([, , lied]) => lied);
    expect(told).toBeGreaterThanOrEqual(0);
    const later = passed.slice(told + 1).map(([, path]) => path);
    expect(later.filter((path) => !READING.some((start) => path.startsWith(start)))).toEqual([]);
  });

  it.each(UNLOCK_AND_STORE)('without a lie the scene "%s" ends well', async (name) => {
    await SCENES[name](await stage(), async () => undefined);
  });
});
