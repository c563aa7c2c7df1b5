/** What offices sign in Python is checked and taken over here, and what is shared here holds for an office in Python. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ValueRecord } from '../../src/formats/object.ts';
import type { Json, JsonObject } from '../../src/formats/strict_json.ts';
import { conditions, linkOf, prepare, release, toAgency } from '../../src/grant/grants.ts';
import { fetchRegistry, type Registry } from '../../src/grant/registry.ts';
import { pickField } from '../../src/grant/selection.ts';
import { discard, inbox, newCode, type Received } from '../../src/inbox/deposits.ts';
import { openStatement, type Told, takeStatement } from '../../src/inbox/statements.ts';
import { judge } from '../../src/redeem/marks.ts';
import * as papers from '../../src/store/papers.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { codeOf, newPerson, paper } from '../support/people.ts';

const FIELD = 'residence_title.date_of_expiry';
let district: District;
let vault: Vault;
let registry: Registry;
let title: string;
let link: string;

beforeAll(async () => {
  district = await District.start();
}, 180_000);
afterAll(() => district.stop());
beforeEach(async () => {
  vault = (await newPerson(district.origin)).wallet.vault;
  registry = await fetchRegistry(vault);
  title = await vault.put(paper('Titel'));
  ({ link } = await newCode(vault, { label: 'Amt' }));
}, 60_000);

/** The code of a share of the title's end with an office. */
async function shared(agency: string, document = title): Promise<string> {
  const office = registry.agencies.find((one) => one.id === agency);
  if (office === undefined) throw new Error(agency);
  const to = toAgency(office, vault.server.now());
  const prepared = await prepare(
    vault,
    to,
    [pickField(document, 'date_of_expiry')],
    conditions('Antrag', { opens: 0 }),
  );
  await release(vault, prepared);
  return linkOf(vault, prepared);
}
async function waiting(): Promise<Received> {
  const [one, ...others] = await inbox(vault, registry);
  if (one === undefined || others.length > 0) throw new Error('not one statement waits');
  return one;
}
async function taken(): Promise<string[]> {
  const one = await waiting();
  return takeStatement(vault, one, await openStatement(vault, one, registry));
}
const record = (id = title): ValueRecord =>
  papers.recordsOf(vault.item(id).payload, 'date_of_expiry')[0] as ValueRecord;
const judged = (id = title) => judge({ field: FIELD, ...record(id) }, registry, vault.server.now());

describe('a mark on a value', () => {
  it('is taken to its value, travels, and holds for the next office', async () => {
    await district.do('sign', { agency: 'jobcenter', code: await shared('jobcenter'), fields: [FIELD], link });
    const one = await waiting();
    expect(one).toMatchObject({ sender: 'Jobcenter Musterstadt', office: 'jobcenter' });
    const agencies = registry.agencies.map((office) => ({ ...office, status: 'suspended' as const }));
    expect(await codeOf(openStatement(vault, one, { ...registry, agencies }))).toBe('unknown-agency');
    const told: Told = await openStatement(vault, one, registry);
    expect(told).toMatchObject({
      title: null,
      said: [{ field: FIELD, value: '2027-01-01', says: 'seen-in-original' }],
    });
    expect(record().evidence).toEqual([]); // nothing was written by looking
    expect(await takeStatement(vault, one, told)).toEqual([title]);
    expect(await inbox(vault, registry)).toEqual([]);
    expect(record()).toMatchObject({ assurance: 'seen-in-original', evidence: [{ name: 'Jobcenter Musterstadt' }] });
    expect(await judged()).toMatchObject([{ state: 'holds', name: 'Jobcenter Musterstadt' }]);
    expect(await judge({ field: FIELD, ...record() }, null, vault.server.now())).toEqual([{ state: 'unchecked' }]);
    expect(await district.do('marks', { agency: 'beratung', code: await shared('beratung') })).toEqual({
      [FIELD]: [['holds', 'seen-in-original', 'Jobcenter Musterstadt']],
    });
  }, 60_000);

  it('replaces the one before; agreeing raises nothing', async () => {
    const code = await shared('beratung');
    await district.do('sign', { agency: 'beratung', code, fields: [FIELD], link, says: 'agreed' });
    await taken();
    expect(record()).toMatchObject({ assurance: 'self-declared' });
    const [first] = record().evidence;
    await district.do('sign', { agency: 'beratung', code, fields: [FIELD], link, says: 'agreed' });
    await taken();
    expect(record().evidence.length).toBe(1);
    expect(record().evidence[0]).not.toEqual(first);
    await district.do('sign', { agency: 'beratung', code, fields: [FIELD], link });
    await taken();
    expect(record()).toMatchObject({ assurance: 'seen-in-original' });
    expect(await judged()).toMatchObject([{ says: 'agreed' }, { says: 'seen-in-original' }]);
  }, 60_000);

  it('falls with an edit, with another owner, and holds for no other value', async () => {
    await district.do('sign', { agency: 'jobcenter', code: await shared('jobcenter'), fields: [FIELD], link });
    await taken();
    const good = record();
    const child = await papers.addPerson(vault, { label: 'Lina', relation: 'child' }, '2026-11-25');
    await papers.editPaper(vault, title, () => ({ person: child }));
    expect(record()).toMatchObject({ assurance: 'self-declared', evidence: [] });
    await papers.editPaper(vault, title, () => ({ person: undefined, fields: { date_of_expiry: [good as Json] } }));
    await papers.editPaper(vault, title, () => ({ title: 'Anders' }));
    expect(record()).toEqual({ ...good, evidence: [], assurance: 'self-declared' });
    await vault.outbox.flush();
    const lying: JsonObject = {
      ...vault.item(title).payload,
      fields: { date_of_expiry: [{ ...good, value: '2099-01-01' }] },
    };
    await vault.put(lying, title);
    expect(await judged()).toEqual([{ state: 'broken' }]);
    expect(await district.do('marks', { agency: 'beratung', code: await shared('beratung') })).toEqual({
      [FIELD]: [['mark-mismatch', '', '']],
    });
    await papers.setValues(vault, title, { date_of_expiry: '2098-01-01' }, { asOf: '2026-11-25' });
    expect(record().evidence).toEqual([]);
  }, 60_000);

  it('is not taken where the value has changed since, or is just being changed', async () => {
    await district.do('sign', { agency: 'jobcenter', code: await shared('jobcenter'), fields: [FIELD], link });
    const one = await waiting();
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      if (String(input).includes('/v1/changes')) throw new TypeError('no network');
      return real(input, init);
    };
    await papers.setValues(vault, title, { date_of_expiry: '2031-01-01' }, { asOf: '2026-11-25' });
    await vault.outbox.flush();
    expect(await codeOf(openStatement(vault, one, registry))).toBe('edited-elsewhere');
    globalThis.fetch = real;
    await vault.outbox.flush();
    expect(await codeOf(openStatement(vault, one, registry))).toBe('mark-mismatch');
    expect(record().evidence).toEqual([]);
  }, 60_000);

  it('of somebody else’s paper, or of nobody known, is not taken', async () => {
    const code = await shared('jobcenter');
    const mine = vault;
    vault = (await newPerson(district.origin)).wallet.vault;
    const other = await newCode(vault, { label: 'Amt' });
    await district.do('sign', { agency: 'jobcenter', code, fields: [FIELD], link: other.link });
    const one = await waiting();
    expect(await codeOf(openStatement(vault, one, registry))).toBe('mark-mismatch');
    const [unproven] = await inbox(vault, null);
    expect(await codeOf(openStatement(vault, unproven as Received, registry))).toBe('unknown-sender');
    vault = mine;
  }, 60_000);
});

