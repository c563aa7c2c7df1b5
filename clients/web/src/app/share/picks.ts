/** What a pick is, in words: the paper it comes from and the value that would leave. */
import { type Pick, valueRecords } from '../../grant/selection.ts';
import { beside, t } from '../../i18n/index.ts';
import { attachmentsOf, personOf, textOf } from '../../store/papers.ts';
import type { Vault } from '../../store/vault.ts';
import { vault } from '../session.ts';
import { typeNamed } from './names.ts';
import { valuePicks } from './offers.ts';
import { valueLine } from './shown.tsx';

export function pickKey(pick: Pick): string {
  return [pick.document, pick.field ?? '', pick.value, pick.file ?? '', pick.derived ?? ''].join('.');
}

export const samePick = (a: Pick, b: Pick): boolean => pickKey(a) === pickKey(b);

export function titleOf(of: Vault, document: string): string {
  const { payload } = of.item(document);
  return textOf(payload, 'title') || typeNamed(textOf(payload, 'type'));
}

/** Somebody may sit beside the holder: what is inside is seen in the preview, one by one. */
const HIDDEN = '••••••';

/** One line; a derived answer is shown as the question it answers. */
export function pickValue(of: Vault, pick: Pick): string {
  const item = of.item(pick.document);
  const { payload } = item;
  if (beside.value !== null && pick.derived === null) return HIDDEN;
  if (pick.file !== null) return attachmentsOf(payload)[pick.file]?.name ?? '';
  if (pick.derived !== null) return t('share.derived.note');
  const name = pick.field as string;
  const record = valueRecords(item, name)[pick.value];
  return record === undefined ? '' : valueLine(`${textOf(payload, 'type')}.${name}`, record);
}

/** Only papers of the person in question (the holder's own name no person), with each value where they have several. */
export function papersOf(picks: readonly Pick[], person: string | null): Pick[] {
  return picks.flatMap((pick) => {
    const item = vault().item(pick.document);
    if (personOf(item.payload) !== person) return [];
    return pick.field === null ? [pick] : valuePicks(item, pick.field);
  });
}
