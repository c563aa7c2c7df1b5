/** Two devices write the same object: both versions are shown, part by part, and nothing is lost before a choice. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Payload } from '../../src/formats/object.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import {
  type Choice,
  type Conflict,
  conflictOf,
  contested,
  differencesOf,
  merged,
  settle,
} from '../../src/store/conflicts.ts';
import { editPaper, recordsOf, setValues, trash } from '../../src/store/papers.ts';
import type { Vault } from '../../src/store/vault.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { child, codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
let person: Person;
let mine: Vault;
let theirs: Vault;
beforeAll(async () => {
  server = await TestServer.start();
}, 120_000);
afterAll(() => server.remove());
const TODAY = { asOf: '2026-11-25' };

/** This device writes without a network, the other one with it; then both have met. */
async function both(
  id: string,
  here: (vault: Vault) => Promise<unknown>,
  there: (vault: Vault) => Promise<unknown>,
): Promise<void> {
  await theirs.sync();
  const real = globalThis.fetch;
  globalThis.fetch = () => Promise.reject(new TypeError('cut'));
  await here(mine);
  await mine.outbox.flush();
  globalThis.fetch = real;
  await there(theirs);
  await theirs.outbox.flush();
  await mine.outbox.flush();
  expect(mine.outbox.stuck.value).toMatchObject({ code: 'edited-elsewhere', members: { ids: [id] } });
}

function found(id: string): Conflict {
  const conflict = conflictOf(mine, id);
  if (conflict === null) throw new Error('no conflict');
  return conflict;
}

const all = (conflict: Conflict, choice: Choice) =>
  new Map(conflict.differences.map((one): [string, Choice] => [one.key, choice]));

async function fields(): Promise<{ id: string; conflict: Conflict }> {
  const id = await mine.put({ ...paper('Titel'), notes: 'alt' });
  await both(
    id,
    async (vault) => {
      await setValues(vault, id, { date_of_expiry: '2027-02-02', number: 'A1' }, TODAY);
      await editPaper(vault, id, () => ({ notes: 'hier' }));
    },
    async (vault) => {
      await setValues(vault, id, { date_of_expiry: '2028-03-03', x_place: 'Erlangen' }, TODAY);
      await editPaper(vault, id, () => ({ title: 'Titel, dort' }));
    },
  );
  return { id, conflict: found(id) };
}

const values = (payload: JsonObject | null, name: string) => recordsOf(payload ?? {}, name).map(({ value }) => value);

