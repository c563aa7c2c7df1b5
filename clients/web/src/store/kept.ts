/**
 * The last changes that this device has signed, as they were sent: what it can offer to a server that was restored.
 * Ciphertext and signatures, as in the cache of papers; an older version of a paper stays in here for a while.
 */
import type { JsonObject } from '../formats/strict_json.ts';
import { numbered, type Shelf, type ShelfChange } from './shelf.ts';

const BOX = 'changes';
/** More than people write between two daily backups, imports included. */
export const KEPT_CHANGES = 256;

/** Before the change leaves: a lost answer does not lose it. A later try at the same number replaces it. */
export function keep(wallet: string, number: number, body: JsonObject): ShelfChange[] {
  const old = { box: BOX, key: numbered(wallet, number - KEPT_CHANGES) };
  return [{ box: BOX, key: numbered(wallet, number), value: body }, ...(number > KEPT_CHANGES ? [old] : [])];
}

/** The request that carried change `number`, if this device tried it lately; its hash tells if it came to be. */
export function kept(shelf: Shelf, wallet: string, number: number): Promise<JsonObject | undefined> {
  return shelf.get<JsonObject>(BOX, numbered(wallet, number));
}

/** Those that carry one of these objects: a paper that leaves the device must leave it whole. */
export async function keptWith(shelf: Shelf, wallet: string, ids: ReadonlySet<string>): Promise<ShelfChange[]> {
  const all = await shelf.entries<{ objects?: readonly { id: string }[] }>(BOX, `${wallet}/`);
  const carrying = all.filter(([, { objects = [] }]) => objects.some(({ id }) => ids.has(id)));
  return carrying.map(([key]) => ({ box: BOX, key }));
}
