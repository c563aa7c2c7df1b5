/** Moving: to another server and into a fresh wallet on the same one; what runs anew, and when the old one may end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { exportWallet, importWallet } from '../../src/store/export.ts';
import { upload } from '../../src/store/files.ts';
import { checkOf, confirmMove, madeAnew, moveOf, toMakeAnew } from '../../src/store/moving.ts';
import { readShare } from '../../src/store/moving_share.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { child, codeOf, newPerson, type Person, paper } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let old: TestServer;
let fresh: TestServer;
beforeAll(async () => {
  [old, fresh] = await Promise.all([TestServer.start(), TestServer.start()]);
}, 180_000);
afterAll(() => Promise.all([old.remove(), fresh.remove()]));

const SOON = Math.floor(Date.now() / 1000) + 86_400;

function share(grant: string, more: JsonObject = {}): JsonObject {
  return {
    ...{ v: 1, kind: 'grant', grant, secret: 'A'.repeat(43), recipient: 'Jobcenter', title: 'Antrag' },
    ...{ to: { name: 'Jobcenter', address: null, agency: 'jobcenter', seal_key: null } },
    ...{ slots: { AAAAAAAAAAAAAAAAAAAAAA: 'residence_title.date_of_expiry' }, order: [], picks: [] },
    ...{ policy: '', terms: '', exp: SOON, version: 1, standing: true, created: 1, ...more },
  };
}

async function full(): Promise<Person & { readonly title: string }> {
  const person = await newPerson(old.origin);
  const { vault } = person.wallet;
  const file = await upload(vault, new Blob([new Uint8Array(70_000)]), { name: 'a.bin', media: 'application/pdf' });
  const title = await vault.put({ ...paper('Titel'), attachments: [{ ...file }] });
  await vault.put(child('Amal'));
  const picks = [{ document: title, field: 'date_of_expiry', value: 0, file: null, derived: null }];
  await vault.put(share('AAAAAAAAAAAAAAAAAAAAAA', { picks }), 'AAAAAAAAAAAAAAAAAAAAAA');
  await vault.put(share('BAAAAAAAAAAAAAAAAAAAAA', { exp: 1 }), 'BAAAAAAAAAAAAAAAAAAAAA'); // it has ended
  return { ...person, title };
}

describe.each<[string, () => string]>([
  ['another server', () => fresh.origin],
  ['a fresh wallet on the same one', () => old.origin],
])('moving to %s', (_, origin) => {
  it('shows the same number there, ends the old one only with it, and lists what must be made anew', async () => {
    const person = await full();
    const { vault } = person.wallet;
    expect(await moveOf(vault)).toBeNull();
    expect(await codeOf(confirmMove(vault, '00000000'))).toBe('changed-since');
    const archive = await person.wallet.export();
    const there = await newPerson(origin());
    const came = await importWallet(there.wallet.vault, archive, archive.passphrase);
    expect(came).toMatchObject({ objects: 2, papers: 1, files: 1, check: archive.content.check });
    expect(there.wallet.vault.items('document').map(({ id }) => id)).toEqual([person.title]);

    // the tab was closed in between: the old place still knows
    person.wallet.lock();
    const { passphrase } = person.secrets;
    const again = await Wallet.unlock(person.shelf, person.wallet.profile.wallet, { passphrase });
    expect(await moveOf(again.vault)).toMatchObject({ ...archive.content, changed: false });
    const other = came.check === '12345678' ? '12345679' : '12345678';
    expect(await codeOf(confirmMove(again.vault, other))).toBe('other-check');
    await confirmMove(again.vault, came.check);
    await again.delete();
    expect(there.wallet.vault.items('document')).toHaveLength(1);
    await there.wallet.vault.sync();

    const [anew, ...more] = await toMakeAnew(there.wallet.vault);
    expect(more).toEqual([]);
    expect(anew).toMatchObject({
      name: 'Jobcenter',
      agency: 'jobcenter',
      purpose: 'Antrag',
      standing: true,
      exp: SOON,
    });
    expect(anew?.picks.map(({ document }) => document)).toEqual([person.title]);
    expect(there.wallet.vault.items('grant')).toEqual([]); // told, never believed
    await madeAnew(there.wallet.vault, 'AAAAAAAAAAAAAAAAAAAAAA');
    expect(await toMakeAnew(there.wallet.vault)).toEqual([]);
  }, 120_000);
});

describe('the old wallet', () => {
  it('does not end for a number about what it held before', async () => {
    const { wallet } = await full();
    const { content } = await exportWallet(wallet.vault);
    await wallet.vault.put(paper('danach'));
    expect(await moveOf(wallet.vault)).toMatchObject({ changed: true });
    expect(await codeOf(confirmMove(wallet.vault, content.check))).toBe('changed-since');
    const again = await exportWallet(wallet.vault);
    expect(again.content.check).not.toBe(content.check);
    await confirmMove(wallet.vault, again.content.check);
  }, 120_000);

  it('keeps what it remembers sealed: a locked phone does not tell how much there is', async () => {
    const { wallet, shelf } = await full();
    await exportWallet(wallet.vault);
    const kept = await shelf.get<object>('moves', wallet.profile.wallet);
    expect(Object.keys(kept ?? {}).sort()).toEqual(['data', 'iv']);
  }, 120_000);
});

describe('a check number', () => {
  const row = { name: 'objects/a.json', size: 3, crc: 7 };
  const page = { name: 'files/b-1', size: 9, crc: 1 };

  it('does not depend on the order, nor on what is not content', async () => {
    const one = await checkOf([row, page]);
    expect(one).toMatch(/^\d{8}$/);
    expect(await checkOf([page, { name: 'log.json', size: 1, crc: 1 }, row])).toBe(one);
  });

  it.each([
    ['another name', [{ ...row, name: 'objects/b.json' }, page]],
    ['another size', [{ ...row, size: 4 }, page]],
    ['other bytes', [row, { ...page, crc: 2 }]],
    ['something missing', [row]],
    ['nothing', []],
  ])('differs for %s', async (_, rows) => {
    expect(await checkOf(rows)).not.toBe(await checkOf([row, page]));
  });

  it('is the one of the specification', async () => {
    expect(await checkOf([row, page])).toBe('44907458');
  });
});

describe('a share that an archive tells of', () => {
  it.each<[string, JsonObject]>([
    ['without a name', { ...share('AAAAAAAAAAAAAAAAAAAAAA'), recipient: 5 }],
    ['with an id that is none', share('x')],
    ['with picks that are none', share('AAAAAAAAAAAAAAAAAAAAAA', { picks: [{ document: 'x' }] })],
    [
      'with another derived answer',
      {
        ...share('AAAAAAAAAAAAAAAAAAAAAA'),
        picks: [{ document: 'AAAAAAAAAAAAAAAAAAAAAA', field: null, value: 0, file: null, derived: 'all' }],
      },
    ],
  ])('%s is passed over', (_, value) => {
    expect(readShare(value)).toBeNull();
  });
});