describe('a paper that two devices have changed', () => {
  beforeEach(async () => {
    person = await newPerson(server.origin);
    mine = person.wallet.vault;
    theirs = (await secondDevice(server.origin, person)).vault;
  });

  it('is compared part by part, with the device and the time of the other version', async () => {
    const { id, conflict } = await fields();
    expect(contested(mine)).toEqual([id]);
    expect(conflict.differences.map(({ key }) => key).sort()).toEqual([
      'field/date_of_expiry',
      'field/number',
      'field/x_place',
      'member/notes',
      'member/title',
    ]);
    const other = await theirs.profile.device();
    expect(conflict.writer).toMatchObject({ device: other, version: conflict.version });
    expect(Math.abs((conflict.writer?.time ?? 0) - Date.now() / 1000)).toBeLessThan(120);
    expect((await person.wallet.devices()).map(({ device }) => device)).toContain(other);
    const may = Object.fromEntries(conflict.differences.map(({ key, both: may }) => [key, may]));
    expect(may).toMatchObject({ 'field/date_of_expiry': true, 'field/number': false, 'member/title': false });
  });

  it('takes one choice for each part, and both where the format holds several values', async () => {
    const { id, conflict } = await fields();
    const choices = new Map<string, Choice>([
      ['field/date_of_expiry', 'both'],
      ['field/number', 'mine'],
      ['field/x_place', 'theirs'],
      ['member/notes', 'mine'],
      ['member/title', 'theirs'],
    ]);
    const payload = merged(conflict, choices, 7);
    expect(values(payload, 'date_of_expiry')).toEqual(['2027-02-02', '2028-03-03']);
    expect(payload).toMatchObject({ title: 'Titel, dort', notes: 'hier', updated: 7 });
    await settle(mine, conflict, payload);
    expect(mine.outbox.stuck.value).toBeNull();
    expect(mine.outbox.waiting.value).toBe(0);
    expect(conflictOf(mine, id)).toBeNull();
    await theirs.sync();
    expect(theirs.item(id).payload).toEqual(payload);
    expect(values(theirs.item(id).payload, 'number')).toEqual(['A1']);
    expect(values(theirs.item(id).payload, 'x_place')).toEqual(['Erlangen']);
  });

  it.each(['mine', 'theirs'] as const)('becomes wholly %s', async (choice) => {
    const { id, conflict } = await fields();
    const [a, b] = [mine.outbox.overlay.get(id) as Payload, theirs.item(id).payload];
    await settle(mine, conflict, merged(conflict, all(conflict, choice), 7));
    await theirs.sync();
    const left = choice === 'mine' ? { ...b, ...a, updated: 7 } : b;
    expect(theirs.item(id).payload).toEqual(left);
    expect(mine.item(id).payload).toEqual(left);
    // what was the other's already is not written once more
    expect(theirs.item(id).version).toBe(choice === 'mine' ? conflict.version + 1 : conflict.version);
  });

  it('keeps both versions until there is a choice for each part, also over a closed tab', async () => {
    const { id, conflict } = await fields();
    const some = new Map([...all(conflict, 'mine')].slice(1));
    expect(() => merged(conflict, some, 7)).toThrow('choose');
    expect(() => merged(conflict, all(conflict, 'both'), 7)).toThrow('choose');
    person.wallet.lock();
    const { passphrase } = person.secrets;
    const again = await Wallet.unlock(person.shelf, person.wallet.profile.wallet, { passphrase });
    mine = again.vault;
    await mine.outbox.flush();
    const kept = found(id);
    expect(kept.differences).toEqual(conflict.differences);
    expect(kept.writer).toEqual(conflict.writer);
  });

  it('that the other device changes once more is looked at anew', async () => {
    const { id, conflict } = await fields();
    await editPaper(theirs, id, () => ({ title: 'noch einmal' }));
    await theirs.outbox.flush();
    await mine.sync();
    expect(await codeOf(settle(mine, conflict, merged(conflict, all(conflict, 'mine'), 7)))).toBe('edited-elsewhere');
    expect(theirs.item(id).payload.title).toBe('noch einmal');
    const next = found(id);
    expect(next.version).toBe(conflict.version + 1);
    await settle(mine, next, merged(next, all(next, 'mine'), 7));
    expect(mine.outbox.waiting.value).toBe(0);
  });

  it('does not settle another one, which has a choice of its own', async () => {
    const second = await mine.put(paper('Zweiter'));
    const { id, conflict } = await fields();
    await theirs.put(paper('Zweiter, dort'), second);
    await mine.outbox.put(paper('Zweiter, hier'), second);
    await mine.outbox.flush();
    expect(contested(mine)).toEqual([id, second]);
    await settle(mine, conflict, merged(conflict, all(conflict, 'theirs'), 7));
    expect(contested(mine)).toEqual([second]);
    expect(mine.outbox.stuck.value).toMatchObject({ members: { ids: [second] } });
    const next = found(second);
    await settle(mine, next, merged(next, all(next, 'mine'), 7));
    await theirs.sync();
    expect(theirs.item(second).payload.title).toBe('Zweiter, hier');
    expect(mine.outbox.stuck.value).toBeNull();
  });

  it('that one has removed is asked for as a whole; what was removed comes back under a new id', async () => {
    const id = await mine.put(paper('Titel'));
    await both(
      id,
      (vault) => editPaper(vault, id, () => ({ title: 'hier' })),
      (vault) => vault.commit([{ id, payload: null }]),
    );
    const conflict = found(id);
    expect(conflict.differences.map(({ key }) => key)).toEqual(['whole']);
    expect(conflict.theirs).toBeNull();
    await settle(mine, conflict, merged(conflict, all(conflict, 'mine'), 7));
    await theirs.sync();
    const [back] = theirs.items('document');
    expect(back?.payload.title).toBe('hier');
    expect(back?.id).not.toBe(id);
  });

  it('that both have removed, or that only one has and it stays so, is gone', async () => {
    const id = await mine.put(paper('Titel'));
    await both(
      id,
      (vault) => vault.outbox.write([{ id, payload: null }]),
      (vault) => editPaper(vault, id, () => ({ title: 'dort' })),
    );
    const conflict = found(id);
    await settle(mine, conflict, merged(conflict, all(conflict, 'mine'), 7));
    await theirs.sync();
    expect(theirs.items('document')).toEqual([]);
    expect(differencesOf(null, null)).toEqual([]);
  });

  it('is no conflict where another person of the wallet was renamed, and one where the same was', async () => {
    const id = await mine.put(child('Amal'));
    await both(
      id,
      (vault) => vault.outbox.put(child('Amal H.'), id),
      (vault) => vault.put(child('Amal K.'), id),
    );
    expect(found(id).differences.map(({ key }) => key)).toEqual(['member/label']);
  });

  it('includes the trash', async () => {
    const id = await mine.put(paper('Titel'));
    await both(
      id,
      (vault) => trash(vault, id),
      (vault) => editPaper(vault, id, () => ({ title: 'dort' })),
    );
    expect(
      found(id)
        .differences.map(({ key }) => key)
        .sort(),
    ).toEqual(['member/title', 'member/trashed']);
  });
});

