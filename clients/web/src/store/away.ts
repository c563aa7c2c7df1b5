/**
 * Left at home: chosen papers leave this device until a date. The chain still names them, the server still has them;
 * this device holds neither their ciphertext nor a sign of how many they are while it is locked.
 */
import { judgedNow } from '../api/http.ts';
import { fromUtf8, utf8 } from '../formats/encoding.ts';
import { dropHere } from './files.ts';
import { keptWith } from './kept.ts';
import { OBJECTS } from './opened.ts';
import type { ShelfChange } from './shelf.ts';
import type { Vault } from './vault.ts';

type Left = readonly [id: string, until: number];

export class Away {
  readonly ids = new Set<string>();
  private list: readonly Left[] = [];
  private readonly vault: Vault;

  constructor(vault: Vault) {
    this.vault = vault;
  }

  async load(): Promise<void> {
    const { local, profile } = this.vault;
    if (profile.away === null) return;
    const plain = await local.open('local-away', profile.wallet, profile.away);
    this.take(plain === null ? [] : (JSON.parse(fromUtf8(plain)) as Left[]));
  }

  private take(list: readonly Left[]): void {
    this.list = list;
    this.ids.clear();
    for (const [id] of list) this.ids.add(id);
  }

  /** When the last of them comes back, in seconds; null: nothing is away. */
  get until(): number | null {
    return this.list.length === 0 ? null : Math.max(...this.list.map(([, until]) => until));
  }

  /** They leave at once; a paper that waits to be sent stays. How many left. */
  async leave(ids: readonly string[], until: number): Promise<number> {
    const { vault } = this;
    return vault.exclusive(async () => {
      const going = ids.filter((id) => vault.opened.all.has(id) && !vault.outbox.overlay.has(id));
      const { wallet } = vault.profile;
      const rows: ShelfChange[] = going.map((id) => ({ box: OBJECTS, key: `${wallet}/${id}` }));
      // A server that is restored in the meantime lacks these changes: another device, or an export, has the papers.
      rows.push(...(await keptWith(vault.shelf, wallet, new Set(going))));
      await this.save(
        [...this.list.filter(([id]) => !going.includes(id)), ...going.map((id): Left => [id, until])],
        rows,
      );
      for (const id of going) {
        for (const file of filesOf(vault.opened.all.get(id)?.payload)) await dropHere(vault, file.id, file.version);
        vault.opened.all.delete(id);
      }
      await vault.opened.keepNow(vault.state);
      vault.bump();
      return going.length;
    });
  }

  /** All of them, now; needs the network. */
  async bringAll(): Promise<void> {
    await this.vault.exclusive(() => this.callBack());
    await this.vault.sync();
  }

  /** Their time has come. */
  callBack(): Promise<void> {
    return this.save(this.list.map(([id]): Left => [id, 0]));
  }

  due(): boolean {
    return this.list.some(([, until]) => until <= judgedNow());
  }

  /** Those whose time has come are wanted again; what has not come yet stays away. Saved with the next step. */
  async settle(): Promise<void> {
    const now = judgedNow();
    const back = this.list.filter(([, until]) => until <= now);
    if (back.length === 0) return;
    for (const [id] of back) this.vault.opened.lost.add(id);
    await this.save(this.list.filter(([, until]) => until > now));
  }

  private async save(list: readonly Left[], more: readonly ShelfChange[] = []): Promise<void> {
    const { local, profile } = this.vault;
    profile.away =
      list.length === 0 ? null : await local.seal('local-away', profile.wallet, utf8(JSON.stringify(list)));
    await profile.save(more);
    this.take(list);
  }
}

type Named = { readonly id: string; readonly version: number };

function filesOf(payload: unknown): readonly Named[] {
  const { attachments } = (payload ?? {}) as { attachments?: readonly Named[] };
  return attachments ?? [];
}
