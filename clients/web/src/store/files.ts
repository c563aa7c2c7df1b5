/**
 * Attachments: sealed chunk by chunk on the way out, verified chunk by chunk on the way in (attachment.md). Sealed chunks
 * lie on the shelf until they are sent, and stay there as long as there is room, so that papers open without a network.
 */
import { Problem, serverNow } from '../api/http.ts';
import { sha256 } from '../crypto/primitives.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { type Attachment, MOST_CHUNK, Opener, readAttachment, Sealer, storedSize } from '../formats/attachment.ts';
import { type Bytes, concat, fromUtf8, utf8 } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { bool, integer, open } from '../formats/shape.ts';
import { jsonBytes, parseJson } from '../formats/strict_json.ts';
import type { Sealed } from './local.ts';
import type { Vault } from './vault.ts';

const TAG = 16;
const FILES = 'files';
const CHUNKS = 'chunks';
const UPLOADS = 'uploads';
/** Requests; the pause doubles from half a second. */
const TRIES = 5;
const PAUSE = 500;
/** Bytes that sealed files may take on this device; a browser gives a site far more, a cheap phone not much more. */
const KEEP_BYTES = 200 * 1024 * 1024;
/** Larger ones are fetched anew: they would push out everything else. */
const KEEP_ONE = 32 * 1024 * 1024;
/** A sealed file that no paper names: the person turned back. */
const ORPHAN_SECONDS = 86_400;

/** Stored bytes. */
export type Progress = (done: number, total: number) => void;
export type About = { readonly name: string; readonly media: string };
type Here = { readonly stored: number; readonly chunks: number; readonly waiting: boolean; readonly at: number };

const silent: Progress = () => undefined;
const uploadState = open({ offset: integer(), complete: bool });

function place(vault: Vault, id: string, version: number): string {
  return `${vault.profile.wallet}/${id}-${version}`;
}

function chunkKey(file: string, index: number): string {
  return `${file}/${String(index).padStart(5, '0')}`;
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** attempt));
}

// -- out -------------------------------------------------------------------------------------------------------------

/** Seals a file onto the shelf; memory holds one chunk. HolderError `storage-full`. */
export async function sealHere(
  vault: Vault,
  blob: Blob,
  { name, media }: About,
  progress = silent,
): Promise<Attachment> {
  const read = async (from: number, to: number) => new Uint8Array(await blob.slice(from, to).arrayBuffer());
  const sealer = new Sealer(blob.size, read);
  const file = place(vault, sealer.id, sealer.version);
  const whole = { stored: sealer.stored, chunks: sealer.chunks, waiting: true, at: serverNow() };
  let index = 0;
  let done = 0;
  try {
    for await (const chunk of sealer.sealed()) {
      const row = { box: CHUNKS, key: chunkKey(file, index++), value: chunk };
      // Each step waits for the disk: the last chunk and the word that the file is whole are one.
      await vault.shelf.write(index < sealer.chunks ? [row] : [row, { box: FILES, key: file, value: whole }]);
      done += chunk.length;
      progress(done, sealer.stored);
    }
  } catch (error) {
    await dropHere(vault, sealer.id, sealer.version);
    throw error;
  }
  return sealer.describe(name, media);
}

/** Sends what lies on the shelf, from where the server stands, with the same bytes. Nothing to do once it is there. */
export async function sendHere(vault: Vault, file: Attachment, progress = silent): Promise<void> {
  const { id, version, size, chunk } = file;
  const at = place(vault, id, version);
  const here = await vault.shelf.get<Here>(FILES, at);
  if (here?.waiting !== true) return;
  const total = storedSize(size, chunk);
  const unit = chunk + TAG;
  let { offset } = await vault.server.post('/v1/attachments', { id, version, size: total }, uploadState);
  for (let failures = 0; offset < total; ) {
    const index = Math.floor(offset / unit);
    const stored = await vault.shelf.get<Bytes>(CHUNKS, chunkKey(at, index));
    if (stored === undefined) throw new HolderError('cache-lost', { file: id });
    try {
      const answer = await vault.server.append(
        `/v1/attachments/${id}/${version}`,
        offset,
        stored.slice(offset - index * unit),
      );
      const next = uploadState(answer).offset;
      if (next <= offset || next > total) throw new ServerLied('server-lied', { offset: next });
      offset = next;
      failures = 0;
    } catch (error) {
      const next = resumeAt(error, total);
      if (next === null || ++failures === TRIES) throw error;
      if (next === undefined) await pause(failures - 1);
      else offset = next;
    }
    progress(offset, total);
  }
  await vault.shelf.put(FILES, at, { ...here, waiting: false });
  await trim(vault);
}