describe('a paper from an office', () => {
  it('comes with its fields signed, for the person it is of, and once', async () => {
    const fields = { reference: 'Z-12', kind: 'b1' };
    const code = await shared('jobcenter');
    await district.do('issue', {
      agency: 'jobcenter',
      link,
      type: 'course_admission',
      title: 'Zulassung',
      fields,
      of: code,
    });
    const one = await waiting();
    const told = await openStatement(vault, one, registry);
    expect(told).toMatchObject({ title: 'Zulassung' });
    expect(told.said.map(({ field, says }) => [field, says]).sort()).toEqual([
      ['course_admission.kind', 'issued'],
      ['course_admission.reference', 'issued'],
    ]);
    const [id] = await takeStatement(vault, one, told);
    const { payload } = vault.item(id as string);
    expect(payload).toMatchObject({ type: 'course_admission', title: 'Zulassung', state: 'present' });
    expect(papers.recordsOf(payload, 'reference')).toMatchObject([
      { value: 'Z-12', assurance: 'issuer-signed', source: 'Jobcenter Musterstadt', as_of: '2026-11-01' },
    ]);
    const on = { field: 'course_admission.reference', ...(papers.recordsOf(payload, 'reference')[0] as ValueRecord) };
    expect(await judge(on, registry, vault.server.now())).toMatchObject([{ state: 'holds', says: 'issued' }]);
    expect(told.writes[0]?.id).toBe(id); // taken again it would be the same paper
  }, 60_000);

  it('of nobody here, or in a form that none reads, is refused and can be thrown away', async () => {
    const put = (kind: string, text: string) => district.do('statement', { agency: 'jobcenter', link, kind, text });
    await put('credential', '{"v":1,"document":null,"marks":[]}');
    expect(await codeOf(waiting().then((one) => openStatement(vault, one, registry)))).toBe('malformed');
    await discard(vault, await waiting());
    await put('mark', 'not JSON at all');
    expect(await codeOf(waiting().then((one) => openStatement(vault, one, registry)))).toBe('malformed');
    await discard(vault, await waiting());
    const code = await shared('jobcenter');
    const mine = vault;
    vault = (await newPerson(district.origin)).wallet.vault;
    const other = await newCode(vault, { label: 'Amt' });
    const issued = {
      agency: 'jobcenter',
      link: other.link,
      type: 'cv',
      title: 'x',
      fields: { x_summary: 'y' },
      of: code,
    };
    await district.do('issue', issued);
    expect(await codeOf(waiting().then((one) => openStatement(vault, one, registry)))).toBe('mark-mismatch');
    vault = mine;
  }, 60_000);
});
