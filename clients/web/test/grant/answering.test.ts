/** A request made by the Python agency client is answered here, and collected there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { answer, look, match, prepare, sendNotice } from '../../src/grant/answering.ts';
import { conditions, DAY, linkOf, prepare as prepareGrant, release, toAgency } from '../../src/grant/grants.ts';
import { type Checked, fetchRegistry } from '../../src/grant/registry.ts';
import { type Pick, pickField } from '../../src/grant/selection.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { heard, honest, lie, passed } from '../support/lying.ts';
import { child, codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';

type Out = { readonly link: string; readonly request: string; readonly nonce: string };
type Read = { readonly values: JsonObject };
let district: District;
let amira: Person;
let vault: Vault;
let registry: Checked;
let title: string;
const EXPIRY = 'residence_title.date_of_expiry';
const KIND = 'residence_title.x_title_type';

beforeAll(async () => {
  district = await District.start();
  amira = await newPerson(district.origin);
  vault = amira.wallet.vault;
  title = await vault.put(paper('Titel'));
  registry = await fetchRegistry(vault);
}, 180_000);
afterAll(() => district.stop());

const ask = (more: Record<string, unknown> = {}) =>
  district.do<Out>('ask', {
    ...{ agency: 'jobcenter', purpose: 'benefit', mode: 'link', required: [EXPIRY], optional: [KIND] },
    ...{ on_no: 'Es dauert länger.', ...more },
  });
const options = { life: 14 * DAY, language: 'de' };

describe('a request', () => {
  it('is shown, matched, answered, and collected with the digits', async () => {
    const out = await ask({ mode: 'desk' });
    passed();
    const asked = await look(vault, out.link, registry);
    expect(passed()).toEqual([`POST /v1/requests/${out.request}/fetch`]);
    expect(asked.agency.name).toBe('Jobcenter Musterstadt');
    expect(asked.request).toMatchObject({
      ...{ purpose: { id: 'benefit', text: 'Antrag auf Leistungen prüfen' }, basis: 'public-task', digits: true },
      ...{ on_no: 'Es dauert länger.', required: [EXPIRY], optional: [KIND] },
    });
    expect(asked.overAsking).toEqual([]);
    const matches = match(vault, asked);
    expect(matches.map(({ name, required, allowed, picks }) => [name, required, allowed, picks.length])).toEqual([
      [EXPIRY, true, true, 1],
      [KIND, false, true, 0],
    ]);
    const prepared = await prepare(vault, asked, matches[0]?.picks ?? [], options);
    expect(prepared.conditions).toMatchObject({ basis: 'public-task', retention: 'P6M', request: out.nonce, opens: 0 });
    const done = await answer(vault, asked, prepared);
    expect(done.digits).toMatch(/^\d{6}$/);
    const wrong = done.digits === '000000' ? '000001' : '000000';
    expect(await codeOf(district.do('collect', { agency: 'jobcenter', request: out.request, digits: wrong }))).toBe(
      'digits-wrong',
    );
    const collected = await district.do<{ grants: string[] }>('collect', {
      ...{ agency: 'jobcenter', request: out.request, digits: done.digits },
    });
    expect(collected.grants).toEqual([done.grant]);
    const read = await district.do<Read>('redeem', { agency: 'jobcenter', code: done.grant });
    expect(read.values).toEqual({ [EXPIRY]: '2027-01-01' });
  });

  it('is answered once, on one device and on another', async () => {
    const out = await ask();
    const asked = await look(vault, out.link, registry);
    const done = await answer(vault, asked, await prepare(vault, asked, [pickField(title, 'date_of_expiry')], options));
    expect(done.digits).toBeNull();
    expect(await codeOf(look(vault, out.link, registry))).toMatch(/^(answered|request-answered)$/);
    const poster = await ask({ mode: 'poster' });
    const first = await look(vault, poster.link, registry);
    await answer(vault, first, await prepare(vault, first, [pickField(title, 'date_of_expiry')], options));
    expect(await codeOf(look(vault, poster.link, registry))).toBe('answered');
    const second = await secondDevice(district.origin, amira);
    expect(await codeOf(look(second.vault, poster.link, registry))).toBe('answered');
  });

  it('is repaired by answering again when the line broke in between, with the same grant', async () => {
    const out = await ask({ mode: 'desk' });
    const asked = await look(vault, out.link, registry);
    const prepared = await prepare(vault, asked, [pickField(title, 'date_of_expiry')], options);
    const first = await answer(vault, asked, prepared);
    expect(await answer(vault, asked, prepared)).toEqual(first);
    const { grants } = await district.do<{ grants: string[] }>('collect', {
      ...{ agency: 'jobcenter', request: out.request, digits: first.digits },
    });
    expect(grants).toEqual([prepared.grant]);
  });

  it('is declined without a call', async () => {
    const out = await ask();
    await look(vault, out.link, registry);
    expect(await district.do('state', { agency: 'jobcenter', request: out.request })).toMatchObject({
      ...{ state: 'open', answers: 0 },
    });
  });

  it('takes the newest paper first, only those of the person, none that is superseded', async () => {
    const person = await vault.put(child('Amal'));
    const updated = async (title: string, at: number, more: JsonObject = {}) =>
      vault.put({ ...paper(title), updated: at, ...more });
    const own = await updated('von Amal', 50, { person });
    const newer = await updated('neu', 60);
    await updated('alt', 70, { state: 'superseded' });
    const asked = await look(vault, (await ask()).link, registry);
    const ids = (picks: readonly Pick[] | undefined) => picks?.map((pick) => pick.document);
    expect(ids(match(vault, asked)[0]?.picks)?.slice(0, 2)).toEqual([newer, own]);
    expect(ids(match(vault, asked, person)[0]?.picks)).toEqual([own]);
    const derived = await ask({
      agency: 'beratung',
      purpose: 'advice',
      required: ['residence_title.valid_today'],
      optional: [],
    });
    const matches = match(vault, await look(vault, derived.link, registry), person);
    expect(matches[0]?.picks.map((pick) => pick.derived)).toEqual(['valid-today']);
  });

  it('gives nothing beyond what was asked', async () => {
    const asked = await look(vault, (await ask({ required: [KIND], optional: [] })).link, registry);
    const beyond = prepare(vault, asked, [pickField(title, 'date_of_expiry')], options);
    expect(await codeOf(beyond)).toBe('over-asking');
  });
});

describe('a server or somebody else that changes a request', () => {
  const BOX = /\/v1\/requests\/[\w-]+\/fetch$/;

  it('is caught whatever was changed', async () => {
    const out = await ask();
    const cases: [string, Record<string, unknown>][] = [
      ['bad-signature', { by: 'beratung', purpose_text: 'Etwas anderes' }],
      ['bad-signature', { by: 'beratung', required: [EXPIRY, 'bank_account.iban'] }],
      ['bad-signature', { by: 'beratung' }],
      ['wrong-request', { request: true }],
      ['wrong-audience', { audience: 'https://other.example' }],
      ['expired', { iat: 1000, exp: 2000 }],
      ['over-asking', { purpose: 'anything' }],
      ['over-asking', { basis: 'consent' }],
      ['unknown-agency', { agency_id: 'x' }],
    ];
    for (const [code, { agency_id: claimed, ...changes }] of cases) {
      const box = await district.do<string>('altered', {
        ...{
          agency: 'jobcenter',
          link: out.link,
          ...changes,
          ...(claimed === undefined ? {} : { agency_name: 'niemand' }),
        },
      });
      lie(BOX, () => ({ box, exp: 1 }));
      expect(await codeOf(look(vault, out.link, registry)), JSON.stringify(changes)).toBe(code);
      expect(heard()).toBe(1);
      honest();
    }
    const { box } = await import('../../src/api/http.ts').then(async ({ Server }) => {
      const { locateRequest } = await import('../../src/formats/request.ts');
      const { readLink } = await import('../../src/formats/grant.ts');
      const other = await locateRequest(readLink((await ask()).link).locator);
      return new Server(district.origin).post(`/v1/requests/${other.request}/fetch`, { auth: other.auth });
    });
    for (const [code, alter] of [
      ['header-mismatch', (answer: JsonObject) => ({ ...answer, box })],
      ['undecryptable', (answer: JsonObject) => ({ ...answer, box: `${String(answer.box).slice(0, -8)}AAAAAAAA` })],
      ['malformed', () => ({})],
      ['malformed', () => ({ box: 'x' })],
    ] as const) {
      lie(BOX, alter as never);
      expect(await codeOf(look(vault, out.link, registry)), String(alter)).toBe(code);
      honest();
    }
  });

  it('is flagged where an office asks for more than the registry allows, and that field never leaves', async () => {
    const out = await ask();
    const box = await district.do<string>('altered', {
      agency: 'jobcenter',
      link: out.link,
      optional: [KIND, 'person.family_name'],
    });
    lie(BOX, () => ({ box, exp: 1 }));
    const asked = await look(vault, out.link, registry);
    honest();
    expect(asked.overAsking).toEqual(['person.family_name']);
    const named = await vault.put({
      ...paper('Ausweis'),
      type: 'person',
      fields: {
        family_name: [{ value: 'Haddad', assurance: 'self-declared', source: '', as_of: '2026', evidence: [] }],
      },
    });
    const found = match(vault, asked).find((one) => one.name === 'person.family_name');
    expect([found?.allowed, found?.picks.length]).toEqual([false, 1]);
    expect(await codeOf(prepare(vault, asked, [pickField(named, 'family_name')], options))).toBe('over-asking');
  });

  it('is not even asked where the code is none, of another kind, or of another server', async () => {
    const { link } = await ask();
    passed();
    for (const [code, url] of [
      ['bad-link', ''],
      ['bad-link', 'https://example.org'],
      ['bad-link', link.slice(0, -1)],
      ['bad-link', link.replace('/r#', '/g#')],
      ['bad-link', link.replace('/r#', '/r/#')],
      ['bad-link', `${link}?x`],
      ['other-server', link.replace(district.origin, 'https://mappe.example')],
    ] as const) {
      expect(await codeOf(look(vault, url, registry)), url).toBe(code);
    }
    expect(passed()).toEqual([]);
  });

  it('is refused when the agency was suspended since', async () => {
    const { link } = await ask({
      agency: 'beratung',
      purpose: 'advice',
      required: ['person.family_name'],
      optional: [],
    });
    const suspended = {
      ...registry,
      agencies: registry.agencies.map((one) =>
        one.id === 'beratung' ? { ...one, status: 'suspended' as const } : one,
      ),
    };
    expect(await codeOf(look(vault, link, suspended))).toBe('unknown-agency');
    expect(await codeOf(look(vault, link, { ...registry, agencies: [] }))).toBe('unknown-agency');
  });
});

describe('a grant that nobody has asked for', () => {
  it('reaches the office as a notice', async () => {
    const agency = registry.agencies.find((one) => one.id === 'jobcenter');
    if (agency === undefined) throw new Error('not enrolled');
    const to = toAgency(agency, vault.server.now());
    const prepared = await prepareGrant(
      vault,
      to,
      [pickField(title, 'date_of_expiry')],
      conditions('Antrag', { opens: 0 }),
    );
    await release(vault, prepared);
    await sendNotice(vault, prepared);
    expect(await district.do('inbox', { agency: 'jobcenter' })).toEqual([prepared.grant]);
    const read = await district.do<Read>('redeem', { agency: 'jobcenter', code: prepared.grant });
    expect(read.values).toEqual({ [EXPIRY]: '2027-01-01' });
    expect(linkOf(vault, prepared)).toContain('/a#');
  });
});
