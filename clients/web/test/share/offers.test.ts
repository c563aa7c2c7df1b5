/** What is offered for a share: never more than the papers say, nothing of another person, and nothing chosen. */
import { describe, expect, it } from 'vitest';
import { everything, ofPaper, ofTemplate, valuePicks } from '../../src/app/share/offers.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';
import { choose } from '../../src/grant/selection.ts';
import type { Template } from '../../src/grant/texts.ts';
import type { Item, Vault } from '../../src/store/vault.ts';

const record = (value: string) => ({ value, assurance: 'self-declared', source: '', as_of: '2026', evidence: [] });

function item(id: string, more: JsonObject): Item {
  const payload = { v: 1, kind: 'document', type: 'residence_title', title: id, state: 'present', ...more };
  return { id, version: 1, kind: 'document', pending: false, payload } as unknown as Item;
}

function vaultOf(items: readonly Item[]): Vault {
  return { items: () => items, item: (id: string) => items.find((one) => one.id === id) } as unknown as Vault;
}

function template(more: Partial<Template>): Template {
  return {
    ...{ id: 't', scenario: 'S4', kind: 'bundle', label: '', purpose: '', onNo: '', subject: 'holder' },
    ...{ required: [], optional: [], alternatives: [], scans: [], basis: ['consent'] },
    ...{ retention: 'P3M', until: 'P14D', standing: false, ...more },
  } as Template;
}

const title = item('title', { fields: { date_of_expiry: [record('2030-01-01')] }, updated: 2 });
const vague = item('vague', { fields: { date_of_expiry: [record('2030')] }, updated: 1 });
const interim = item('interim', { type: 'interim_paper', fields: { valid_until: [record('2026-12-31')] } });
const childs = item('childs', { person: 'sami', fields: { date_of_expiry: [record('2030-01-01')] } });
const old = item('old', { state: 'superseded', fields: { date_of_expiry: [record('2020-01-01')] } });
const thrown = item('thrown', { trashed: 1, fields: { date_of_expiry: [record('2030-01-01')] } });

describe('one paper', () => {
  it('offers the answer that says less before the date itself', () => {
    expect(ofPaper(title).map((one) => one.name)).toEqual([
      'residence_title.valid_today',
      'residence_title.date_of_expiry',
    ]);
  });
  it('derives nothing from a date that is not known to the day', () => {
    expect(ofPaper(vague).map((one) => one.name)).toEqual(['residence_title.date_of_expiry']);
  });
  it('offers each of two values that disagree, and each file', () => {
    const two = item('two', {
      fields: { x_title_type: [record('a'), record('b')] },
      attachments: [{ name: 'a.jpg' }, { name: 'b.jpg' }],
    });
    const offers = ofPaper(two);
    expect(offers.map((one) => [one.name, one.picks.length])).toEqual([
      ['residence_title.x_title_type', 2],
      ['residence_title.file', 1],
      ['residence_title.file', 1],
    ]);
  });
});

describe('values that disagree', () => {
  it('begin with the one that the holder shows, and a pick gives the value that it names', () => {
    const shown = { ...record('chosen by the holder'), as_of: '2024-01-01' };
    const newer = { ...record('newer'), as_of: '2026-01-01' };
    const two = item('two', { fields: { x_title_type: [shown, newer] } });
    const picks = valuePicks(two, 'x_title_type');
    expect(choose(vaultOf([two]), picks, '2026-11-25').map((one) => one.content.value)).toEqual([
      'chosen by the holder',
      'newer',
    ]);
  });
});

describe('everything', () => {
  const vault = vaultOf([title, childs, old, thrown, vague]);
  const names = (person: string | null, paper: string | null = null) =>
    everything(vault, person, paper).map((one) => one.item.id);
  it('leaves out what was replaced, thrown away, or belongs to somebody else', () => {
    expect(names(null)).toEqual(['title', 'vague']);
  });
  it("shows only the child's papers for the child", () => {
    expect(names('sami')).toEqual(['childs']);
  });
  it('shows one paper where sharing began at it', () => {
    expect(names(null, 'vague')).toEqual(['vague']);
  });
});

describe('a usual matter', () => {
  const wanted = template({
    required: ['residence_title.date_of_expiry', 'person.family_name'],
    alternatives: [{ insteadOf: 'residence_title.date_of_expiry', fields: ['interim_paper.valid_until'] }],
    scans: [{ type: 'residence_title', required: false }],
  });
  it('takes the stand-in only where the paper itself is missing', () => {
    const names = (items: readonly Item[]) => ofTemplate(vaultOf(items), wanted, null).map((one) => one.name);
    expect(names([title, interim])[0]).toBe('residence_title.date_of_expiry');
    expect(names([interim])[0]).toBe('interim_paper.valid_until');
  });
  it('names what is missing, without a pick', () => {
    const row = ofTemplate(vaultOf([title]), wanted, null).find((one) => one.name === 'person.family_name');
    expect(row?.picks).toEqual([]);
  });
  it("never takes a child's paper for the holder's", () => {
    expect(ofTemplate(vaultOf([childs]), wanted, null)[0]?.picks).toEqual([]);
  });
  it('offers a stand-in once, though two fields have it', () => {
    const twice = template({
      required: ['residence_title.date_of_expiry', 'residence_title.x_title_type'],
      alternatives: [
        { insteadOf: 'residence_title.date_of_expiry', fields: ['interim_paper.valid_until'] },
        { insteadOf: 'residence_title.x_title_type', fields: ['interim_paper.valid_until'] },
      ],
    });
    expect(ofTemplate(vaultOf([interim]), twice, null)).toHaveLength(1);
  });
});
