/**
 * What a person writes. It lies sealed on the shelf before anybody says "kept", and goes to the server in order, now or
 * when the network is back; a killed tab loses nothing. Until then `vault.items()` shows it as pending.
 *
 * Each entry says which version the person has seen: what another device has written meanwhile is never overwritten
 * unasked. Before a change leaves, its number and hash are noted, so that a lost answer does not write it twice.
 */
import { type Signal, signal } from '@preact/signals';
import { Problem } from '../api/http.ts';
import { HolderError, ServerLied } from '../errors.ts';
import type { Attachment } from '../formats/attachment.ts';
import { fromUtf8, newId } from '../formats/encoding.ts';
import { type Payload, readPayload } from '../formats/object.ts';
import { type Json, type JsonObject, jsonBytes, parseObject } from '../formats/strict_json.ts';
import { commitWrites, lies, versionOf, type Write } from './commit.ts';
import { type About, dropOrphans, type Progress, sealHere, sendHere } from './files.ts';
import * as gone from './gone.ts';
import type { Sealed } from './local.ts';
import { numbered, type ShelfChange } from './shelf.ts';
import type { Vault } from './vault.ts';

const BOX = 'outbox';
/** DoS of ourselves: one entry holds what one change may hold. */
const MAX_ENTRY = 1024 * 1024;

type Sent = { readonly number: number; readonly hash: string };
type Pending = Write & { readonly base: number };
type Entry = { readonly key: string; readonly writes: readonly Pending[]; readonly sent: Sent | null };

export class Outbox {
  /** Writes that wait. */
  readonly waiting: Signal<number> = signal(0);
  /** Why the first of them does not go, if not for want of a network (`quota-exceeded`, `edited-elsewhere`, …). */
  readonly stuck: Signal<HolderError | null> = signal(null);
  /** How far the file that is being sent has come. */
  readonly sending: Signal<{ readonly done: number; readonly total: number } | null> = signal(null);
  /** What lies over the vault's own objects; null: gone. */
  readonly overlay = new Map<string, Payload | null>();
  private readonly vault: Vault;
  private entries: Entry[] = [];
  private next = 1;
  private running: Promise<number> | undefined;
  private writing: Promise<unknown> = Promise.resolve();
  private open = true;

  constructor(vault: Vault) {
    this.vault = vault;
  }

  async load(): Promise<void> {
    const { shelf, local, profile } = this.vault;
    const named = new Set<string>();
    for (const [key, sealed] of await shelf.entries<Sealed>(BOX, `${profile.wallet}/`)) {
      this.next = Number(key.slice(key.lastIndexOf('/') + 1)) + 1;
      const plain = await local.open('local-outbox', key, sealed);
      if (plain === null) continue; // damaged: nobody can read it any more
      const { writes, sent } = parseObject(fromUtf8(plain), MAX_ENTRY * 2) as unknown as Omit<Entry, 'key'>;
      this.entries.push({ key, writes, sent });
      for (const file of filesOf(writes)) named.add(file.id);
    }
    this.refresh();
    await dropOrphans(this.vault, named);
  }

  private refresh(): void {
    this.overlay.clear();
    for (const { writes } of this.entries) {
      for (const { id, payload } of writes) this.overlay.set(id, payload === null ? null : readPayload(payload));
    }
    this.waiting.value = this.entries.length;
    this.vault.bump();
  }

  /** Seals a file on the shelf; what the document says about it. The bytes go before the write that names them. */
  file(blob: Blob, about: About, progress?: Progress): Promise<Attachment> {
    return sealHere(this.vault, blob, about, progress);
  }

  /** Returns when it is safe on this device; sending goes on by itself. Its id. `forgotten`: files that it no longer has. */
  async put(payload: JsonObject, id: string = newId(), forgotten: readonly Attachment[] = []): Promise<string> {
    await this.write([{ id, payload }], forgotten);
    return id;
  }

  /** Several objects, all or none. The bytes of `forgotten` files go from the server after them. */
  write(writes: readonly Write[], forgotten: readonly Attachment[] = []): Promise<void> {
    const step = this.writing.then(() => this.add(writes, forgotten));
    this.writing = step.catch(() => undefined);
    return step;
  }

  private async add(writes: readonly Write[], forgotten: readonly Attachment[]): Promise<void> {
    this.vault.confirmed();
    for (const { payload } of writes) if (payload !== null) readPayload(payload);
    const key = numbered(this.vault.profile.wallet, this.next++);
    const based = writes.map((write) => ({ ...write, base: this.versionAfter(write.id) }));
    const entry: Entry = { key, writes: based, sent: null };
    await this.vault.shelf.write([await this.sealed(entry), ...gone.noted(this.vault, key, forgotten)]);
    this.entries.push(entry);
    this.refresh();
    void this.flush().catch(() => undefined);
  }

  /** The version that an object has when everything before has gone. */
  private versionAfter(id: string): number {
    let version = versionOf(this.vault, id);
    for (const { writes } of this.entries) for (const write of writes) if (write.id === id) version = write.base + 1;
    return version;
  }

  private async sealed({ key, writes, sent }: Entry): Promise<ShelfChange> {
    const plain = jsonBytes({ writes: writes as unknown as Json, sent });
    if (plain.length > MAX_ENTRY) throw new HolderError('too-large');
    return { box: BOX, key, value: await this.vault.local.seal('local-outbox', key, plain) };
  }

  /** Sends what waits, in order; how many entries went. Throws nothing for want of a network. */
  flush(): Promise<number> {
    this.running ??= this.send().finally(() => {
      this.running = undefined;
      this.sending.value = null;
    });
    return this.running;
  }