describe('what differs', () => {
  const base = { ...paper('A'), later: { x: [1, 2] } } as unknown as Payload;
  const file = (id: string, name = 'a.pdf') => ({ id, version: 1, name, media: 'application/pdf', size: 1 });
  const keys = (a: object, b: object) =>
    differencesOf({ ...base, ...a } as Payload, { ...base, ...b } as Payload).map(({ key }) => key);

  it.each<[string, object, object, string[]]>([
    ['nothing', {}, {}, []],
    ['only the time', { updated: 1, created: 1 }, { updated: 2, created: 2 }, []],
    ['only the order of members', { later: { x: [1, 2], y: 1 } }, { later: { y: 1, x: [1, 2] } }, []],
    ['what this program does not know', { later: 1 }, { later: 2 }, ['member/later']],
    ['a member on one side', { notes: 'x' }, {}, ['member/notes']],
    ['the state with its reason', { state: 'not-obtainable', not_obtainable: { reason: 'x' } }, {}, ['member/state']],
    ['the reason alone', { not_obtainable: { reason: 'x' } }, { not_obtainable: { reason: 'y' } }, ['member/state']],
    ['a page more', { attachments: [file('a')] }, { attachments: [] }, ['file/a']],
    ['a page renamed', { attachments: [file('a')] }, { attachments: [file('a', 'b.pdf')] }, ['file/a']],
    ['the order of pages', { attachments: [file('a'), file('b')] }, { attachments: [file('b'), file('a')] }, []],
    ['a field without values', { fields: { x: [] } }, { fields: {} }, ['field/date_of_expiry'].slice(1)],
  ])('%s', (_, a, b, expected) => {
    expect(keys(a, b)).toEqual(expected);
  });

  it('is put together with pages of both, a state without the reason of the other, and never more values than fit', () => {
    const record = (n: number) => ({ value: n, assurance: 'self-declared', source: '', as_of: '2026', evidence: [] });
    const many = (from: number) => Array.from({ length: 40 }, (_, n) => record(from + n));
    const a = { ...base, attachments: [file('a')], state: 'present', fields: { x: many(0) } } as unknown as Payload;
    const b = {
      ...base,
      attachments: [file('b')],
      state: 'not-obtainable',
      not_obtainable: { reason: 'x' },
      fields: { x: many(40) },
    } as unknown as Payload;
    const conflict = { id: 'x', version: 1, mine: a, theirs: b, differences: differencesOf(a, b), writer: null };
    expect(conflict.differences.find(({ key }) => key === 'field/x')?.both).toBe(false);
    const payload = merged(
      conflict,
      new Map<string, Choice>([
        ['file/a', 'mine'],
        ['file/b', 'theirs'],
        ['member/state', 'mine'],
        ['field/x', 'theirs'],
      ]),
      7,
    );
    expect(payload?.attachments).toEqual([file('b'), file('a')]);
    expect(payload?.not_obtainable).toBeUndefined();
    expect(recordsOf(payload ?? {}, 'x')).toHaveLength(40);
  });
});
