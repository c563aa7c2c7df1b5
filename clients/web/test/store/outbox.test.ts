/** What is written without a network, and files: nothing is lost, nothing is sent twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HolderError } from '../../src/errors.ts';
import type { Attachment } from '../../src/formats/attachment.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { download, dropHere, isHere, upload } from '../../src/store/files.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import type { ShelfChange } from '../../src/store/shelf.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { child, codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';
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

const about = { name: 'scan.bin', media: 'application/octet-stream' };

function bytes(size: number): Blob {
  return new Blob([new Uint8Array(size).map((_, index) => (index * 7) & 0xff)]);
}

async function same(a: Blob, b: Blob): Promise<boolean> {
  const [x, y] = await Promise.all([a.arrayBuffer(), b.arrayBuffer()]);
  return Buffer.from(x).equals(Buffer.from(y));
}

function withFile(file: Attachment): JsonObject {
  return { ...paper('Mit Bild'), attachments: [{ ...file }] };
}

async function reopen({ shelf, secrets, wallet }: Person): Promise<Wallet> {
  wallet.lock();
  return Wallet.unlock(shelf, wallet.profile.wallet, { passphrase: secrets.passphrase });
}

/** Fails at the n-th request that goes to `path`; before the server has seen it, or after. */
async function cut(path: string, when: 'before' | 'after', work: () => Promise<unknown>): Promise<number> {
  const real = globalThis.fetch;
  let count = 0;
  globalThis.fetch = async (input, init) => {
    const hit = String(input).includes(path);
    if (hit) count++;
    if (hit && when === 'before') throw new TypeError('cut');
    const answer = await real(input, init);
    if (hit) throw new TypeError('cut');
    return answer;
  };
  try {
    await work();
  } finally {
    globalThis.fetch = real;
  }
  return count;
}

