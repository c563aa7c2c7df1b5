/** The registry: what is taken, and each lie about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/formats/encoding.ts';
import { look } from '../../src/grant/answering.ts';
import {
  acceptKeys,
  type Changed,
  fetchRegistry,
  keptRegistry,
  offices,
  pinnedRoots,
  pinRoots,
} from '../../src/grant/registry.ts';
import { District } from '../support/district.ts';
import { heard, honest, lie, lieText } from '../support/lying.ts';
import { codeOf, newPerson, type Person, secondDevice } from '../support/people.ts';

const DOCUMENT = /\/v1\/registry$/;
const ROOTS = /\/v1\/registry\/roots$/;
let district: District;
beforeAll(async () => {
  district = await District.start();
}, 180_000);
afterAll(() => district.stop());

const QUESTION = {
  ...{ purpose: 'benefit', mode: 'link', on_no: 'Es dauert länger.' },
  ...{ required: ['residence_title.date_of_expiry'], optional: [] },
};
const draft = (members: Record<string, unknown>) => district.do<string>('draft', members);

describe('a registry', () => {
  it('is taken, kept, and says who the offices are', async () => {
    const { vault } = (await newPerson(district.origin)).wallet;
    expect(await keptRegistry(vault)).toBeNull();
    const registry = await fetchRegistry(vault);
    expect(offices(registry).map(({ id, name, power, active }) => [id, name, power, active])).toEqual([
      ['beratung', 'Beratungsstelle', 'voluntary-advice', true],
      ['jobcenter', 'Jobcenter Musterstadt', 'can-sanction', true],
    ]);
    expect(await keptRegistry(vault)).toEqual(registry);
    const pinned = await pinnedRoots(vault);
    expect([pinned?.bundle, pinned?.fingerprint]).toEqual(['musterkreis', district.fingerprint]);
  });

  it('is missing where no agencies are', async () => {
    const empty = await District.start({ enrolled: false });
    try {
      const { vault } = (await newPerson(empty.origin)).wallet;
      expect(await codeOf(fetchRegistry(vault))).toBe('no-registry');
    } finally {
      await empty.stop();
    }
  }, 180_000);
});

describe('a server that lies about the registry', () => {
  let amira: Person;
  beforeAll(async () => {
    amira = await newPerson(district.origin);
    await fetchRegistry(amira.wallet.vault);
  });

  it('is caught with every document that is not the next one of the pinned history', async () => {
    const { vault } = amira.wallet;
    const version = await district.do<number>('publish');
    await fetchRegistry(vault);
    const cases: [string, Record<string, unknown>][] = [
      ['rolled-back', { version: version - 1 }],
      ['two-faced', { version, previous: 'x' }],
      ['two-faced', { version, previous: 'last', issued: -5 }],
      ['two-faced', { version: version + 1, previous: 'x' }],
      ['bad-signature', { version: version + 1, previous: 'last', roots: 'other' }],
      ['bad-signature', { version: version + 1, previous: 'last', roots: 'one' }],
      ['registry-expired', { version: version + 1, previous: 'last', issued: -46 * 86400 }],
    ];
    for (const [code, members] of cases) {
      const document = await draft(members);
      lieText(DOCUMENT, () => document);
      expect(await codeOf(fetchRegistry(vault)), JSON.stringify(members)).toBe(code);
      expect(heard()).toBe(1);
      honest();
    }
    for (const garbage of ['', '{}', '[]', 'null', '{"payload":"","signatures":[]}']) {
      lieText(DOCUMENT, () => garbage);
      expect(await codeOf(fetchRegistry(vault)), garbage).toBe('malformed');
      honest();
    }
    expect((await fetchRegistry(vault)).version).toBe(version);
  });

  it('is caught when one is made for this victim alone: it stands in no public log', async () => {
    const { vault } = amira.wallet;
    const version = await district.do<number>('publish');
    const document = await draft({ version: version + 1, previous: 'last' });
    lieText(DOCUMENT, () => document);
    expect(await codeOf(fetchRegistry(vault))).toBe('unlogged');
    honest();
    await fetchRegistry(vault);
  }, 60_000);

  it('is caught when its proof is of another leaf, another log or another tree', async () => {
    const { vault } = amira.wallet;
    const cases: [string, (answer: Record<string, unknown>) => Record<string, unknown>][] = [
      ['unlogged', (answer) => ({ ...answer, index: Number(answer.index) + 1 })],
      ['unlogged', (answer) => ({ ...answer, path: [...(answer.path as string[]), 'A'.repeat(43)] })],
      ['unlogged', (answer) => ({ ...answer, path: (answer.path as string[]).map(() => 'A'.repeat(43)), index: 0 })],
      ['malformed', (answer) => ({ ...answer, size: Number(answer.size) + 1 })],
      ['malformed', ({ path: _, ...answer }) => answer],
      [
        'bad-signature',
        (answer) => ({
          ...answer,
          checkpoint: String(answer.checkpoint).replace(/\n.{43}=\n/, `\n${'A'.repeat(43)}=\n`),
        }),
      ],
      ['header-mismatch', (answer) => ({ ...answer, checkpoint: `x${answer.checkpoint}` })],
    ];
    for (const [code, alter] of cases) {
      lie(/\/v1\/log\/inclusion$/, alter);
      expect(await codeOf(fetchRegistry(vault)), String(alter)).toBe(code);
      honest();
    }
  });

  it('is caught when it takes to other roots, and goes on only after a person has compared them', async () => {
    const person = await newPerson(district.origin);
    const { vault } = person.wallet;
    const version = (await fetchRegistry(vault)).version;
    const others = await district.do<string>('other_roots');
    const document = await draft({ version: version + 1, previous: 'last', roots: 'other' });
    const early = (await newPerson(district.origin)).wallet.vault;
    lieText(ROOTS, () => others); // whose roots do not verify the registry beside them is not believed
    expect(await codeOf(fetchRegistry(early))).toBe('bad-signature');
    honest();
    expect((await fetchRegistry(early)).version).toBe(version);
    const lying = () => {
      lieText(ROOTS, () => others);
      lieText(DOCUMENT, () => document);
    };
    lying();
    expect(await codeOf(fetchRegistry(vault))).toBe('roots-changed');
    honest();
    // a new device of the same wallet does not begin trusting anew
    await vault.outbox.flush();
    const second = await secondDevice(district.origin, person);
    lying();
    expect(await codeOf(fetchRegistry(second.vault))).toBe('roots-changed');
    honest();
    expect((await pinnedRoots(second.vault))?.fingerprint).toBe(district.fingerprint);
    expect(await codeOf(pinRoots(second.vault, utf8(others)))).toBe('roots-pinned');
    expect(await codeOf(pinRoots(second.vault, utf8('{}')))).toBe('bad-roots');
    expect((await pinRoots(second.vault, utf8(district.roots))).fingerprint).toBe(district.fingerprint);
    const changed = await pinRoots(second.vault, utf8(others), { replace: true });
    expect(changed.fingerprint).not.toBe(district.fingerprint);
    expect(await codeOf(fetchRegistry(second.vault))).toBe('roots-changed'); // the honest server now shows others
    await second.vault.outbox.flush();
    await vault.sync();
    expect((await pinnedRoots(vault))?.fingerprint).toBe(changed.fingerprint);
  });

  it('is caught when it showed two devices different roots', async () => {
    const person = await newPerson(district.origin);
    const others = await district.do<string>('other_roots');
    const second = await secondDevice(district.origin, person);
    await fetchRegistry(person.wallet.vault);
    const [item] = person.wallet.vault.items('roots');
    await second.vault.put({ ...item?.payload, v: 1, kind: 'roots', file: others });
    await person.wallet.vault.outbox.flush();
    await person.wallet.vault.sync();
    expect(await codeOf(fetchRegistry(person.wallet.vault))).toBe('roots-changed');
  });

  it('is caught when an office has another key, until a person has asked the office', async () => {
    const { vault } = amira.wallet;
    await fetchRegistry(vault);
    await district.do('publish', { agency: 'jobcenter', rotate: true });
    const { agencies, changed } = await fetchRegistry(vault);
    // The others go on; this one is not among those to which something could be sealed.
    expect(agencies.map(({ id }) => id)).toEqual(['beratung']);
    expect(changed.map(({ agency, keys }) => [agency.id, keys.length, keys[0]?.length])).toEqual([
      ['jobcenter', 1, 12],
    ]);
    expect(await fetchRegistry(vault)).toEqual({ ...(await keptRegistry(vault)) });
    const asked = await district.do<{ link: string }>('ask', { agency: 'jobcenter', ...QUESTION });
    expect(await codeOf(look(vault, asked.link, await fetchRegistry(vault)))).toBe('keys-changed');
    await acceptKeys(vault, changed[0] as Changed);
    const accepted = await fetchRegistry(vault);
    expect(accepted.changed).toEqual([]);
    expect((await look(vault, asked.link, accepted)).agency.id).toBe('jobcenter');
  });

  it('gets exactly the key accepted that was shown, and no other change', async () => {
    const { vault } = (await newPerson(district.origin)).wallet;
    await fetchRegistry(vault);
    await district.do('publish', { agency: 'jobcenter', rotate: true });
    const [shown] = (await fetchRegistry(vault)).changed as [Changed];
    // While the person telephones, this office and another one get further keys.
    await district.do('publish', { agency: 'jobcenter', rotate: true });
    await district.do('publish', { agency: 'beratung', rotate: true });
    const { changed } = await fetchRegistry(vault);
    expect(changed.map(({ agency }) => agency.id).sort()).toEqual(['beratung', 'jobcenter']);
    expect(await codeOf(acceptKeys(vault, shown))).toBe('keys-changed');
    const second = changed.find(({ agency }) => agency.id === 'jobcenter') as Changed;
    expect(second.keys).toHaveLength(2);
    const invented = { ...second, agency: { ...second.agency, id: 'nobody' } };
    expect(await codeOf(acceptKeys(vault, invented))).toBe('keys-changed');
    await acceptKeys(vault, second);
    const rest = await fetchRegistry(vault);
    expect([rest.agencies.map(({ id }) => id), rest.changed.map(({ agency }) => agency.id)]).toEqual([
      ['jobcenter'],
      ['beratung'],
    ]);
    expect((await keptRegistry(vault))?.changed.map(({ agency }) => agency.id)).toEqual(['beratung']);
  });

  it('gains nothing by taking an office out and bringing it back with another key', async () => {
    const { vault } = (await newPerson(district.origin)).wallet;
    await fetchRegistry(vault);
    await district.do('publish', { remove: 'beratung' });
    expect((await fetchRegistry(vault)).agencies.map(({ id }) => id)).toEqual(['jobcenter']);
    await district.do('publish', { restore: true, agency: 'beratung', rotate: true });
    expect((await fetchRegistry(vault)).changed.map(({ agency }) => agency.id)).toEqual(['beratung']);
  });

  it('is caught when its log is another one than before', async () => {
    const person = await newPerson(district.origin);
    await fetchRegistry(person.wallet.vault);
    const { serverKeys, ServerKeys } = await import('../../src/audit/server_keys.ts');
    expect(serverKeys(person.wallet.vault)).toBe(serverKeys(person.wallet.vault));
    lie(/\/v1\/meta$/, (meta) => ({ ...meta, log: { origin: 'other/mappe-log' } }));
    const keys = new ServerKeys(person.wallet.vault.server, person.wallet.vault.shelf);
    expect(await codeOf(keys.promiseKey('A'.repeat(43)))).toBe('log-changed');
    honest();
    for (const [code, alter] of [
      ['wrong-origin', (meta: Record<string, unknown>) => ({ ...meta, origin: 'https://other.example' })],
      ['malformed', (meta: Record<string, unknown>) => ({ ...meta, keys: [] })],
      [
        'malformed',
        (meta: Record<string, unknown>) => ({
          ...meta,
          keys: (meta.keys as Record<string, unknown>[]).map((key) => ({ ...key, kid: 'A'.repeat(43) })),
        }),
      ],
      ['malformed', () => ({})],
    ] as const) {
      lie(/\/v1\/meta$/, alter);
      const fresh = new ServerKeys(person.wallet.vault.server, person.wallet.vault.shelf);
      expect(await codeOf(fresh.promiseKey('A'.repeat(43))), code).toBe(code);
      honest();
    }
    expect(await codeOf(serverKeys(person.wallet.vault).promiseKey('A'.repeat(43)))).toBe('unknown-key');
  });
});
