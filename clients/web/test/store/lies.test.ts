/** Each lie of tests/adversary/lies.json that this part meets: the client stops, says which, and sends no secret. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerLied } from '../../src/errors.ts';
import { download, dropHere, upload } from '../../src/store/files.ts';
import { Liar, type Lie } from '../support/liar.ts';
import { child, newPerson, type Person, paper, secondDevice } from '../support/people.ts';
import { ROOT } from '../support/server.ts';

const ALL = (JSON.parse(readFileSync(join(ROOT, 'tests/adversary/lies.json'), 'utf8')) as { lies: Lie[] }).lies;
type Scene = (person: Person, tell: () => Promise<void>) => Promise<void>;
/** What may follow a lie: reads that carry no secret. */
const READING = ['/v1/log/', '/v1/meta', '/log/', '/v1/sync', '/v1/attachments'];
const FILE = new Uint8Array(3 << 20).map((_, index) => index & 0xff);

let liar: Liar;
beforeAll(async () => {
  liar = await Liar.start();
}, 120_000);
afterAll(() => liar.stop());

const SCENES: Record<string, Scene> = {
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
};

async function stage(): Promise<Person> {
  await liar.tell(null);
  const person = await newPerson(liar.origin);
  await person.wallet.vault.put(paper('A'));
  await person.wallet.vault.put(paper('B'));
  return person;
}

describe('a lying server', () => {
  it.each(ALL.filter(({ when }) => Object.hasOwn(SCENES, when)))(
    '$when: $name',
    async ({ name, when, expect: codes }) => {
      const person = await stage();
      const scene = (SCENES[when] as Scene)(person, () => liar.tell(name));
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
    },
  );

  it.each(Object.keys(SCENES))('without a lie the scene "%s" ends well', async (name) => {
    await (SCENES[name] as Scene)(await stage(), async () => undefined);
  });
});
