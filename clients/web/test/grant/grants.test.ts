/** Grants made here, read by the Python recipients; and the other way round. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/formats/encoding.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import {
  conditions,
  DAY,
  end,
  endAll,
  linkOf,
  linkOfShare,
  listing,
  newPasscode,
  prepare,
  release,
  republish,
  standingWith,
  toAgency,
  toAnybody,
} from '../../src/grant/grants.ts';
import { fetchRegistry } from '../../src/grant/registry.ts';
import { pickDerived, pickField, pickFile, warnings } from '../../src/grant/selection.ts';
import { upload } from '../../src/store/files.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { heard, honest, lie, passed } from '../support/lying.ts';
import { codeOf, newPerson, type Person, paper } from '../support/people.ts';

type Read = { version: number; values: JsonObject; purpose: string; receipts: string[] };
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

describe('a link', () => {
  it('shows exactly what the preview showed, within its limits', async () => {
    const picks = [pickField(title, 'date_of_expiry'), pickDerived(title, 'valid-today')];
    passed();
    const prepared = await prepare(vault, toAnybody('Vermieter'), picks, conditions('Wohnung'));
    expect(passed()).toEqual([]); // nothing is sent by preparing
    expect(prepared.slots.map((one) => [one.name, one.content.value])).toEqual([
      ['residence_title.date_of_expiry', '2027-01-01'],
      ['residence_title.valid_today', true],
    ]);
    await release(vault, prepared);
    const link = linkOf(vault, prepared);
    expect(await district.do('peek', { link })).toEqual({
      purpose: 'Wohnung',
      fields: ['residence_title.date_of_expiry', 'residence_title.valid_today'],
    });
    const read = await district.do<Read>('open', { link });
    expect(read.values).toEqual({
      'residence_title.date_of_expiry': '2027-01-01',
      'residence_title.valid_today': true,
    });
    expect(await codeOf(district.do('open', { link }))).toBe('grant-used-up');
    const [share] = (await listing(vault)).filter((one) => one.id === prepared.grant);
    expect(share).toMatchObject({
      to: 'Vermieter',
      agency: null,
      state: 'active',
      opensUsed: 1,
      usedUp: true,
      peeks: 1,
      triesLeft: null,
    });
  });

  it('opens with its passcode only', async () => {
    const passcode = newPasscode();
    const prepared = await prepare(
      vault,
      toAnybody(),
      [pickField(title, 'date_of_expiry')],
      conditions('Bank', { passcode }),
    );
    await release(vault, prepared);
    const link = linkOfShare(vault, prepared.grant);
    const wrong = passcode === '000000' ? '000001' : '000000';
    expect(await codeOf(district.do('open', { link, passcode: wrong }))).toBe('passcode-wrong');
    expect((await listing(vault)).find((one) => one.id === prepared.grant)).toMatchObject({ triesLeft: 4, passcode });
    expect((await district.do<Read>('open', { link, passcode })).values).toEqual({
      'residence_title.date_of_expiry': '2027-01-01',
    });
  });

  it('hands out a file whole', async () => {
    const file = await upload(vault, new Blob([utf8('%PDF-1.7 bytes')]), {
      name: 'titel.pdf',
      media: 'application/pdf',
    });
    const scanned = await vault.put({ ...paper('Scan'), attachments: [file as unknown as JsonObject] });
    const prepared = await prepare(vault, toAnybody(), [pickFile(scanned, 0)], conditions('Bank'));
    await release(vault, prepared);
    expect(await district.do('file', { link: linkOf(vault, prepared) })).toBe('JVBERi0xLjcgYnl0ZXM');
  });

  it('is sent again with the same bytes when the answer was lost', async () => {
    const prepared = await prepare(vault, toAnybody('A'), [pickField(title, 'date_of_expiry')], conditions('p'));
    await release(vault, prepared);
    await release(vault, prepared);
    expect((await listing(vault)).filter((one) => one.id === prepared.grant)).toHaveLength(1);
  });

  it('ends at once, alone and with all of a recipient', async () => {
    const make = async (name: string) => {
      const prepared = await prepare(vault, toAnybody(name), [pickField(title, 'date_of_expiry')], conditions('p'));
      await release(vault, prepared);
      return prepared;
    };
    const [one, two, three, other] = [await make('Kino'), await make('Kino'), await make('Kino'), await make('Sport')];
    expect(await end(vault, [one.grant, one.grant, 'AAAAAAAAAAAAAAAAAAAAAA'])).toEqual([one.grant]);
    expect(await codeOf(district.do('open', { link: linkOf(vault, one) }))).toBe('grant-withdrawn');
    expect((await endAll(vault, { name: 'Kino' })).sort()).toEqual([two.grant, three.grant].sort());
    expect(await endAll(vault, { name: 'Kino' })).toEqual([]);
    expect((await listing(vault)).find((row) => row.id === other.grant)?.state).toBe('active');
    expect(await endAll(vault)).toContain(other.grant);
  });

  it('follows the newest values when it stands, and changes nothing else', async () => {
    const paperId = await vault.put(paper('Titel', '2026-12-01'));
    const lasting = conditions('Arbeit', { standing: true, opens: 3, life: 30 * DAY });
    const prepared = await prepare(vault, toAnybody('Betrieb'), [pickField(paperId, 'date_of_expiry')], lasting);
    await release(vault, prepared);
    const link = linkOf(vault, prepared);
    expect((await district.do<Read>('open', { link })).values).toEqual({
      'residence_title.date_of_expiry': '2026-12-01',
    });
    await vault.put(paper('Titel', '2028-12-01'), paperId);
    expect(standingWith(vault, paperId)).toEqual([prepared.grant]);
    expect(standingWith(vault, title)).toEqual([]);
    expect(await republish(vault, prepared.grant)).toBe(2);
    const read = await district.do<Read>('open', { link });
    expect([read.version, read.values]).toEqual([2, { 'residence_title.date_of_expiry': '2028-12-01' }]);
    expect(await codeOf(republish(vault, prepared.grant, [pickDerived(paperId, 'valid-today')]))).toBe('other-fields');
    expect(await codeOf(republish(vault, 'AAAAAAAAAAAAAAAAAAAAAA'))).toBe('no-such-share');
  });

  it('goes on from the version that the server has, where an answer was lost', async () => {
    const prepared = await prepare(
      vault,
      toAnybody('Betrieb'),
      [pickField(title, 'date_of_expiry')],
      conditions('Arbeit', { standing: true, opens: 3 }),
    );
    await release(vault, prepared);
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const answer = await real(input, init);
      if (init?.method === 'PUT') throw new TypeError('the line broke');
      return answer;
    };
    expect(await codeOf(republish(vault, prepared.grant))).toBe('offline');
    globalThis.fetch = real;
    expect(await republish(vault, prepared.grant)).toBe(3);
    expect((await district.do<Read>('open', { link: linkOf(vault, prepared) })).version).toBe(3);
  });
});

describe('an agency grant', () => {
  it('is read by that agency and by no other', async () => {
    const registry = await fetchRegistry(vault);
    const jobcenter = registry.agencies.find((one) => one.id === 'jobcenter');
    if (jobcenter === undefined) throw new Error('not enrolled');
    const to = toAgency(jobcenter, vault.server.now());
    const asked = conditions('Antrag', { basis: 'public-task', opens: 0, language: 'en', life: 30 * DAY });
    const prepared = await prepare(vault, to, [pickField(title, 'date_of_expiry')], asked);
    await release(vault, prepared);
    const code = linkOf(vault, prepared);
    expect(code).toContain('/a#');
    expect((await district.do<Read>('redeem', { agency: 'jobcenter', code })).values).toEqual({
      'residence_title.date_of_expiry': '2027-01-01',
    });
    expect(await codeOf(district.do('redeem', { agency: 'beratung', code }))).toBe('not-found');
    expect(await endAll(vault, { agency: 'jobcenter' })).toEqual([prepared.grant]);
    expect(await codeOf(district.do('redeem', { agency: 'jobcenter', code }))).toBe('grant-withdrawn');
  });

  it('needs a key that counts', async () => {
    const registry = await fetchRegistry(vault);
    const [agency] = registry.agencies;
    if (agency === undefined) throw new Error('not enrolled');
    for (const changed of [
      { ...agency, keys: [] },
      { ...agency, status: 'suspended' as const },
      { ...agency, keys: agency.keys.map((key) => ({ ...key, status: 'revoked' as const })) },
      { ...agency, keys: agency.keys.map((key) => ({ ...key, exp: vault.server.now() })) },
    ]) {
      expect(await codeOf((async () => toAgency(changed, vault.server.now()))())).toBe('no-key');
    }
  });
});

describe('two clients of one wallet', () => {
  it('list, bring up to date and end what the other has shared', async () => {
    const made = await district.do<{ grant: string; link: string }>('share', { ...secrets(), name: 'Verein' });
    await vault.sync();
    expect((await listing(vault)).find((one) => one.id === made.grant)).toMatchObject({
      ...{ to: 'Verein', purpose: 'Wohnung', standing: true, state: 'active' },
    });
    expect(linkOfShare(vault, made.grant)).toBe(made.link);
    expect(await republish(vault, made.grant)).toBe(2);
    expect((await district.do<Read>('open', { link: made.link })).version).toBe(2);

    const prepared = await prepare(
      vault,
      toAnybody('Chor'),
      [pickField(title, 'date_of_expiry')],
      conditions('p', { standing: true }),
    );
    await release(vault, prepared);
    const shares = await district.do<string[][]>('shares', { ...secrets(), republish: prepared.grant, end: true });
    expect(shares).toContainEqual([prepared.grant, 'Chor', ['residence_title.date_of_expiry'], 'active']);
    expect((await listing(vault)).find((one) => one.id === prepared.grant)?.state).toBe('ended');
  });

  it('offline shows what the vault knows, and asks nobody', async () => {
    passed();
    const rows = await listing(vault, { offline: true });
    expect(passed()).toEqual([]);
    expect(rows.every((row) => row.state === 'unknown' && row.to !== null)).toBe(true);
  });
});

describe('what cannot be shared', () => {
  const refused = async (work: () => Promise<unknown>) => codeOf(work());

  it('is refused with a code before anything is sent', async () => {
    const pick = pickField(title, 'date_of_expiry');
    passed();
    const cases: [string, () => Promise<unknown>][] = [
      ['nothing-picked', () => prepare(vault, toAnybody(), [], conditions('p'))],
      ['too-long', () => prepare(vault, toAnybody(), [pick], conditions('p', { life: 367 * DAY }))],
      ['too-long', () => prepare(vault, toAnybody(), [pick], conditions('p', { life: 0 }))],
      ['too-long', () => prepare(vault, toAnybody(), [pick], conditions('p', { life: Number.NaN }))],
      ['bad-opens', () => prepare(vault, toAnybody(), [pick], conditions('p', { opens: 0 }))],
      ['no-text', () => prepare(vault, toAnybody(), [pick], conditions('p', { language: 'tlh' }))],
      ['no-such-paper', () => prepare(vault, toAnybody(), [pickField('AAAAAAAAAAAAAAAAAAAAAA', 'x')], conditions('p'))],
      ['no-such-field', () => prepare(vault, toAnybody(), [pickField(title, 'iban')], conditions('p'))],
      ['no-such-field', () => prepare(vault, toAnybody(), [pickField(title, '__proto__')], conditions('p'))],
      ['no-such-field', () => prepare(vault, toAnybody(), [pickField(title, 'date_of_expiry', 1)], conditions('p'))],
      ['no-such-file', () => prepare(vault, toAnybody(), [pickFile(title, 0)], conditions('p'))],
      ['cannot-derive', () => prepare(vault, toAnybody(), [pickDerived(title, 'adult-today')], conditions('p'))],
    ];
    for (const [code, work] of cases) expect(await refused(work), String(work)).toBe(code);
    expect(passed()).toEqual([]);
  });

  it('derives nothing from a year', async () => {
    const vague = await vault.put(paper('Alt', '2030'));
    expect(await refused(() => prepare(vault, toAnybody(), [pickDerived(vague, 'valid-today')], conditions('p')))).toBe(
      'cannot-derive',
    );
  });
});

describe('a warning', () => {
  it('comes before an expired, an expiring, a sensitive or a showing paper leaves', async () => {
    const today = '2026-11-25';
    const old = await vault.put(paper('Alt', '2026-11-24'));
    const soon = await vault.put(paper('Bald', '2026-12-24'));
    const asylum = await vault.put({
      ...paper('Bescheid'),
      type: 'asylum_decision',
      fields: { kind: [{ value: 'x', assurance: 'self-declared', source: '', as_of: '2026', evidence: [] }] },
    });
    const two = { assurance: 'self-declared', source: 's', as_of: '2026-11-01', evidence: [] };
    const torn = await vault.put({
      ...paper('Zwei', '2030-01-01'),
      fields: {
        date_of_expiry: [
          { ...two, value: '2030-01-01' },
          { ...two, value: '2031-01-01' },
        ],
      },
    });
    const kinds = (...picks: Parameters<typeof warnings>[1]) => warnings(vault, picks, today).map((one) => one.kind);
    expect(warnings(vault, [pickField(title, 'date_of_expiry')], '2026-09-25')).toEqual([]);
    expect(kinds(pickField(old, 'date_of_expiry'), pickDerived(old, 'valid-today'))).toEqual(['expired']);
    expect(kinds(pickField(soon, 'date_of_expiry'))).toEqual(['expiring']);
    expect(kinds(pickField(asylum, 'kind'))).toEqual(['sensitive']);
    expect(kinds(pickField(torn, 'date_of_expiry'))).toEqual(['conflicting']);
    const scan = warnings(vault, [pickFile(title, 0)], '2026-09-25');
    expect(scan).toEqual([
      {
        kind: 'scan-shows',
        name: 'residence_title.file',
        document: title,
        shows: ['portrait', 'access_number', 'document_number'],
      },
    ]);
  });
});

describe('a server that lies about a share', () => {
  const prepared = () => prepare(vault, toAnybody('X'), [pickField(title, 'date_of_expiry')], conditions('p'));

  it('is caught when it does the act without a promise, or with one for another act', async () => {
    const other = await prepared();
    let kept: { [member: string]: unknown } = {};
    lie(/\/v1\/grants\/[\w-]+$/, (answer) => {
      kept = { ...answer };
    });
    await release(vault, other);
    const cases: [string, (answer: { [member: string]: unknown }) => { [member: string]: unknown } | undefined][] = [
      ['promise-mismatch', ({ promise: _, ...rest }) => rest],
      ['promise-mismatch', ({ event: _, ...rest }) => rest],
      [
        'hash-mismatch',
        (answer) => ({ ...answer, event: String(answer.event).replace('grant-created', 'grant-ended') }),
      ],
      ['hash-mismatch', (answer) => ({ ...answer, promise: kept.promise })],
      ['promise-mismatch', (answer) => ({ ...answer, event: kept.event, promise: kept.promise })],
      ['malformed', (answer) => ({ ...answer, promise: 'x.y.z' })],
      ['bad-signature', (answer) => ({ ...answer, promise: `${String(answer.promise).slice(0, -8)}AAAAAAAA` })],
    ];
    for (const [code, alter] of cases) {
      const one = await prepared();
      lie(/\/v1\/grants\/[\w-]+$/, alter);
      expect(await codeOf(release(vault, one)), code).toBe(code);
      expect(heard()).toBeGreaterThan(0);
      honest();
    }
    const ended = await prepared();
    await release(vault, ended);
    lie(/\/v1\/grants\/end$/, (answer) => ({ ...answer, receipts: [{ event: kept.event, promise: kept.promise }] }));
    expect(await codeOf(end(vault, [ended.grant]))).toBe('promise-mismatch');
    honest();
    const silent = await prepared();
    await release(vault, silent);
    lie(/\/v1\/grants\/end$/, (answer) => ({ ...answer, receipts: [] }));
    expect(await codeOf(end(vault, [silent.grant]))).toBe('promise-mismatch');
  });
});

describe('a list that is none', () => {
  it('is refused with a code', async () => {
    for (const garbage of [{}, { grants: [{}] }, { grants: 'x' }]) {
      lie(/\/v1\/grants$/, () => garbage);
      expect(await codeOf(listing(vault))).toBe('bad-answer');
      honest();
    }
    lie(/\/v1\/grants\/end$/, () => ({}));
    expect(await codeOf(end(vault, ['AAAAAAAAAAAAAAAAAAAAAA']))).toBe('bad-answer');
    expect(await end(vault, [])).toEqual([]);
  });
});