/** A number: go on there; undefined: the same again; null: it is no use. */
function resumeAt(error: unknown, total: number): number | undefined | null {
  if (!(error instanceof Problem)) return null;
  if (error.code === 'upload-closed') return total;
  if (error.code === 'offset-mismatch') {
    const next = error.number('offset');
    return next !== undefined && next >= 0 && next <= total ? next : null;
  }
  return error.status === 0 || error.status >= 500 ? undefined : null;
}

/** Sends a file now and goes on where an earlier try stopped. Without a network use `vault.outbox.file`. */
export async function upload(vault: Vault, blob: Blob, about: About, progress: Progress = silent): Promise<Attachment> {
  const unfinished = `${vault.profile.wallet}/${await vault.local.name('local-upload', await fingerprint(blob))}`;
  let file = await resumable(vault, unfinished, about);
  if (file === null) {
    file = await sealHere(vault, blob, about);
    const sealed = await vault.local.seal('local-upload', unfinished, jsonBytes(file));
    await vault.shelf.put(UPLOADS, unfinished, sealed);
  }
  await sendHere(vault, file, progress);
  await vault.shelf.delete(UPLOADS, unfinished);
  return file;
}

async function resumable(vault: Vault, unfinished: string, about: About): Promise<Attachment | null> {
  const sealed = await vault.shelf.get<Sealed>(UPLOADS, unfinished);
  const plain = sealed === undefined ? null : await vault.local.open('local-upload', unfinished, sealed);
  if (plain === null) return null;
  const file = readAttachment(parseJson(fromUtf8(plain), plain.length));
  const here = await vault.shelf.get<Here>(FILES, place(vault, file.id, file.version));
  return here === undefined ? null : { ...file, ...about };
}

/** Which file it is, without holding it whole. */
async function fingerprint(blob: Blob): Promise<Bytes> {
  const parts: Bytes[] = [utf8(String(blob.size))];
  for (let from = 0; from < blob.size; from += MOST_CHUNK) {
    parts.push(await sha256(new Uint8Array(await blob.slice(from, from + MOST_CHUNK).arrayBuffer())));
  }
  return sha256(concat(...parts));
}

// -- in --------------------------------------------------------------------------------------------------------------

/**
 * From the shelf where it lies, else from the server, going on after a break. ServerLied when a chunk is altered, moved,
 * missing or too much; nothing is given out before the whole is verified.
 */
export async function download(vault: Vault, file: Attachment, progress: Progress = silent): Promise<Blob> {
  const at = place(vault, file.id, file.version);
  const here = await vault.shelf.get<Here>(FILES, at);
  if (here !== undefined) {
    const blob = await fromShelf(vault, file, at, progress).catch(() => null);
    if (blob !== null) return blob;
    if (here.waiting) throw new HolderError('cache-lost', { file: file.id });
    await dropHere(vault, file.id, file.version); // damaged or half evicted: the server's copy is checked as always
  }
  try {
    return await fromServer(vault, file, at, progress);
  } catch (error) {
    await dropHere(vault, file.id, file.version);
    if (error instanceof Refusal) throw new ServerLied(error.code, { file: file.id }, error);
    throw error;
  }
}

async function fromShelf(vault: Vault, file: Attachment, at: string, progress: Progress): Promise<Blob> {
  const opener = new Opener(file);
  const parts: Blob[] = [];
  for (let index = 0; index < file.chunks; index++) {
    const stored = await vault.shelf.get<Bytes>(CHUNKS, chunkKey(at, index));
    if (stored === undefined) throw new Refusal('truncated');
    for (const plain of await opener.push(stored)) parts.push(new Blob([plain]));
    progress(index + 1, file.chunks);
  }
  await opener.end();
  return new Blob(parts, { type: file.media });
}

