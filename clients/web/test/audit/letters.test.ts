/** Letters: what stands in them, and when an answer is due. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deadlineAfter } from '../../src/audit/deadline.ts';
import { read } from '../../src/audit/journal.ts';
import { answered, draft, keep, letters, textOf } from '../../src/audit/letters.ts';
import { picksFor } from '../../src/grant/answering.ts';
import { conditions, linkOf, prepare, release, toAgency, toAnybody } from '../../src/grant/grants.ts';
import { fetchRegistry } from '../../src/grant/registry.ts';
import { pickField } from '../../src/grant/selection.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { codeOf, newPerson, paper, secondDevice } from '../support/people.ts';

let district: District;
let vault: Vault;
let person: Awaited<ReturnType<typeof newPerson>>;
let agencyGrant: string;
let linkGrant: string;
const value = (content: unknown) => [
  { value: content, assurance: 'self-declared', source: '', as_of: '2026-11-01', evidence: [] },
];

beforeAll(async () => {
  district = await District.start();
  person = await newPerson(district.origin);
  vault = person.wallet.vault;
  const title = await vault.put(paper('Titel'));
  await vault.put({
    ...paper('Ausweis'),
    type: 'person',
    fields: { given_name: value('Amira'), family_name: value('Haddad') } as never,
  });
  await vault.put({
    ...paper('Adresse'),
    type: 'address',
    fields: {
      address: value({ street_address: 'Am Markt', house_number: '3', postal_code: '12345', locality: 'Musterstadt' }),
    } as never,
  });
  const registry = await fetchRegistry(vault);
  const agency = registry.agencies.find((one) => one.id === 'jobcenter');
  if (agency === undefined) throw new Error('not enrolled');
  const picks = [pickField(title, 'date_of_expiry')];
  const asked = conditions('Antrag auf Leistungen prüfen', { basis: 'public-task', opens: 0 });
  const one = await prepare(vault, toAgency(agency, vault.server.now()), picks, asked);
  await release(vault, one);
  await district.do('redeem', { agency: 'jobcenter', code: linkOf(vault, one) });
  agencyGrant = one.grant;
  const two = await prepare(vault, toAnybody('Verein'), picks, conditions('Mitglied werden'));
  await release(vault, two);
  linkGrant = two.grant;
}, 180_000);
afterAll(() => district.stop());

describe('a letter', () => {
  it('asks for access, with sender, address, what was shared and what was read', async () => {
    const journal = await read(vault, { tree: false });
    const letter = await draft(vault, 'access', [agencyGrant], { today: '2026-11-25', journal });
    expect(letter.sender).toEqual(['Amira Haddad', 'Am Markt 3', '12345 Musterstadt']);
    expect(letter.recipient).toEqual(['Jobcenter Musterstadt', 'Hafenstraße 1', '12345 Musterstadt']);
    expect(letter.deadline).toBe('2026-12-25');
    const text = textOf(letter);
    for (const part of [
      ...[
        'Art. 15 DSGVO',
        'Antrag auf Leistungen prüfen',
        'Nach meinem Protokoll wurden am',
        '25.11.2026',
        '25.12.2026',
      ],
      ...['Art. 12 Abs. 3 DSGVO', 'Art. 77 DSGVO', 'Mit freundlichen Grüßen', 'Amira Haddad'],
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/residence_title|undefined|null|\{/);
  });

  it('says that nothing was read where nothing was', async () => {
    const letter = await draft(vault, 'access', [linkGrant]);
    expect(textOf(letter)).toContain('bisher nicht abgerufen');
    expect(letter.recipient).toEqual(['Verein']);
  });

  it('asks for erasure: by withdrawal of a consent, else because it is needed no more', async () => {
    expect(textOf(await draft(vault, 'erasure', [linkGrant]))).toContain('Art. 17 Abs. 1 Buchst. b');
    expect(textOf(await draft(vault, 'erasure', [agencyGrant]))).toContain('Art. 17 Abs. 1 Buchst. a');
  });

  it('asks for correction with both values, is kept with its deadline, and can be shown to somebody', async () => {
    const correction = { field: 'person.place_of_birth', theirs: 'Viertel', ours: 'Aleppo' };
    expect(await codeOf(draft(vault, 'correction', [agencyGrant]))).toBe('correction-needed');
    const letter = await draft(vault, 'correction', [agencyGrant], { correction, today: '2026-10-01' });
    expect(textOf(letter)).toContain('Geburtsort');
    const id = await keep(vault, letter);
    expect(letters(vault)[0]).toMatchObject({
      ...{ id, right: 'correction', to: 'Jobcenter Musterstadt', agency: 'jobcenter', grants: [agencyGrant] },
      ...{ date: '2026-10-01', deadline: '2026-11-02', answeredOn: null, overdue: true, text: textOf(letter) },
    });
    expect(picksFor(vault, 'dispute_note.their_value').map((pick) => pick.document)).toEqual([id]);
    await answered(vault, id, '2026-11-20');
    expect(letters(vault)[0]).toMatchObject({ answeredOn: '2026-11-20', overdue: false });
    expect(await codeOf(answered(vault, 'AAAAAAAAAAAAAAAAAAAAAA', '2026-11-20'))).toBe('no-such-letter');
    for (const day of ['', '20.11.2026', '2026-99-99']) expect(await codeOf(answered(vault, id, day))).toBe('bad-date');
    await vault.outbox.flush();
    const second = await secondDevice(district.origin, person);
    expect(letters(second.vault)).toEqual(letters(vault));
    const { handle, passphrase } = person.secrets;
    expect(await district.do('kinds', { handle, passphrase })).toEqual(expect.arrayContaining(['letter', 'roots']));
  });

  it('goes to one recipient about shares that exist', async () => {
    expect(await codeOf(draft(vault, 'access', []))).toBe('no-such-share');
    expect(await codeOf(draft(vault, 'access', ['AAAAAAAAAAAAAAAAAAAAAA']))).toBe('no-such-share');
    expect(await codeOf(draft(vault, 'access', [agencyGrant, linkGrant]))).toBe('several-recipients');
  });
});

describe('a deadline', () => {
  it('is the same date of the next month, its last day, or the next working day', () => {
    for (const [received, due] of [
      ['2026-11-25', '2026-12-25'],
      ['2026-01-31', '2026-03-02'], // 28 February is a Saturday
      ['2027-01-29', '2027-03-01'], // 28 February is a Sunday
      ['2028-01-31', '2028-02-29'],
      ['2026-03-31', '2026-04-30'],
      ['2026-12-15', '2027-01-15'],
      ['2026-10-01', '2026-11-02'], // 1 November is a Sunday
    ] as const) {
      expect(deadlineAfter(received), received).toBe(due);
    }
  });
});
