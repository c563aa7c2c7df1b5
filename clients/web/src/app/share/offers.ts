/**
 * What could be shown: for a usual matter what it names, else everything of the papers at hand. Offered, never chosen
 * beforehand; sensitive kinds stand in no bundle (fields.md).
 */
import { type Pick, pickDerived, pickField, pickFile } from '../../grant/selection.ts';
import type { Template } from '../../grant/texts.ts';
import { attachmentsOf, fieldsOf, papers, personOf, recordsOf, textOf } from '../../store/papers.ts';
import type { Item, Vault } from '../../store/vault.ts';

/** One thing to show; `picks`: the papers and values that could give it, newest first. */
export type Offer = { readonly name: string; readonly needed: boolean; readonly picks: readonly Pick[] };
export type PaperOffers = { readonly item: Item; readonly offers: readonly Offer[] };

/** Dates that answer "valid today?". */
const ENDS = ['date_of_expiry', 'valid_until'];
const WHOLE_DAY = /^\d{4}-\d{2}-\d{2}$/;

function usable(vault: Vault, person: string | null): Item[] {
  return papers(vault)
    .filter((item) => personOf(item.payload) === person && item.payload.state !== 'superseded')
    .sort((a, b) => Number(b.payload.updated ?? 0) - Number(a.payload.updated ?? 0));
}

function dayOf(item: Item, name: string): boolean {
  const value = recordsOf(item.payload, name)[0]?.value;
  return typeof value === 'string' && WHOLE_DAY.test(value);
}

/** Everything of one paper: first the answers that say less, then the fields, then the files. */
export function ofPaper(item: Item): Offer[] {
  const type = textOf(item.payload, 'type');
  const offer = (name: string, picks: readonly Pick[]): Offer => ({ name: `${type}.${name}`, needed: false, picks });
  const found: Offer[] = [];
  if (ENDS.some((name) => dayOf(item, name))) found.push(offer('valid_today', [pickDerived(item.id, 'valid-today')]));
  if (dayOf(item, 'birthdate')) found.push(offer('adult_today', [pickDerived(item.id, 'adult-today')]));
  for (const [name, records] of Object.entries(fieldsOf(item.payload))) {
    if (records.length === 0) continue;
    found.push(
      offer(
        name,
        records.map((_, value) => pickField(item.id, name, value)),
      ),
    );
  }
  attachmentsOf(item.payload).forEach((_, file) => {
    found.push(offer('file', [pickFile(item.id, file)]));
  });
  return found;
}

export function everything(vault: Vault, person: string | null, paper: string | null): PaperOffers[] {
  const items = paper === null ? usable(vault, person) : [vault.item(paper)];
  return items.map((item) => ({ item, offers: ofPaper(item) })).filter(({ offers }) => offers.length > 0);
}

/** What the matter names; where a paper is missing, what stands in for it (`alternatives`). */
export function ofTemplate(vault: Vault, template: Template, person: string | null): Offer[] {
  const items = usable(vault, person);
  const picksOf = (name: string): Pick[] => {
    const [type, field = ''] = name.split('.');
    return items
      .filter((item) => textOf(item.payload, 'type') === type && recordsOf(item.payload, field).length > 0)
      .flatMap((item) => recordsOf(item.payload, field).map((_, value) => pickField(item.id, field, value)));
  };
  const offer = (name: string, needed: boolean): Offer => {
    const own = picksOf(name);
    if (own.length > 0) return { name, needed, picks: own };
    const instead = template.alternatives.find((one) => one.insteadOf === name)?.fields ?? [];
    const other = instead.find((one) => picksOf(one).length > 0);
    return other === undefined ? { name, needed, picks: [] } : { name: other, needed, picks: picksOf(other) };
  };
  const scans = template.scans.map(({ type, required }) => ({
    name: `${type}.file`,
    needed: required,
    picks: items
      .filter((item) => textOf(item.payload, 'type') === type)
      .flatMap((item) => attachmentsOf(item.payload).map((_, file) => pickFile(item.id, file))),
  }));
  const rows = [
    ...template.required.map((name) => offer(name, true)),
    ...template.optional.map((name) => offer(name, false)),
    ...scans,
  ];
  // Two fields may have the same stand-in: it is offered once.
  return rows.filter((row, at) => rows.findIndex((one) => one.name === row.name) === at);
}