async function fromServer(vault: Vault, file: Attachment, at: string, progress: Progress): Promise<Blob> {
  const opener = new Opener(file);
  const total = storedSize(file.size, file.chunk);
  const keeper = total <= KEEP_ONE ? new Keeper(vault, at, file.chunk + TAG) : null;
  const parts: Blob[] = [];
  let offset = 0;
  for (let failures = 0; offset < total; ) {
    try {
      const response = await vault.server.stream(`/v1/attachments/${file.id}/${file.version}`, {
        method: 'GET',
        start: offset,
      });
      for await (const piece of pieces(response)) {
        for (const plain of await opener.push(piece)) parts.push(new Blob([plain]));
        await keeper?.push(piece);
        offset += piece.length;
        failures = 0;
        progress(Math.min(offset, total), total);
      }
      if (offset < total) throw new Refusal('truncated');
    } catch (error) {
      const lost = error instanceof Problem && (error.status === 0 || error.status >= 500);
      if (!lost || ++failures === TRIES) throw error;
      await pause(failures - 1);
    }
  }
  await opener.end();
  await keeper?.done(total, file.chunks);
  return new Blob(parts, { type: file.media });
}

async function* pieces(response: Response): AsyncGenerator<Bytes> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Problem(0, 'offline');
      });
      if (done) return;
      yield value as Bytes;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Keeps the stored bytes of a download, chunk by chunk; a full phone only means that nothing is kept. */
class Keeper {
  private readonly vault: Vault;
  private readonly at: string;
  private readonly unit: number;
  private pending: Uint8Array[] = [];
  private held = 0;
  private index = 0;
  private broken = false;

  constructor(vault: Vault, at: string, unit: number) {
    this.vault = vault;
    this.at = at;
    this.unit = unit;
  }

  async push(piece: Bytes): Promise<void> {
    this.pending.push(piece);
    this.held += piece.length;
    while (this.held >= this.unit) await this.put(this.unit);
  }

  private async put(length: number): Promise<void> {
    const all = concat(...this.pending);
    this.pending = [all.subarray(length)];
    this.held = all.length - length;
    if (this.broken) return;
    try {
      await this.vault.shelf.put(CHUNKS, chunkKey(this.at, this.index++), all.slice(0, length));
    } catch {
      this.broken = true;
    }
  }

  async done(stored: number, chunks: number): Promise<void> {
    if (this.held > 0) await this.put(this.held);
    if (this.broken) return;
    const here: Here = { stored, chunks, waiting: false, at: serverNow() };
    await this.vault.shelf.put(FILES, this.at, here);
    await trim(this.vault);
  }
}

// -- this device -----------------------------------------------------------------------------------------------------

/** Whether `download` works without a network. */
export async function isHere(vault: Vault, file: Attachment): Promise<boolean> {
  return (await vault.shelf.get<Here>(FILES, place(vault, file.id, file.version))) !== undefined;
}

export async function dropHere(vault: Vault, id: string, version: number): Promise<void> {
  const at = place(vault, id, version);
  const chunks = await vault.shelf.keys(CHUNKS, `${at}/`);
  await vault.shelf.write([{ box: FILES, key: at }, ...chunks.map((key) => ({ box: CHUNKS, key }))]);
}

/** The oldest go first; what waits to be sent stays. */
async function trim(vault: Vault): Promise<void> {
  const all = await vault.shelf.entries<Here>(FILES, `${vault.profile.wallet}/`);
  let held = all.reduce((sum, [, here]) => sum + here.stored, 0);
  for (const [key, here] of all.filter(([, one]) => !one.waiting).sort(([, a], [, b]) => a.at - b.at)) {
    if (held <= KEEP_BYTES) return;
    await dropKey(vault, key);
    held -= here.stored;
  }
}

function dropKey(vault: Vault, key: string): Promise<void> {
  const [, name = ''] = key.split('/');
  const cut = name.lastIndexOf('-');
  return dropHere(vault, name.slice(0, cut), Number(name.slice(cut + 1)));
}

/** Sealed files that nothing names any more. */
export async function dropOrphans(vault: Vault, named: ReadonlySet<string>): Promise<void> {
  for (const [key, here] of await vault.shelf.entries<Here>(FILES, `${vault.profile.wallet}/`)) {
    const [, name = ''] = key.split('/');
    const orphan = here.waiting && here.at + ORPHAN_SECONDS < serverNow();
    if (orphan && !named.has(name.slice(0, name.lastIndexOf('-')))) await dropKey(vault, key);
  }
}

/** The wallet's own reference goes; the bytes go with the last grant that uses them. */
export async function drop(vault: Vault, file: Pick<Attachment, 'id' | 'version'>): Promise<void> {
  await vault.server.post(`/v1/attachments/${file.id}/${file.version}/delete`);
  await dropHere(vault, file.id, file.version);
}
