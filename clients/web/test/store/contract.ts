/** What every shelf does; runs where the shelf runs. Names of what failed. */
import type { Shelf } from '../../src/store/shelf.ts';

type Case = (shelf: Shelf) => Promise<boolean>;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

async function fails(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => false,
    () => true,
  );
}

const CASES: Record<string, Case> = {
  async 'nothing is there before'(shelf) {
    return (await shelf.get('box', 'a')) === undefined && same(await shelf.keys('box'), []);
  },
  async 'values come back as they were, as copies'(shelf) {
    const value = { n: 1, list: ['ä'], bytes: new Uint8Array([1, 2]), map: new Map([[1, 'x']]) };
    await shelf.put('box', 'a', value);
    value.list.push('later');
    const back = await shelf.get<typeof value>('box', 'a');
    return same(back?.list, ['ä']) && back?.bytes[1] === 2 && back.map.get(1) === 'x';
  },
  async 'keys are those of the box and prefix, in order'(shelf) {
    for (const key of ['w/b', 'w/a', 'v/a', 'w', 'w-/c', 'w/ä']) await shelf.put('box', key, key);
    await shelf.put('other', 'w/z', 1);
    const keys = await shelf.keys('box', 'w/');
    const entries = await shelf.entries('box', 'w/');
    const all = await shelf.keys('box');
    return (
      same(keys, ['w/a', 'w/b', 'w/ä']) &&
      same(
        entries,
        keys.map((key) => [key, key]),
      ) &&
      same(all, ['v/a', 'w', 'w-/c', 'w/a', 'w/b', 'w/ä'])
    );
  },
  async 'an overwritten value is the new one, a removed one is gone'(shelf) {
    await shelf.put('box', 'a', 1);
    await shelf.put('box', 'a', 2);
    await shelf.put('box', 'b', 3);
    await shelf.delete('box', 'b');
    await shelf.delete('box', 'never');
    return same(await shelf.entries('box'), [['a', 2]]);
  },
  async 'false, zero and null are values'(shelf) {
    for (const value of [false, 0, null, '']) {
      await shelf.put('box', 'a', value);
      if ((await shelf.get('box', 'a')) !== value) return false;
    }
    return same(await shelf.keys('box'), ['a']);
  },
  async 'several changes are one'(shelf) {
    await shelf.put('box', 'old', 1);
    await shelf.write([
      { box: 'box', key: 'a', value: 1 },
      { box: 'other', key: 'b', value: 2 },
      { box: 'box', key: 'old' },
    ]);
    return same([await shelf.keys('box'), await shelf.keys('other')], [['a'], ['b']]);
  },
  async 'all or none'(shelf) {
    const impossible = { box: 'box', key: 'b', value: () => 1 };
    const failed = await fails(shelf.write([{ box: 'box', key: 'a', value: 1 }, impossible]));
    return failed && same(await shelf.keys('box'), []);
  },
  async 'a key that cannot leave survives and still works'(shelf) {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    await shelf.put('box', 'pair', { pair });
    const back = await shelf.get<{ pair: CryptoKeyPair }>('box', 'pair');
    const key = back?.pair.privateKey;
    if (key === undefined || key.extractable) return false;
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    const mark = await crypto.subtle.sign(how, key, new Uint8Array(3));
    return crypto.subtle.verify(how, pair.publicKey, mark, new Uint8Array(3));
  },
  async 'forgetting an owner leaves the others'(shelf) {
    for (const key of ['w', 'w/a', 'w/b/c', 'wx', 'wx/a']) {
      await shelf.put('box', key, 1);
      await shelf.put('other', key, 1);
    }
    await shelf.forget('w');
    return same(
      [await shelf.keys('box'), await shelf.keys('other')],
      [
        ['wx', 'wx/a'],
        ['wx', 'wx/a'],
      ],
    );
  },
  async 'the newest claim counts, and what was let go is not lost'(shelf) {
    const lost: string[] = [];
    const release = await shelf.claim('w', () => lost.push('first'));
    await shelf.claim('w', () => lost.push('second'));
    await shelf.claim('v', () => lost.push('other'));
    await new Promise((wait) => setTimeout(wait, 50));
    release();
    const third = await shelf.claim('w', () => lost.push('third'));
    await new Promise((wait) => setTimeout(wait, 50));
    third();
    await new Promise((wait) => setTimeout(wait, 50));
    await shelf.claim('w', () => undefined);
    await new Promise((wait) => setTimeout(wait, 50));
    return same(lost, ['first', 'second']);
  },
};

export async function shelfContract(make: () => Promise<Shelf>): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, run] of Object.entries(CASES)) {
    const held = await run(await make()).catch((error: unknown) => `${error}`);
    if (held !== true) failed.push(held === false ? name : `${name}: ${held}`);
  }
  return failed;
}