describe('the outbox', () => {
  it('sends at once where there is a network', async () => {
    const { vault } = person.wallet;
    const id = await vault.outbox.put(child('Amal'));
    expect(vault.item(id).pending).toBe(true);
    await vault.outbox.flush();
    expect(vault.item(id)).toMatchObject({ pending: false, version: 1 });
    expect(vault.outbox.waiting.value).toBe(0);
  });

  it('keeps papers and files over a killed tab and sends them in order', async () => {
    const blob = bytes(2_500_000);
    let id = '';
    await server.kill();
    const { vault } = person.wallet;
    const file = await vault.outbox.file(blob, about);
    id = await vault.outbox.put(withFile(file));
    await vault.outbox.put({ ...withFile(file), title: 'Mit Bild, benannt' }, id);
    const gone = await vault.outbox.put(child('x'));
    await vault.outbox.write([{ id: gone, payload: null }]);
    await vault.outbox.flush();
    expect(vault.outbox.waiting.value).toBe(4);
    expect(vault.outbox.stuck.value).toBeNull();

    const again = await reopen(person);
    expect(again.vault.item(id)).toMatchObject({ pending: true });
    expect(again.vault.item(id).payload.title).toBe('Mit Bild, benannt');
    expect(await same(await download(again.vault, file), blob)).toBe(true);
    expect(again.vault.items('person')).toEqual([]);
    await server.resume();
    await again.vault.sync();
    expect(await again.vault.outbox.flush()).toBe(4);
    expect(again.vault.item(id)).toMatchObject({ pending: false, version: 2 });

    const second = await secondDevice(server.origin, person);
    expect(second.vault.items()).toEqual(again.vault.items());
    expect(await same(await download(second.vault, file), blob)).toBe(true);
    expect(await isHere(second.vault, file)).toBe(true);
  }, 180_000);

  it('writes once when only the answer was lost', async () => {
    const { vault } = person.wallet;
    const tries = await cut('/v1/changes', 'after', async () => {
      await vault.outbox.put(child('Amal'));
      await vault.outbox.flush();
    });
    expect(tries).toBe(2);
    expect(vault.outbox.waiting.value).toBe(1);
    const second = await secondDevice(server.origin, person);
    await second.vault.put(child('dazwischen'));
    const again = await reopen(person);
    await again.vault.outbox.flush();
    expect(again.vault.outbox.waiting.value).toBe(0);
    expect(again.vault.outbox.stuck.value).toBeNull();
    expect(again.vault.items('person').map(({ payload }) => payload.label)).toHaveLength(2);
  });

  it('loses nothing when the wallet is locked while it sends', async () => {
    const { vault } = person.wallet;
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      if (String(input).includes('/v1/changes')) person.wallet.lock();
      return real(input, init);
    };
    await vault.outbox.put(child('eins'));
    await vault.outbox.put(child('zwei'));
    await vault.outbox.flush().catch(() => undefined);
    globalThis.fetch = real;
    const again = await Wallet.unlock(person.shelf, vault.profile.wallet, { passphrase: person.secrets.passphrase });
    await again.vault.outbox.flush();
    expect(again.vault.outbox.waiting.value).toBe(0);
    expect(again.vault.items('person').map(({ payload }) => payload.label)).toHaveLength(2);
    const second = await secondDevice(server.origin, person);
    expect(second.vault.items()).toEqual(again.vault.items());
  });

  it('never overwrites what another device wrote meanwhile: the person chooses', async () => {
    const { vault } = person.wallet;
    const id = await vault.put(child('eins'));
    const second = await secondDevice(server.origin, person);
    await cut('/v1/', 'before', async () => {
      await vault.outbox.put(child('meins'), id);
      await vault.outbox.flush();
    });
    await second.vault.put(child('anders'), id);
    await vault.outbox.flush();
    expect(vault.outbox.stuck.value).toBeInstanceOf(HolderError);
    expect(vault.outbox.stuck.value).toMatchObject({ code: 'edited-elsewhere', members: { ids: [id] } });
    await vault.outbox.put(child('anderes Kind')); // what has nothing to do with it goes on
    await vault.outbox.flush();
    expect(vault.outbox.waiting.value).toBe(1);
    await vault.outbox.keepMine();
    expect(vault.item(id)).toMatchObject({ version: 3, pending: false });
    expect(vault.item(id).payload.label).toBe('meins');

    await second.vault.sync();
    await cut('/v1/', 'before', async () => {
      await vault.outbox.put(child('doch anders'), id);
      await vault.outbox.put(child('und noch anders'), id);
      await vault.outbox.flush();
    });
    await second.vault.put(child('anders gewollt'), id);
    await vault.outbox.flush();
    await vault.outbox.discardStuck();
    expect(vault.outbox.waiting.value).toBe(0);
    expect(vault.item(id).payload.label).toBe('anders gewollt');
  });

  it('opens what it wrote after the locks were changed elsewhere', async () => {
    const second = await secondDevice(server.origin, person);
    const { vault } = person.wallet;
    await server.kill();
    await vault.outbox.put(child('wartet'));
    await server.resume();
    await second.changeLocks({ passphrase: person.secrets.passphrase });
    expect(await codeOf(vault.sync())).toBe('locks-changed');
    person.wallet.lock();
    const again = await secondDevice(server.origin, person, person.shelf);
    await again.vault.outbox.flush();
    expect(again.vault.items('person')).toMatchObject([{ pending: false }]);
  }, 180_000);

  it('says that the phone is full before it says that something is kept', async () => {
    class FullShelf extends MemoryShelf {
      full = false;
      override write(changes: readonly ShelfChange[]): Promise<void> {
        if (this.full) return Promise.reject(new HolderError('storage-full'));
        return super.write(changes);
      }
    }
    const shelf = new FullShelf();
    const { wallet } = await Wallet.create(shelf, { origin: server.origin, smallMemory: true });
    shelf.full = true;
    expect(await codeOf(wallet.vault.outbox.put(child('x')))).toBe('storage-full');
    expect(await codeOf(wallet.vault.outbox.file(bytes(1000), about))).toBe('storage-full');
    expect(wallet.vault.outbox.waiting.value).toBe(0);
    expect(wallet.vault.items()).toEqual([]);
  });
});