  /** What waits for a decision of the person holds up nothing but what was built on it. */
  private async send(): Promise<number> {
    if (this.stuck.value instanceof ServerLied) return 0; // nothing more is sent to a server that lied
    let went = 0;
    const blocked = new Set<string>();
    const tried = new Set<string>();
    const next = () =>
      this.entries.find(({ key, writes }) => !tried.has(key) && !writes.some(({ id }) => blocked.has(id)));
    let stuck: HolderError | null = null;
    for (let entry = next(); entry !== undefined && this.open; entry = next()) {
      tried.add(entry.key);
      try {
        await this.sendOne(entry);
        this.drop(entry.key);
        went++;
      } catch (error) {
        if (!this.open) break;
        if ((await this.vault.shelf.get(BOX, entry.key)) === undefined) this.drop(entry.key); // it went all the same
        if (error instanceof Problem && (error.status === 0 || error.status >= 500)) return went;
        if (!(error instanceof HolderError)) throw error;
        stuck ??= error;
        if (error.code !== 'edited-elsewhere') break;
        for (const { id } of entry.writes) blocked.add(id);
      }
    }
    if (!this.open) return went;
    this.stuck.value = stuck;
    await gone.sweep(this.vault, new Set(this.entries.map(({ key }) => key)));
    return went;
  }

  private async sendOne({ key, writes, sent }: Entry): Promise<void> {
    const { vault } = this;
    if (sent !== null) {
      await vault.sync();
      if (lies(vault, sent.number, sent.hash)) return vault.shelf.delete(BOX, key); // only its answer was lost
    }
    for (const file of filesOf(writes)) {
      await sendHere(vault, file, (done, total) => {
        this.sending.value = { done, total };
      });
    }
    const base = new Map(writes.map((write) => [write.id, write.base]));
    const before = async (number: number, hash: string) => {
      const noted: Entry = { key, writes, sent: { number, hash } };
      this.entries = this.entries.map((one) => (one.key === key ? noted : one));
      return [await this.sealed(noted)];
    };
    await vault.exclusive(() => commitWrites(vault, writes, base, { before, after: [{ box: BOX, key }] }));
  }

  private drop(key: string): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
    this.refresh();
  }

  /** The person has seen the newer version and wants that one: the stuck write goes, and what was built on it. */
  async discardStuck(): Promise<void> {
    const newer = (this.stuck.value?.members.ids ?? []) as readonly string[];
    const first = this.entries.find(({ writes }) => writes.some(({ id }) => newer.includes(id))) ?? this.entries[0];
    if (first === undefined) return;
    const ids = new Set(first.writes.map(({ id }) => id));
    const given = this.entries.filter((entry) => entry === first || entry.writes.every(({ id }) => ids.has(id)));
    const kept = await gone.given(this.vault, new Set(given.map(({ key }) => key)));
    await this.vault.shelf.write([...given.map(({ key }) => ({ box: BOX, key })), ...kept]);
    this.entries = this.entries.filter((entry) => !given.includes(entry));
    this.stuck.value = null;
    this.refresh();
    await this.flush();
  }

  /** Ids whose first waiting write was made on a version that is not the newest any more. */
  contested(): readonly string[] {
    const first = new Map<string, number>();
    for (const { writes } of this.entries) for (const { id, base } of writes) if (!first.has(id)) first.set(id, base);
    return [...first].filter(([id, base]) => base !== versionOf(this.vault, id)).map(([id]) => id);
  }

  /**
   * The person has looked at both versions. What they put together takes the place of everything that waits for this object;
   * undefined: the other version stays as it is. An object that was removed elsewhere comes back under a new id (chain.md).
   */
  async settle(id: string, payload: JsonObject | null | undefined): Promise<void> {
    if (payload) readPayload(payload);
    const { version, body } = this.vault.state.objects.get(id) ?? { version: 0, body: null };
    const next = body === null && version > 0 ? { id: newId(), base: 0 } : { id, base: version };
    let placed = payload === undefined;
    const changed: ShelfChange[] = [];
    const entries: Entry[] = [];
    for (const entry of this.entries) {
      if (!entry.writes.some((write) => write.id === id)) {
        entries.push(entry);
        continue;
      }
      const writes = entry.writes.flatMap((write): Pending[] => {
        if (write.id !== id) return [write];
        if (placed) return [];
        placed = true;
        return [{ ...next, payload: payload as JsonObject | null }];
      });
      if (writes.length === 0) changed.push({ box: BOX, key: entry.key });
      else {
        const kept: Entry = { key: entry.key, writes, sent: null };
        entries.push(kept);
        changed.push(await this.sealed(kept));
      }
    }
    await this.vault.shelf.write(changed);
    this.entries = entries;
    this.stuck.value = null;
    this.refresh();
    await this.flush();
  }

  /** The person has seen the newer version and wants their own: it becomes the next one. */
  async keepMine(): Promise<void> {
    const seen = new Map<string, number>();
    const entries = this.entries.map(({ key, writes }): Entry => {
      const rebased = writes.map((write) => {
        const base = seen.get(write.id) ?? versionOf(this.vault, write.id);
        seen.set(write.id, base + 1);
        return { ...write, base };
      });
      return { key, writes: rebased, sent: null };
    });
    await this.vault.shelf.write(await Promise.all(entries.map((entry) => this.sealed(entry))));
    this.entries = entries;
    this.stuck.value = null;
    await this.flush();
  }

  close(): void {
    this.open = false;
    this.entries = [];
    this.overlay.clear();
  }
}

function filesOf(writes: readonly Write[]): Attachment[] {
  return writes.flatMap(({ payload }) => (payload?.attachments ?? []) as unknown as Attachment[]);
}
