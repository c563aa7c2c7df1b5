/** Suite 2 between this client and the Python one: an office's key of it, and a code's; by WebCrypto and by script. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forceProvider } from '../../src/crypto/primitives.ts';
import { b64u, random, unb64u } from '../../src/formats/encoding.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { answer, look, prepare, sendNotice } from '../../src/grant/answering.ts';
import { conditions, DAY, prepare as prepareGrant, release, republish, toAgency } from '../../src/grant/grants.ts';
import { type Checked, fetchRegistry } from '../../src/grant/registry.ts';
import { pickField } from '../../src/grant/selection.ts';
import { codes, inbox, keep, newCode } from '../../src/inbox/deposits.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { heard, honest, lie } from '../support/lying.ts';
import { codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';

type Out = { readonly link: string; readonly request: string };
type Read = { readonly values: JsonObject };
let district: District;
let amira: Person;
let vault: Vault;
let registry: Checked;
let title: string;
const EXPIRY = 'residence_title.date_of_expiry';
const ways = [['web'], ['script']] as const;

beforeAll(async () => {
  district = await District.start();
  await district.do('hybrid', { agency: 'jobcenter' });
  amira = await newPerson(district.origin);
  vault = amira.wallet.vault;
  title = await vault.put(paper('Titel'));
  registry = await fetchRegistry(vault);
}, 180_000);
afterAll(() => district.stop());
afterEach(() => forceProvider(undefined));

const office = () => {
  const found = registry.agencies.find((one) => one.id === 'jobcenter');
  if (found === undefined) throw new Error('no office');
  return found;
};
const suiteOfPolicy = (policy: string) => (JSON.parse(policy) as { suite: number }).suite;

describe.each(ways)('an office with a key of suite 2, by %s', (way) => {
  it('is answered in suite 2, and reads what it asked for', async () => {
    forceProvider(way);
    const out = await district.do<Out>('ask', {
      ...{ agency: 'jobcenter', purpose: 'benefit', mode: 'link', required: [EXPIRY], optional: [] },
    });
    const asked = await look(vault, out.link, registry);
    const prepared = await prepare(vault, asked, [pickField(title, 'date_of_expiry')], {
      life: 14 * DAY,
      language: 'de',
    });
    expect(suiteOfPolicy(prepared.policy)).toBe(2);
    expect(unb64u(String(prepared.body.keybox))).toHaveLength(1200);
    await answer(vault, asked, prepared);
    const { grants } = await district.do<{ grants: string[] }>('collect', {
      agency: 'jobcenter',
      request: out.request,
    });
    expect(grants).toEqual([prepared.grant]);
    const read = await district.do<Read>('redeem', { agency: 'jobcenter', code: prepared.grant });
    expect(read.values).toEqual({ [EXPIRY]: '2027-01-01' });
  });

  it('finds what nobody asked for in its inbox, brought up to date by another device', async () => {
    forceProvider(way);
    const to = toAgency(office(), vault.server.now());
    const why = conditions('Antrag', { basis: 'public-task', opens: 0, standing: true });
    const prepared = await prepareGrant(vault, to, [pickField(title, 'date_of_expiry')], why);
    await release(vault, prepared);
    await sendNotice(vault, prepared);
    expect(await district.do<string[]>('inbox', { agency: 'jobcenter' })).toContain(prepared.grant);
    const other = await secondDevice(district.origin, amira);
    expect(await republish(other.vault, prepared.grant)).toBe(2);
    const read = await district.do<Read & { version: number }>('redeem', { agency: 'jobcenter', code: prepared.grant });
    expect(read).toMatchObject({ version: 2, values: { [EXPIRY]: '2027-01-01' } });
    const { handle, passphrase } = amira.secrets;
    await district.do('shares', { handle, passphrase, republish: prepared.grant });
    expect(await district.do('redeem', { agency: 'jobcenter', code: prepared.grant })).toMatchObject({ version: 3 });
  });
});

it('an office without one is sealed to as before', async () => {
  const other = registry.agencies.find((one) => one.id === 'beratung') as (typeof registry.agencies)[number];
  const to = toAgency(other, vault.server.now());
  const prepared = await prepareGrant(vault, to, [pickField(title, 'date_of_expiry')], conditions('Beratung'));
  expect([suiteOfPolicy(prepared.policy), unb64u(String(prepared.body.keybox)).length]).toEqual([1, 112]);
});

describe('a server that would have it weaker', () => {
  it('cannot take the key out of the registry', async () => {
    const fresh = await newPerson(district.origin);
    lie(/\/v1\/registry$/, (document) => {
      const payload = JSON.parse(new TextDecoder().decode(unb64u(String(document.payload)))) as {
        agencies: Record<string, unknown>[];
      };
      const agencies = payload.agencies.map(({ keys_2: _, ...rest }) => rest);
      return { ...document, payload: b64u(new TextEncoder().encode(JSON.stringify({ ...payload, agencies }))) };
    });
    expect(await codeOf(fetchRegistry(fresh.wallet.vault))).toBe('bad-signature');
    expect(heard()).toBe(1);
    honest();
    expect((await fetchRegistry(fresh.wallet.vault)).agencies.some((one) => one.keys_2?.length === 1)).toBe(true);
  });

  it('cannot talk the wallet out of it by saying what it knows itself', async () => {
    lie(/\/v1\/meta$/, (meta) => ({ ...meta, suites: [1] }));
    expect(unb64u(String(toAgency(office(), vault.server.now()).sealKey))).toHaveLength(1216);
  });
});

describe.each(ways)('a deposit code of suite 2, by %s', (way) => {
  it('is as short as the others, and what is put in opens here', async () => {
    forceProvider(way);
    const { code, link } = await newCode(vault, { label: `Beratung ${way}`, suite: 2 });
    expect(link).toHaveLength(`${district.origin}/d#`.length + 43);
    expect((await codes(vault)).find((one) => one.code === code)).toMatchObject({ link, state: 'open' });
    const name = `${way}.txt`;
    await district.do('deposit', { link, name, content: 'Bescheid', note: 'bitte' });
    const received = (await inbox(vault, registry)).find((one) => one.name === name);
    if (received === undefined) throw new Error('nothing came');
    expect(received).toMatchObject({ code, note: 'bitte' });
    await keep(vault, received);
    expect((await inbox(vault, registry)).some((one) => one.name === name)).toBe(false);
  });
});

it('a code of suite 2 is read on another device, and one of a later suite is not guessed at', async () => {
  const { code, link } = await newCode(vault, { label: 'zwei', suite: 2 });
  const other = await secondDevice(district.origin, amira);
  expect((await codes(other.vault, { offline: true })).find((one) => one.code === code)?.link).toBe(link);
  const item = vault.items('deposit-code').find((one) => one.id === code);
  await vault.put({ ...(item?.payload as JsonObject), suite: 3, key_hash: b64u(random(16)) }, code);
  expect(await codeOf(codes(vault, { offline: true }))).toBe('unknown-record');
});