describe('a file', () => {
  it('of 25 MiB goes out and comes back', async () => {
    const blob = bytes(25 << 20);
    const { vault } = person.wallet;
    const seen: number[] = [];
    const file = await upload(vault, blob, about, (done) => seen.push(done));
    expect(seen.length).toBeGreaterThanOrEqual(file.chunks);
    await dropHere(vault, file.id, file.version);
    expect(await same(await download(vault, file), blob)).toBe(true);
  }, 120_000);

  it('goes on where it broke off, with the same bytes', async () => {
    const blob = bytes(3_000_000);
    const { vault } = person.wallet;
    const real = globalThis.fetch;
    let patches = 0;
    globalThis.fetch = (input, init) => {
      if (init?.method === 'PATCH' && ++patches > 1) return Promise.reject(new TypeError('cut'));
      return real(input, init);
    };
    expect(await codeOf(upload(vault, blob, about))).toBe('offline');
    globalThis.fetch = real;
    const again = await reopen(person);
    const offsets: number[] = [];
    globalThis.fetch = (input, init) => {
      const offset = new Headers(init?.headers).get('upload-offset');
      if (offset !== null) offsets.push(Number(offset));
      return real(input, init);
    };
    const file = await upload(again.vault, blob, about);
    globalThis.fetch = real;
    expect(offsets[0]).toBe(1_048_592);
    await dropHere(again.vault, file.id, file.version);
    expect(await same(await download(again.vault, file), blob)).toBe(true);
  }, 60_000);

  it('goes on with a download after a break', async () => {
    const blob = bytes(3_000_000);
    const { vault } = person.wallet;
    const file = await upload(vault, blob, about);
    await dropHere(vault, file.id, file.version);
    const real = globalThis.fetch;
    let first = true;
    globalThis.fetch = async (input, init) => {
      const answer = await real(input, init);
      if (!first || init?.method !== 'GET') return answer;
      first = false;
      const whole = new Uint8Array(await answer.arrayBuffer());
      const broken = new ReadableStream({
        start(controller) {
          controller.enqueue(whole.slice(0, 1_500_000));
        },
        pull(controller) {
          controller.error(new TypeError('cut'));
        },
      });
      return new Response(broken, { status: 200 });
    };
    try {
      expect(await same(await download(vault, file), blob)).toBe(true);
    } finally {
      globalThis.fetch = real;
    }
  });

  it('whose kept bytes were damaged on this device is fetched anew', async () => {
    const blob = bytes(1000);
    const { vault } = person.wallet;
    const file = await upload(vault, blob, about);
    const [key = ''] = await person.shelf.keys('chunks');
    await person.shelf.put('chunks', key, new Uint8Array(1040));
    expect(await same(await download(vault, file), blob)).toBe(true);
    expect(await isHere(vault, file)).toBe(true);
  });
});

describe('papers on this device', () => {
  it('that the browser has thrown away come back with the next sync', async () => {
    const { vault } = person.wallet;
    const id = await vault.put(paper('weg'));
    await vault.put(paper('da'));
    await person.shelf.delete('items', vault.profile.wallet);
    await person.shelf.delete('objects', `${vault.profile.wallet}/${id}`);
    const again = await reopen(person);
    await again.vault.opened.keepNow(again.vault.state);
    expect(await codeOf(Promise.resolve().then(() => again.vault.item(id)))).toBe('cache-lost');
    expect(again.vault.items()).toHaveLength(1);
    await again.vault.sync();
    expect(again.vault.item(id).payload.title).toBe('weg');
  });

  it('left at home are gone from it until their day, also after a change of locks', async () => {
    const { vault } = person.wallet;
    const blob = bytes(1000);
    const file = await upload(vault, blob, about);
    const id = await vault.put(withFile(file));
    await vault.put(paper('bleibt'));
    const until = Math.floor(Date.now() / 1000) + 3600;
    expect(await vault.away.leave([id], until)).toBe(1);
    expect(vault.away.until).toBe(until);
    expect(await person.shelf.keys('objects')).toHaveLength(1);
    expect(await person.shelf.keys('chunks')).toEqual([]);
    const kept = JSON.stringify(await person.shelf.entries('changes'));
    expect(kept).not.toContain(id);
    let again = await reopen(person);
    expect(again.vault.items()).toHaveLength(1);
    expect(await codeOf(Promise.resolve().then(() => again.vault.item(id)))).toBe('left-at-home');
    const second = await secondDevice(server.origin, person);
    await second.vault.put({ ...withFile(file), title: 'neu' }, id);
    await again.vault.sync();
    expect(again.vault.items()).toHaveLength(1);
    await again.vault.away.bringAll();
    expect(again.vault.item(id).payload.title).toBe('neu');
    expect(again.vault.away.until).toBeNull();

    await again.vault.away.leave([id], until);
    person = { ...person, wallet: again };
    await again.changeLocks({ passphrase: person.secrets.passphrase });
    again = await reopen(person);
    expect(again.vault.item(id).payload.title).toBe('neu');
  });
});
