/** Pages, and lies that need more than a changed answer: another wallet, an answer without end, offsets that cannot be. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { upload } from '../../src/store/files.ts';
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

type Body = Record<string, unknown>;
type Change = (body: Body, request: Request, count: number) => Body | Response | Promise<Body | Response>;

/** Every good answer of `path` goes through `change` until the test ends. */
function between(path: string, change: Change): void {
  const real = globalThis.fetch;
  let count = 0;
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init);
    if (!answer.ok || !String(input).includes(path)) return answer;
    const body = (await answer.json()) as Body;
    const changed = await change(body, new Request(String(input), init), ++count);
    return changed instanceof Response ? changed : new Response(JSON.stringify(changed), { status: answer.status });
  };
  onTestFinished(() => {
    globalThis.fetch = real;
  });
}

function large(label: string): JsonObject {
  return { ...child(label), filler: 'x'.repeat(230_000) };
}

describe('a sync', () => {
  it('of many pages is one state, also when another device writes between them', async () => {
    const person = await newPerson(server.origin);
    const { vault } = person.wallet;
    const ids: string[] = [];
    for (let group = 0; group < 8; group++) {
      const writes = Array.from({ length: 5 }, (_, index) => ({
        id: `${'A'.repeat(19)}${group}${index}A`.replace(/A$/, 'Q'),
        payload: large(`${group}/${index}`),
      }));
      ids.push(...writes.map(({ id }) => id));
      await vault.commit(writes);
    }
    let pages = 0;
    between('/v1/sync', async (body, _, count) => {
      pages = count;
      if (count === 1) {
        expect(typeof body.next).toBe('string');
        await vault.put(child('dazwischen'), ids[0]);
      }
      return body;
    });
    const second = await secondDevice(server.origin, person);
    expect(pages).toBeGreaterThanOrEqual(4);
    expect(second.vault.items()).toEqual(vault.items());
    expect(second.vault.item(ids[0] as string).payload.label).toBe('dazwischen');
  }, 120_000);

  it('without end is a lie', async () => {
    const person = await newPerson(server.origin);
    const real = globalThis.fetch;
    let held: string | null = null;
    globalThis.fetch = async (input, init) => {
      if (!String(input).includes('/v1/sync')) return real(input, init);
      held ??= JSON.stringify({ ...((await (await real(input, init)).json()) as Body), next: 'more' });
      return new Response(held);
    };
    onTestFinished(() => {
      globalThis.fetch = real;
    });
    expect(await codeOf(secondDevice(server.origin, person))).toBe('server-lied');
  }, 120_000);

  it('that cannot be read is no state: nothing is kept', async () => {
    const person = await newPerson(server.origin);
    const { vault } = person.wallet;
    await vault.put(paper('A'));
    const number = vault.number;
    const answers = ['', '[]', '{}', `${'['.repeat(500)}${']'.repeat(500)}`, '{"head":1,"head":2}', '\ufeff{}'];
    const real = globalThis.fetch;
    onTestFinished(() => {
      globalThis.fetch = real;
    });
    for (const text of answers) {
      globalThis.fetch = async () => new Response(text);
      expect(await codeOf(vault.sync())).toBe('bad-answer');
    }
    globalThis.fetch = async () => new Response('<html>502</html>', { status: 502 });
    expect(await codeOf(vault.sync())).toBe('unknown');
    globalThis.fetch = real;
    expect(await vault.sync()).toBe(0);
    expect(vault.number).toBe(number);
  });
});

describe('another wallet', () => {
  it('in the place of this one is refused, on a new device and on one that knows it', async () => {
    const [mine, theirs] = [await newPerson(server.origin), await newPerson(server.origin)];
    await mine.wallet.vault.put(paper('A'));
    let stolen: Body = {};
    between('/v1/sign-in', (body) => {
      if (!('wallet' in body)) return body;
      if (stolen.wallet === undefined) stolen = body;
      return { ...body, ...stolen, token: body.token };
    });
    await secondDevice(server.origin, theirs);
    const shelf = new MemoryShelf();
    expect(await codeOf(secondDevice(server.origin, mine, shelf))).toBe('server-lied');
    expect(await listWallets(shelf)).toEqual([]);
    mine.wallet.lock();
    expect(await codeOf(secondDevice(server.origin, mine, mine.shelf))).toBe('server-lied');
    const again = await Wallet.unlock(mine.shelf, mine.wallet.profile.wallet, { passphrase: mine.secrets.passphrase });
    expect(again.vault.items()).toHaveLength(1);
  });

  it('under another name is refused when it is made', async () => {
    between('/v1/wallets', (body) => ({ ...body, wallet: 'A'.repeat(43) }));
    const shelf = new MemoryShelf();
    expect(await codeOf(Wallet.create(shelf, { origin: server.origin, smallMemory: true }))).toBe('server-lied');
    expect(await listWallets(shelf)).toEqual([]);
  });

  it.each<[string, (body: Body) => Body]>([
    ['beginning', (body) => ({ ...body, genesis: 'a.b.c' })],
    ['head', (body) => ({ ...body, head: { ...(body.head as Body), change: 'a.b.c' } })],
  ])('with another %s in a sync is refused', async (_name, change) => {
    const person = await newPerson(server.origin);
    const other = await newPerson(server.origin);
    await other.wallet.vault.put(child('x'));
    between('/v1/sync', change);
    const code = await codeOf(person.wallet.vault.sync());
    expect(['server-lied', 'malformed']).toContain(code);
  });

  it('whose history is shown in this one is refused', async () => {
    const [mine, theirs] = [await newPerson(server.origin), await newPerson(server.origin)];
    let theirSync: Body | null = null;
    between('/v1/sync', (body) => {
      theirSync ??= body;
      return { ...theirSync, genesis: body.genesis };
    });
    await theirs.wallet.vault.sync();
    const code = await codeOf(mine.wallet.vault.sync());
    expect(['header-mismatch', 'bad-signature', 'server-lied', 'forked']).toContain(code);
  });
});

describe('an upload', () => {
  it.each<[string, number]>([
    ['stands still', 0],
    ['goes beyond the end', 1 << 30],
  ])('whose offset %s stops', async (_name, offset) => {
    const { wallet } = await newPerson(server.origin);
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      if (init?.method !== 'PATCH') return real(input, init);
      return new Response(JSON.stringify({ offset, size: 1, complete: false }));
    };
    onTestFinished(() => {
      globalThis.fetch = real;
    });
    const file = new Blob([new Uint8Array(1000)]);
    expect(await codeOf(upload(wallet.vault, file, { name: 'a', media: 'b' }))).toBe('server-lied');
  });
});
