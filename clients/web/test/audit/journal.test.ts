/** The log as this device checks it: the same as the Python client's, and each lie about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain, recipients, type Told } from '../../src/audit/explain.ts';
import { checkReceipt, type Entry, type Journal, read, remembered } from '../../src/audit/journal.ts';
import { provenByOffice } from '../../src/audit/proof.ts';
import { conditions, end, linkOf, prepare, release, toAgency, toAnybody } from '../../src/grant/grants.ts';
import { fetchRegistry } from '../../src/grant/registry.ts';
import { pickDerived, pickField } from '../../src/grant/selection.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { heard, honest, lie, passed } from '../support/lying.ts';
import { codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';

type Row = { seq: number; leaf: string; body: string; index?: number };
type Page = { entries: Row[]; head: string; [member: string]: unknown };
const ENTRIES = /\/v1\/log\/entries$/;
const A = 'A'.repeat(43);
let district: District;
let amira: Person;
let vault: Vault;
let title: string;

beforeAll(async () => {
  district = await District.start();
  amira = await newPerson(district.origin);
  vault = amira.wallet.vault;
  title = await vault.put(paper('Titel'));
}, 180_000);
afterAll(() => district.stop());

const secrets = () => ({ handle: amira.secrets.handle, passphrase: amira.secrets.passphrase });
const share = async (name: string, of: Vault = vault) => {
  const document = of.items('document')[0]?.id ?? title;
  const picks = [pickField(document, 'date_of_expiry'), pickDerived(document, 'valid-today')];
  const prepared = await prepare(of, toAnybody(name), picks, conditions('Wohnung', { opens: 5 }));
  await release(of, prepared);
  return { grant: prepared.grant, link: linkOf(of, prepared) };
};
/** Until every entry has its place in the public tree. */
const settled = async (of: Vault): Promise<Journal> => {
  for (let attempt = 0; ; attempt++) {
    const journal = await read(of);
    if (journal.waiting === 0 || attempt === 40) return journal;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
};

describe('the log', () => {
  it('says the same to both clients', async () => {
    const { link } = await share('Vermieter');
    await district.do('peek', { link });
    await district.do('open', { link });
    const theirs = await district.do<[number, string, string][]>('log', secrets());
    const mine = await settled(vault);
    expect(mine.entries.map((one) => [one.seq, one.leaf, one.event.kind])).toEqual(theirs);
    expect(mine.waiting).toBe(0);
  });

  it('is asked for what is new only, and is there without a network', async () => {
    const before = await settled(vault);
    await share('Chor');
    passed();
    const after = await settled(vault);
    expect(after.entries.length).toBeGreaterThan(before.entries.length);
    const proofs = passed().filter((call) => call.endsWith('/v1/log/inclusion')).length;
    expect(proofs).toBe(after.entries.length - before.entries.length);
    passed();
    const known = await remembered(vault);
    expect(passed()).toEqual([]);
    expect(known.entries).toEqual(after.entries);
  });

  it('is read anew from the server when what lies here is damaged, and nobody is accused', async () => {
    const whole = await settled(vault);
    const [key] = await amira.shelf.keys('log', `${vault.profile.wallet}/`);
    const row = await amira.shelf.get<Row>('log', key as string);
    await amira.shelf.put('log', key as string, { ...row, body: 'AAAA' });
    expect((await remembered(vault)).entries).toEqual([]);
    expect((await read(vault)).entries).toEqual(whole.entries);
    await amira.shelf.put('log', key as string, { ...row, leaf: A });
    expect((await read(vault)).entries).toEqual(whole.entries);
    await amira.shelf.delete('log', key as string);
    expect((await read(vault)).entries).toEqual(whole.entries);
  });

  it('holds the receipts that recipients keep, for both clients', async () => {
    const { link } = await share('Bank');
    const { receipts } = await district.do<{ receipts: string[] }>('open', { link });
    const journal = await settled(vault);
    for (const receipt of receipts) {
      const entry = await checkReceipt(vault, journal, receipt);
      expect(entry.event.kind).toMatch(/^grant-(opened|looked-at)$/);
      expect(await district.do('receipt', { ...secrets(), receipt })).toBe(entry.seq);
    }
  });
});

describe('the cockpit', () => {
  it('says who saw what, when, why, and what was refused', async () => {
    const person = await newPerson(district.origin);
    const own = person.wallet.vault;
    await own.put(paper('Titel'));
    const one = await share('Vermieter', own);
    const two = await share('', own);
    await district.do('peek', { link: one.link });
    await district.do('open', { link: one.link });
    await end(own, [two.grant]);
    expect(await codeOf(district.do('open', { link: two.link }))).toBe('grant-withdrawn');
    const second = await secondDevice(district.origin, person);
    await second.vault.put(paper('Zwei'));
    const told = explain(own, await settled(own));
    const find = (kind: string, grant: string | null = null) =>
      told.find((row) => row.kind === kind && (grant === null || row.grant === grant)) as Told;
    expect(find('grant-opened')).toMatchObject({
      ...{ what: 'read', who: { kind: 'link', name: 'Vermieter' }, grant: one.grant, purpose: 'Wohnung' },
      waiting: false,
    });
    expect([...find('grant-opened').fields].sort()).toEqual([
      'residence_title.date_of_expiry',
      'residence_title.valid_today',
    ]);
    expect(find('grant-looked-at')).toMatchObject({ what: 'looked', fields: [], grant: one.grant });
    expect(find('grant-refused')).toMatchObject({
      ...{ what: 'refused', reason: 'grant-withdrawn', who: { kind: 'link', name: '' }, grant: two.grant },
    });
    expect(find('grant-ended')).toMatchObject({ what: 'ended', reason: 'revoked', who: { kind: 'this-device' } });
    expect(find('grant-created')).toMatchObject({ what: 'shared', who: { kind: 'this-device' } });
    expect(find('vault-changed').who).toEqual({ kind: 'other-device' });
    expect(told[0]?.seq).toBe(told.length);
    const rows = recipients(own, told);
    expect(
      rows.map(({ who, running, reads, refused }) => [who.kind === 'link' && who.name, running, reads, refused]),
    ).toEqual(
      expect.arrayContaining([
        ['Vermieter', 1, 1, 0],
        ['', 0, 0, 1],
      ]),
    );
    expect(rows.find((row) => row.reads === 1)?.fields).toHaveLength(2);
  });

  it('says what "n more" means, and shows what it does not know as it is', () => {
    const entry = (kind: string, more: object = {}) => ({
      ...{ seq: 1, leaf: A, index: 0, proven: null },
      event: { v: 1, kind, time: 7200, actor: { type: 'server' }, ...more } as never,
    });
    const tell = (kind: string, more: object = {}) =>
      explain(vault, { entries: [entry(kind, more)], waiting: 0, device: 'x', restores: [] })[0] as Told;
    expect(tell('more-entries', { detail: { hour: 3600 } }).more).toEqual({ hour: 3600, of: null, count: null });
    expect(tell('more-entries', { detail: { hour: 3600, of: 'grant-looked-at', count: 12 } }).more).toEqual({
      ...{ hour: 3600, of: 'grant-looked-at', count: 12 },
    });
    expect(tell('refusals-counted', { detail: { hour: 0, count: 3 } })).toMatchObject({
      ...{ what: 'refused', more: { hour: 0, of: 'refused', count: 3 } },
    });
    expect(tell('made-up-later', { slots: ['AAAAAAAAAAAAAAAAAAAAAA'], grant: 'AAAAAAAAAAAAAAAAAAAAAA' })).toMatchObject(
      {
        ...{ what: 'other', fields: [null], purpose: null, who: { kind: 'server' } },
      },
    );
  });
});

describe("an office's read", () => {
  it("is proven by the office's own signature, and by nothing else", async () => {
    const own = (await newPerson(district.origin)).wallet.vault;
    const document = await own.put(paper('Titel'));
    const before = await read(own);
    expect(before.entries.every((entry) => entry.proven === null)).toBe(true);
    const registry = await fetchRegistry(own);
    const jobcenter = registry.agencies.find((one) => one.id === 'jobcenter');
    if (jobcenter === undefined) throw new Error('not enrolled');
    const asked = conditions('Antrag', { basis: 'public-task', opens: 0 });
    const picks = [pickField(document, 'date_of_expiry')];
    const prepared = await prepare(own, toAgency(jobcenter, own.server.now()), picks, asked);
    await release(own, prepared);
    await district.do('redeem', { agency: 'jobcenter', code: linkOf(own, prepared) });
    const told = explain(own, await read(own));
    const opened = told.find((one) => one.kind === 'grant-opened') as Told;
    expect(opened).toMatchObject({ proven: true, who: { kind: 'agency', name: 'Jobcenter Musterstadt' } });
    expect(told.find((one) => one.kind === 'grant-created')?.proven).toBeNull();

    const { event } = (await read(own)).entries.find((one) => one.event.kind === 'grant-opened') as Entry;
    const { origin } = own.server;
    const proof = String(event.proof);
    const said = (changes: Partial<typeof event>, agency: string | null = 'jobcenter', of = registry) =>
      provenByOffice({ ...event, ...changes } as typeof event, agency, of, origin);
    expect(await said({})).toBe(true);
    expect(await said({}, null)).toBe(true);
    const rotated = { ...registry, agencies: registry.agencies.map((one) => ({ ...one, keys: [] })) };
    for (const forged of [
      said({ proof: `${proof.slice(0, -8)}AAAAAAAA` }),
      said({ proof: 'a.b.c' }),
      said({ proof: undefined } as never),
      said({ grant: 'AAAAAAAAAAAAAAAAAAAAAA' }),
      said({ time: event.time + 3600 }),
      said({}, 'beratung'),
      said({}, 'niemand'),
      said({}, 'jobcenter', rotated),
      provenByOffice(event, 'jobcenter', registry, 'https://mappe.example'),
    ]) {
      expect(await forged).toBe(false);
    }
    expect(await said({ actor: { type: 'link' } })).toBeNull();
  });
});

describe('a server that lies about the log', () => {
  /** A device of its own that has read some of the log before the lie. */
  const stage = async () => {
    const person = await newPerson(district.origin);
    const own = person.wallet.vault;
    await own.put(paper('Titel'));
    const { link } = await share('X', own);
    await district.do('open', { link });
    return { person, own };
  };
  const renumbered = (rows: Row[]) => rows.map((row, n) => ({ ...row, seq: n + 1 }));

  it('is caught whatever it drops, turns round, repeats or alters', async () => {
    const { own } = await stage();
    const cases: [string, number | null, (page: Page) => Page][] = [
      ['dropped', 3, (page) => ({ ...page, entries: page.entries.toSpliced(2, 1) })],
      ['dropped and renumbered', 3, (page) => ({ ...page, entries: renumbered(page.entries.toSpliced(2, 1)) })],
      ['first dropped', 1, (page) => ({ ...page, entries: renumbered(page.entries.slice(1)) })],
      ['turned round', 1, (page) => ({ ...page, entries: renumbered([...page.entries].reverse()) })],
      ['repeated', 2, (page) => ({ ...page, entries: renumbered([page.entries[0] as Row, ...page.entries]) })],
      ['other leaf', 1, (page) => ({ ...page, entries: page.entries.map((row) => ({ ...row, leaf: A })) })],
      [
        'other body',
        2,
        (page) => ({
          ...page,
          entries: page.entries.map((row) => ({ ...row, body: page.entries[0]?.body as string })),
        }),
      ],
      ['no body', 1, (page) => ({ ...page, entries: page.entries.map((row) => ({ ...row, body: '' })) })],
      ['withheld', null, (page) => ({ ...page, entries: [] })],
      ['no head', null, ({ head: _, ...page }) => page as Page],
      ['not a list', null, (page) => ({ ...page, entries: 'x' as never })],
    ];
    for (const [name, seq, alter] of cases) {
      lie(ENTRIES, alter as never);
      const error = await read(own).then(
        () => null,
        (caught) => caught,
      );
      expect([name, error?.name, error?.code]).toEqual([name, 'ServerLied', 'log-broken']);
      if (seq !== null) expect([name, error.members.seq]).toEqual([name, seq]);
      expect(heard()).toBeGreaterThan(0);
      honest();
    }
    expect((await settled(own)).entries.length).toBeGreaterThan(4);
  });

  it('is caught when it cuts off the end, here with an old head and there with none of this asking', async () => {
    const { own } = await stage();
    let old: Page | undefined;
    lie(ENTRIES, (page) => {
      old ??= structuredClone(page) as Page;
      return undefined;
    });
    const before = await read(own);
    honest();
    await own.put(paper('Neu'));
    lie(ENTRIES, () => old as never); // the same answer again: its nonce is not this one's
    expect(await codeOf(read(own))).toBe('log-broken');
    honest();
    expect((await read(own)).entries.length).toBe(before.entries.length + 1);
  });

  it('is caught when it signs for an act and leaves it out', async () => {
    const { own } = await stage();
    await settled(own);
    own.profile.promised = [...own.profile.promised, A];
    expect(await codeOf(read(own))).toBe('promise-broken');
  });

  it('is caught when an entry that was seen is another one now', async () => {
    const { own, person } = await stage();
    await settled(own);
    own.profile.logPin = { ...own.profile.logPin, leaf: A };
    expect(await codeOf(read(own))).toBe('log-broken');
    own.profile.logPin = { seq: 1000, leaf: A, proved: 0 };
    expect(await codeOf(read(own))).toBe('log-broken');
    // a fresh device has no pin and reads the whole log
    const fresh = await secondDevice(district.origin, person, new MemoryShelf());
    expect((await settled(fresh.vault)).entries.length).toBeGreaterThan(4);
  });

  it('is caught when the public tree lacks an entry, is another tree, or is forked', async () => {
    const { own } = await stage();
    const whole = await settled(own);
    const again = async () => {
      own.profile.logPin = { ...own.profile.logPin, proved: 0 };
      return codeOf(read(own));
    };
    lie(/\/v1\/log\/inclusion$/, () => ({ pending: true }));
    expect(await again()).toBe('log-broken');
    honest();
    lie(/\/v1\/log\/inclusion$/, (answer) => ({ ...answer, index: 0 }));
    expect(await again()).toBe('unlogged');
    honest();
    const origin = district.origin;
    const pin = await own.shelf.get<{ number: number; hash: string }>('pins', `tree ${origin}`);
    if (pin === undefined) throw new Error('no tree was pinned');
    // what this device saw before does not lie below what is shown now
    await own.shelf.put('pins', `tree ${origin}`, { ...pin, hash: A });
    expect(await again()).toBe('log-broken');
    await own.shelf.put('pins', `tree ${origin}`, { number: pin.number - 1, hash: A });
    expect(await again()).toBe('log-broken');
    await own.shelf.put('pins', `tree ${origin}`, pin);
    await own.put(paper('Neu'));
    await settled(own);
    lie(/\/v1\/log\/consistency$/, () => ({ path: [] }));
    await own.shelf.put('pins', `tree ${origin}`, { ...pin, number: pin.number - 1 });
    expect(await again()).toBe('log-broken');
    honest();
    await own.shelf.put('pins', `tree ${origin}`, pin);
    expect(await again()).toBe('went well');
    expect(whole.waiting).toBe(0);
  });

  it('is caught when it keeps an entry out of the public tree beyond its time', async () => {
    const own = (await newPerson(district.origin)).wallet.vault;
    await settled(own);
    lie(ENTRIES, (page) => ({
      ...page,
      entries: (page as Page).entries.map(({ index: _, ...row }) => row),
    }));
    await own.put(paper('Titel'));
    expect((await read(own)).waiting).toBe(1);
    const late = own.server.now() + 25 * 3600;
    own.server.now = () => late;
    expect(await codeOf(read(own))).toBe('promise-broken');
  });

  it('is caught by a receipt of an access that the log does not show; a forged receipt accuses nobody', async () => {
    const { own } = await stage();
    const { link } = await share('Y', own);
    const { receipts } = await district.do<{ receipts: string[] }>('open', { link });
    const receipt = receipts.at(-1) as string;
    const journal = await settled(own);
    const without = { ...journal, entries: journal.entries.filter((one) => one.event.kind !== 'grant-opened') };
    expect(await codeOf(checkReceipt(own, without, receipt))).toBe('receipt-outside');
    const { event, promise } = JSON.parse(receipt) as Record<string, string>;
    for (const forged of [
      '',
      '{}',
      '[1]',
      JSON.stringify({ event }),
      JSON.stringify({ event: `${event} `, promise }),
      JSON.stringify({ event, promise: `${promise?.slice(0, -8)}AAAAAAAA` }),
      JSON.stringify({ event, promise: 'a.b.c' }),
    ]) {
      expect(await codeOf(checkReceipt(own, journal, forged)), forged).toBe('bad-receipt');
    }
    await checkReceipt(own, journal, receipt);
  });
});
