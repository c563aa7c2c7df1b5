/**
 * Rows of the log that have their place in the public tree, as they came: ciphertext. The next look asks the server only
 * for what is new, and the log can be read without a network.
 */
import type { Row } from '../formats/log.ts';
import { numbered, type Shelf } from '../store/shelf.ts';

const BOX = 'log';

export type Placed = Row & { readonly index: number | null };
type Holder = { readonly shelf: Shelf; readonly profile: { readonly wallet: string } };

const prefix = (of: Holder) => `${of.profile.wallet}/`;

/** From the first on without a gap. */
export async function kept(of: Holder): Promise<Placed[]> {
  const found = await of.shelf.entries<Placed>(BOX, prefix(of));
  const gap = found.findIndex(([, row], n) => row.seq !== n + 1);
  return found.slice(0, gap < 0 ? found.length : gap).map(([, row]) => row);
}

/** Those that have their place in the tree; the others come again with it. */
export async function keep(of: Holder, fresh: readonly Placed[]): Promise<void> {
  const first = fresh.findIndex((row) => row.index === null);
  const placed = first < 0 ? fresh : fresh.slice(0, first);
  await of.shelf.write(
    placed.map(({ seq, leaf, body, index }) => {
      return { box: BOX, key: numbered(of.profile.wallet, seq), value: { seq, leaf, body, index } };
    }),
  );
}

export async function forget(of: Holder): Promise<void> {
  const keys = await of.shelf.keys(BOX, prefix(of));
  await of.shelf.write(keys.map((key) => ({ box: BOX, key })));
}
