/**
 * What could be shown: for a usual matter what it names, else everything of the papers at hand. Offered, never chosen
 * beforehand; sensitive kinds stand in no bundle (fields.md).
 */
import type { JsonObject } from '../../formats/strict_json.ts';
import { canDerive, type Pick, pickDerived, pickField, pickFile, valueRecords } from '../../grant/selection.ts';
import type { Template } from '../../grant/texts.ts';
import { attachmentsOf, fieldsOf, papers, personOf, recordsOf, textOf } from '../../store/papers.ts';
import type { Item, Vault } from '../../store/vault.ts';

/** One thing to show; `picks`: the papers and values that could give it, newest first. */
export type Offer = { readonly name: string; readonly needed: boolean; readonly picks: readonly Pick[] };
export type PaperOffers = { readonly item: Item; readonly offers: readonly Offer[] };

/**
 * A pick for each value of a field. The one that the holder shows by default stands first (fields.md, "Conflicting
 * values"); a pick counts values from the newest, as `choose` does.
 */
export function valuePicks(item: Item, field: string): Pick[] {
  const counted = valueRecords(item, field);
  const first = counted.indexOf(recordsOf(item.payload, field)[0] as unknown as JsonObject);
  const order = counted.map((_, value) => value).sort((a, b) => Number(b === first) - Number(a === first));
  return order.map((value) => pickField(item.id, field, value));
}

function usable(vault: Vault, person: string | null): Item[] {
  return papers(vault)
    .filter((item) => personOf(item.payload) === person && item.payload.state !== 'superseded')
    .sort((a, b) => Number(b.payload.updated ?? 0) - Number(a.payload.updated ?? 0));
}

/** Everything of one paper: first the answers that say less, then the fields, then the files. */
export function ofPaper(item: Item): Offer[] {
  const type = textOf(item.payload, 'type');
  const offer = (name: string, picks: readonly Pick[]): Offer => ({ name: `${type}.${name}`, needed: false, picks });
  const found: Offer[] = [];
  if (canDerive(item, 'valid-today')) found.push(offer('valid_today', [pickDerived(item.id, 'valid-today')]));
  if (canDerive(item, 'adult-today')) found.push(offer('adult_today', [pickDerived(item.id, 'adult-today')]));
  for (const [name, records] of Object.entries(fieldsOf(item.payload))) {
    if (records.length === 0) continue;
    found.push(offer(name, valuePicks(item, name)));
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
      .flatMap((item) => valuePicks(item, field));
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
