/** What an agency is told to call a paper and its person (mark.md): members `of` of a slot. Twin of mappe.holder.origin. */
import { markNames } from '../formats/mark.ts';
import type { Vault } from '../store/vault.ts';
import type { To } from './seal.ts';
import type { Chosen } from './selection.ts';

/** With the names under which an agency may sign for a value; a link carries none. */
export async function named(vault: Vault, to: To, chosen: readonly Chosen[]): Promise<Chosen[]> {
  const { agency } = to;
  if (agency === null) return [...chosen];
  return Promise.all(
    chosen.map(async (one) => {
      if (one.kind !== 'field' && one.kind !== 'attachment') return one;
      const { document } = one.pick;
      const of = await markNames(vault.identity.sign, agency, document, personOf(vault, document));
      return { ...one, content: { ...one.content, of } };
    }),
  );
}

/** The person object whose paper it is; null: the holder's own. */
export function personOf(vault: Vault, document: string): string | null {
  const { person } = vault.item(document).payload;
  return typeof person === 'string' ? person : null;
}
