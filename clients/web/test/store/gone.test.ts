/** The bytes of files that a paper forgot: they go from the server, after the change and never before it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/formats/attachment.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { isHere } from '../../src/store/files.ts';
import * as papers from '../../src/store/papers.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';
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

const vaultOf = (one: Person) => one.wallet.vault;
const status = ({ id, version }: Attachment) => `/v1/attachments/${id}/${version}/status`;

async function withFile(one: Person): Promise<{ id: string; file: Attachment }> {
  const vault = vaultOf(one);
  const blob = new Blob([new Uint8Array(5000).fill(7)]);
  const file = await vault.outbox.file(blob, { name: 'scan.bin', media: 'application/octet-stream' });
  const id = await vault.outbox.put({ ...paper('Mit Bild'), attachments: [{ ...file }] } as unknown as JsonObject);
  await vault.outbox.flush();
  expect(vault.outbox.waiting.value).toBe(0);
  return { id, file };
}

/** 'there' while the server has the bytes, else the code of its refusal. */
async function at(one: Person, file: Attachment): Promise<string> {
  const code = await codeOf(vaultOf(one).server.get(status(file), (value) => value));
  return code === 'went well' ? 'there' : code;
}

async function without<T>(work: () => Promise<T>, only = ''): Promise<T> {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (String(input).includes(only)) throw new TypeError('no network');
    return real(input, init);
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = real;
  }
}

/** Written, and tried in vain. */
const offline = (write: () => Promise<void>) =>
  without(async () => {
    await write();
    await vaultOf(person).outbox.flush();
  });

async function reopen({ shelf, secrets, wallet }: Person): Promise<Person> {
  wallet.lock();
  const again = await Wallet.unlock(shelf, wallet.profile.wallet, { passphrase: secrets.passphrase });
  return { shelf, secrets, wallet: again };
}

describe('a file that a paper forgets', () => {
  it('goes from the server and from this device', async () => {
    const { id, file } = await withFile(person);
    expect(await at(person, file)).toBe('there');
    await papers.removeFile(vaultOf(person), id, file.id);
    await vaultOf(person).outbox.flush();
    expect(await at(person, file)).toBe('not-found');
    expect(await isHere(vaultOf(person), file)).toBe(false);
  });

  it('goes when the network is back, though the tab was closed in between', async () => {
    const { id, file } = await withFile(person);
    await offline(() => papers.removeFile(vaultOf(person), id, file.id));
    expect(vaultOf(person).outbox.waiting.value).toBe(1);
    expect(await at(person, file)).toBe('there'); // a paper still names it on the server
    person = await reopen(person);
    await vaultOf(person).outbox.flush();
    expect(vaultOf(person).outbox.waiting.value).toBe(0);
    expect(await at(person, file)).toBe('not-found');
  });

  it('goes another time where the change went and the deletion did not', async () => {
    const { id, file } = await withFile(person);
    await without(async () => {
      await papers.removeFile(vaultOf(person), id, file.id);
      await vaultOf(person).outbox.flush();
    }, '/delete');
    expect(vaultOf(person).outbox.waiting.value).toBe(0);
    expect(await at(person, file)).toBe('there');
    person = await reopen(person);
    await vaultOf(person).outbox.flush();
    expect(await at(person, file)).toBe('not-found');
  });

  it('goes with a paper that is removed for good, and with all of several', async () => {
    const one = await withFile(person);
    const two = await withFile(person);
    await offline(() => papers.removeForGood(vaultOf(person), [one.id, two.id]));
    await vaultOf(person).outbox.flush();
    expect([await at(person, one.file), await at(person, two.file)]).toEqual(['not-found', 'not-found']);
  });

  it('stays where another device has edited the paper, and the person takes that version', async () => {
    const { id, file } = await withFile(person);
    const second = await secondDevice(server.origin, person);
    await offline(() => papers.removeFile(vaultOf(person), id, file.id));
    await second.vault.put({ ...(second.vault.item(id).payload as JsonObject), title: 'Anders' }, id);
    await vaultOf(person).outbox.flush();
    expect(vaultOf(person).outbox.stuck.value?.code).toBe('edited-elsewhere');
    expect(await at(person, file)).toBe('there');
    await vaultOf(person).outbox.discardStuck();
    await vaultOf(person).outbox.flush();
    expect(vaultOf(person).item(id).payload.title).toBe('Anders');
    expect(await at(person, file)).toBe('there');
    person = await reopen(person);
    await vaultOf(person).outbox.flush();
    expect(await at(person, file)).toBe('there');
  });

  it('goes where the person keeps their own version', async () => {
    const { id, file } = await withFile(person);
    const second = await secondDevice(server.origin, person);
    await offline(() => papers.removeFile(vaultOf(person), id, file.id));
    await second.vault.put({ ...(second.vault.item(id).payload as JsonObject), title: 'Anders' }, id);
    await vaultOf(person).outbox.flush();
    await vaultOf(person).outbox.keepMine();
    await vaultOf(person).outbox.flush();
    expect(papers.attachmentsOf(vaultOf(person).item(id).payload)).toEqual([]);
    expect(await at(person, file)).toBe('not-found');
  });

  it('stays while another paper names it', async () => {
    const { id, file } = await withFile(person);
    await vaultOf(person).outbox.put({ ...paper('Auch'), attachments: [{ ...file }] } as unknown as JsonObject);
    await papers.removeFile(vaultOf(person), id, file.id);
    await vaultOf(person).outbox.flush();
    expect(await at(person, file)).toBe('there');
  });

  it('that never reached the server is forgotten here', async () => {
    const vault = vaultOf(person);
    const file = await without(async () => {
      const blob = new Blob([new Uint8Array(3000)]);
      const made = await vault.outbox.file(blob, { name: 'x.bin', media: 'application/octet-stream' });
      const id = await vault.outbox.put({ ...paper('Nie'), attachments: [{ ...made }] } as unknown as JsonObject);
      await papers.removeForGood(vault, [id]);
      return made;
    });
    await vault.outbox.flush();
    expect(vault.outbox.waiting.value).toBe(0);
    expect(await at(person, file)).toBe('not-found');
    expect(await isHere(vault, file)).toBe(false);
  });
});
