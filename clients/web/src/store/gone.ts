/**
 * Files that a paper has forgotten: their bytes go from the server once the change that forgot them is there, not before (a
 * change that is given up would leave a paper without its file), and not never (a change made offline goes later). The
 * list lies on the shelf beside the outbox entry that it belongs to; like every file there it names an id, and no paper.
 */
import { Problem } from '../api/http.ts';
import type { Attachment } from '../formats/attachment.ts';
import { drop, dropHere } from './files.ts';
import type { ShelfChange } from './shelf.ts';
import type { Vault } from './vault.ts';

const BOX = 'gone';
const NOT_FOUND = 404;

type Gone = { readonly id: string; readonly version: number; readonly entry: string };
type Named = Pick<Attachment, 'id' | 'version'>;

/** Written in one step with the entry. */
export function noted(vault: Vault, entry: string, files: readonly Named[]): ShelfChange[] {
  return files.map(({ id, version }) => {
    const value: Gone = { id, version, entry };
    return { box: BOX, key: `${vault.profile.wallet}/${id}-${version}`, value };
  });
}

/** The entries were given up: the files stay. */
export async function given(vault: Vault, entries: ReadonlySet<string>): Promise<ShelfChange[]> {
  const rows = await rowsOf(vault);
  return rows.filter(([, { entry }]) => entries.has(entry)).map(([key]) => ({ box: BOX, key }));
}

/** Takes the bytes of what is forgotten from the server. What cannot go now goes another time. */
export async function sweep(vault: Vault, waiting: ReadonlySet<string>): Promise<void> {
  for (const [key, { id, version, entry }] of await rowsOf(vault)) {
    if (waiting.has(entry)) continue;
    if (!stillNamed(vault, id) && !(await taken(vault, { id, version }))) return;
    await vault.shelf.delete(BOX, key);
  }
}

const rowsOf = (vault: Vault) => vault.shelf.entries<Gone>(BOX, `${vault.profile.wallet}/`);

/** Another device may have put it back into a paper. */
function stillNamed(vault: Vault, id: string): boolean {
  return vault.items().some((item) => ((item.payload.attachments ?? []) as Named[]).some((one) => one.id === id));
}

/** False: the server cannot be reached, or will not now. */
async function taken(vault: Vault, file: Named): Promise<boolean> {
  try {
    await drop(vault, file);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status !== NOT_FOUND) return false;
    await dropHere(vault, file.id, file.version); // it never went there, or is gone already
    return true;
  }
}
