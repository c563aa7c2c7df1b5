/** Papers in a vault against a real server: edits of open objects, trash, people, contradictions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import * as papers from '../../src/store/papers.ts';
import type { Vault } from '../../src/store/vault.ts';
import { codeOf, newPerson, paper, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
let vault: Vault;
let person: Awaited<ReturnType<typeof newPerson>>;
beforeAll(async () => {
  server = await TestServer.start();
  person = await newPerson(server.origin);
  vault = person.wallet.vault;
}, 120_000);
afterAll(() => server.remove());

const about = { asOf: '2026-11-25' };
const checked = {
  value: '2027-01-01',
  assurance: 'seen-in-original',
  source: 'eAT',
  as_of: '2026',
  evidence: [{ mark: 1 }],
};
const newer = (title: string): JsonObject => ({
  ...paper(title),
  x_of_the_future: { deep: [1, { a: null }] },
  fields: { date_of_expiry: [{ ...checked, x_more: 'kept' }], x_unknown: [{ ...checked, value: [{ q: 1 }] }] } as never,
});

describe('an edit', () => {
  it('keeps what it does not know, and makes a changed value the holder’s own statement', async () => {
    const id = await vault.outbox.put(newer('A'));
    await papers.setValues(vault, id, { date_of_expiry: '2028-01-01', issuing_authority: 'Stadt Erlangen' }, about);
    await vault.outbox.flush();
    const second = await secondDevice(server.origin, person);
    const { payload } = second.vault.item(id);
    expect(payload.x_of_the_future).toEqual({ deep: [1, { a: null }] });
    expect(papers.recordsOf(payload, 'x_unknown')).toEqual([{ ...checked, value: [{ q: 1 }] }]);
    const [record] = papers.recordsOf(payload, 'date_of_expiry');
    expect(record).toEqual({
      ...checked,
      value: '2028-01-01',
      as_of: about.asOf,
      assurance: 'self-declared',
      evidence: [],
      x_more: 'kept',
    });
    expect(papers.recordsOf(payload, 'issuing_authority')).toEqual([papers.valueRecord('Stadt Erlangen', about)]);
  });

  it('of the same value keeps who has seen it', async () => {
    const id = await vault.outbox.put(newer('B'));
    await papers.setValues(vault, id, { date_of_expiry: '2027-01-01' }, about);
    expect(papers.recordsOf(vault.item(id).payload, 'date_of_expiry')[0]).toMatchObject({
      assurance: 'seen-in-original',
    });
  });

  it('never takes away the value that stands beside', async () => {
    const id = await vault.outbox.put(paper('C'));
    const two = [
      papers.valueRecord('Haddad', about),
      papers.valueRecord('Hadad', { asOf: '2025', source: 'passport' }),
    ];
    await papers.setFields(vault, id, { family_name: two });
    await papers.setValues(vault, id, { family_name: undefined }, about);
    expect(papers.recordsOf(vault.item(id).payload, 'family_name').map(({ value }) => value)).toEqual(['Hadad']);
    expect(papers.chosenFirst(two, 1).map(({ value }) => value)).toEqual(['Hadad', 'Haddad']);
    expect(papers.chosenFirst(two, 7)).toEqual(two);
  });

  it('leaves "not known" in place until a value is given', async () => {
    const id = await vault.outbox.put(paper('D'));
    const missing = papers.missingRecord({ missing: 'not-obtainable', reason: 'register_lost' }, about);
    await papers.setFields(vault, id, { birthdate: [missing] });
    await papers.setValues(vault, id, { birthdate: undefined }, about);
    expect(papers.recordsOf(vault.item(id).payload, 'birthdate')).toEqual([missing]);
    await papers.setValues(vault, id, { birthdate: '1990' }, about);
    const [record] = papers.recordsOf(vault.item(id).payload, 'birthdate');
    expect(record).toEqual(papers.valueRecord('1990', about));
  });

  it('writes text in composed form', () => {
    expect(papers.valueRecord({ a: ['Ali\u0301'] }, about).value).toEqual({ a: ['Alí'] });
  });
});

describe('the trash', () => {
  it('hides, gives back, and forgets after thirty days', async () => {
    const id = await vault.outbox.put(newer('T'));
    await papers.trash(vault, id);
    expect(papers.papers(vault).some((item) => item.id === id)).toBe(false);
    expect(papers.trashedPapers(vault).map((item) => item.id)).toEqual([id]);
    expect(papers.daysInTrash(vault.item(id).payload)).toBe(30);
    await papers.restore(vault, id);
    expect(vault.item(id).payload.trashed).toBeUndefined();
    expect(vault.item(id).payload.x_of_the_future).toEqual({ deep: [1, { a: null }] });
    await papers.trash(vault, id);
    const later = (days: number) => Math.floor(Date.now() / 1000) + days * 86_400;
    expect(await papers.emptyOldTrash(vault, later(29))).toBe(0);
    expect(await papers.emptyOldTrash(vault, later(31))).toBe(1);
    expect(await codeOf(Promise.resolve().then(() => vault.item(id)))).toBe('no-such-paper');
  });
});

describe('people', () => {
  it('come with a birthday of their own, and go only without papers', async () => {
    const id = await papers.addPerson(vault, { label: 'Sami', relation: 'child', birthdate: '2012-03' }, '2026-11-25');
    expect(papers.birthdateOf(vault, id)).toBe('2012-03');
    expect(papers.birthdateOf(vault, null)).not.toBe('2012-03');
    expect(await codeOf(papers.removePerson(vault, id))).toBe('has-papers');
    const [own] = papers.papers(vault).filter((item) => papers.personOf(item.payload) === id);
    await papers.trash(vault, own?.id ?? '');
    expect(await codeOf(papers.removePerson(vault, id))).toBe('has-papers');
    await papers.removeForGood(vault, [own?.id ?? '']);
    await papers.removePerson(vault, id);
    expect(papers.people(vault)).toEqual([]);
  });
});

describe('papers of one person', () => {
  it('are compared, and nothing is decided', async () => {
    const mine = { ...about, source: 'own statement' };
    const a = await papers.addPaper(vault, {
      type: 'person',
      title: 'Ich',
      fields: { family_name: [papers.valueRecord('Haddad', mine)], email: [papers.valueRecord('a@b', mine)] },
    });
    const b = await papers.addPaper(vault, {
      type: 'origin',
      title: 'Herkunft',
      fields: { family_name: [papers.valueRecord('Hadad', mine)], email: [papers.valueRecord('c@d', mine)] },
    });
    const found = papers.conflicts(vault, a);
    expect([...found.keys()]).toEqual(['family_name']);
    expect(found.get('family_name')?.some((one) => one.item.id === b)).toBe(true);
    const child = await papers.addPerson(vault, { label: 'Lina', relation: 'child' }, '2026-11-25');
    await papers.editPaper(vault, b, () => ({ person: child }));
    const others = papers.conflicts(vault, a).get('family_name') ?? [];
    expect(others.some((one) => one.item.id === b)).toBe(false);
  });

  it('replace one another in one step', async () => {
    const old = await vault.outbox.put(paper('alt'));
    const fresh = await vault.outbox.put(paper('neu'));
    expect(papers.replaceable(vault, fresh).some((item) => item.id === old)).toBe(true);
    await papers.replace(vault, fresh, old);
    expect(vault.item(old).payload.state).toBe('superseded');
    expect(vault.item(fresh).payload.replaces).toBe(old);
    expect(papers.replaceable(vault, fresh).some((item) => item.id === old)).toBe(false);
    expect(await codeOf(papers.replace(vault, fresh, fresh))).toBe('replaces-itself');
  });

  it('that cannot be had say why, and say no more when they are there', async () => {
    const id = await vault.outbox.put(paper('U'));
    await papers.setState(vault, id, 'not-obtainable', { reason: 'withheld', substitute: 'affidavit' });
    expect(vault.item(id).payload.not_obtainable).toEqual({ reason: 'withheld', substitute: 'affidavit' });
    await papers.setState(vault, id, 'present');
    expect(vault.item(id).payload.not_obtainable).toBeUndefined();
  });
});
