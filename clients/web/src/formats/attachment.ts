/** Attachments: STREAM over AES-256-GCM (attachment.md). */
import { aesOpen, aesSeal, sha256 } from '../crypto/primitives.ts';
import { derive, H, labelled } from './derive.ts';
import { type Bytes, b64u, concat, equal, newId, random, u32, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { padme } from './padding.ts';
import { bytes, closed, hash, id, integer, maybe, type Shaped, text, version } from './shape.ts';

const TAG = 16;
export const LEAST_CHUNK = 65536;
export const MOST_CHUNK = 1048576;
/** Memory and time of a phone; the nonce would allow 2^32 chunks. */
export const MAX_SIZE = 2 ** 31;
export const MAX_CHUNKS = 65536;

const members = {
  id,
  version,
  name: text,
  media: text,
  size: integer(0, MAX_SIZE),
  chunk: integer(LEAST_CHUNK, MOST_CHUNK),
  chunks: integer(1, MAX_CHUNKS),
  key: bytes(32),
  hash,
};
const plainShape = closed(members);
const withRef = closed({ ...members, ref: maybe(id) });

export type Attachment = Shaped<typeof withRef>;

/** `ref` only inside a grant's slot. */
export function readAttachment(value: Parameters<typeof withRef>[0], inGrant = false): Attachment {
  const read: Attachment = inGrant ? withRef(value) : plainShape(value);
  if (inGrant && read.ref === undefined) refuse('malformed', 'ref is missing');
  checkSizes(read);
  return read;
}

export type Sizes = { readonly size: number; readonly chunk: number; readonly chunks: number };

export function paddedSize(size: number): number {
  return padme(Math.max(256, size));
}

export function chunkCount(size: number, chunk: number): number {
  return Math.ceil(paddedSize(size) / chunk);
}

export function storedSize(size: number, chunk: number): number {
  return paddedSize(size) + TAG * chunkCount(size, chunk);
}

function checkSizes({ size, chunk, chunks }: Sizes): void {
  const power = chunk >= LEAST_CHUNK && chunk <= MOST_CHUNK && (chunk & (chunk - 1)) === 0;
  if (!power || size < 0 || size > MAX_SIZE || chunks > MAX_CHUNKS) refuse('malformed', 'sizes');
  if (chunks !== chunkCount(size, chunk)) refuse('malformed', 'sizes do not fit');
}

type Keys = { readonly key: Bytes; readonly prefix: Bytes; readonly aad: Bytes };

async function keysOf(secret: Bytes, attachment: string, version: number, chunk: number): Promise<Keys> {
  const context = concat(unb64u(attachment, 16), u32(version));
  return {
    key: await derive(secret, 'attachment-key', context, 32),
    prefix: await derive(secret, 'attachment-nonce', context, 7),
    aad: labelled('attachment', concat(context, u32(chunk))),
  };
}

function nonce(prefix: Bytes, index: number, last: boolean): Bytes {
  return concat(prefix, u32(index), Uint8Array.of(last ? 1 : 0));
}

// -- sealing ---------------------------------------------------------------------------------------------------------

export type Fixed = { readonly id?: string; readonly key?: Bytes; readonly version?: number; readonly chunk?: number };

/** Chunks one after the other, so that a phone never holds the file twice. `describe` is there after the last. */
export class Sealer {
  readonly id: string;
  readonly version: number;
  readonly chunk: number;
  readonly chunks: number;
  readonly stored: number;
  private readonly size: number;
  private readonly secret: Bytes;
  private readonly hashes: Bytes[] = [];
  private keys: Keys | undefined;
  private readonly read: (from: number, to: number) => Promise<Uint8Array>;

  constructor(size: number, read: (from: number, to: number) => Promise<Uint8Array>, fixed: Fixed = {}) {
    this.id = fixed.id ?? newId();
    this.version = fixed.version ?? 1;
    this.chunk = fixed.chunk ?? MOST_CHUNK;
    this.secret = fixed.key ?? random(32);
    this.size = size;
    this.read = read;
    this.chunks = chunkCount(size, this.chunk);
    this.stored = storedSize(size, this.chunk);
    checkSizes({ size, chunk: this.chunk, chunks: this.chunks });
  }

  async *sealed(): AsyncGenerator<Bytes> {
    this.keys ??= await keysOf(this.secret, this.id, this.version, this.chunk);
    const total = paddedSize(this.size);
    this.hashes.length = 0;
    for (let i = 0; i < this.chunks; i++) {
      const from = i * this.chunk;
      const to = Math.min(total, from + this.chunk);
      const plain = new Uint8Array(to - from);
      if (from < this.size) plain.set(await this.read(from, Math.min(to, this.size)));
      const iv = nonce(this.keys.prefix, i, i === this.chunks - 1);
      const out = await aesSeal(this.keys.key, iv, this.keys.aad, plain);
      this.hashes.push(await sha256(out));
      yield out;
    }
  }

  async describe(name: string, media: string): Promise<Attachment> {
    return {
      id: this.id,
      version: this.version,
      name,
      media,
      size: this.size,
      chunk: this.chunk,
      chunks: this.chunks,
      key: b64u(this.secret),
      hash: b64u(await H('attachment', concat(...this.hashes))),
    };
  }
}

export async function sealAttachment(file: Uint8Array, name: string, media: string, fixed: Fixed = {}) {
  const sealer = new Sealer(file.length, async (from, to) => file.subarray(from, to), fixed);
  const parts: Bytes[] = [];
  for await (const part of sealer.sealed()) parts.push(part);
  return { attachment: await sealer.describe(name, media), stored: concat(...parts) };
}

// -- opening ---------------------------------------------------------------------------------------------------------

/** Reads stored bytes in pieces of any length and gives the file's bytes; `end` must be awaited before they are used. */
export class Opener {
  private readonly attachment: Attachment;
  private readonly pending: Uint8Array[] = [];
  private held = 0;
  private seen = 0;
  private index = 0;
  private left: number;
  private keys: Keys | undefined;
  private readonly hashes: Bytes[] = [];

  constructor(attachment: Attachment) {
    checkSizes(attachment);
    this.attachment = attachment;
    this.left = attachment.size;
  }

  length(index: number): number {
    const { size, chunk, chunks } = this.attachment;
    return (index === chunks - 1 ? paddedSize(size) - chunk * (chunks - 1) : chunk) + TAG;
  }

  private take(length: number): Bytes {
    const all = concat(...this.pending);
    this.pending.length = 0;
    this.pending.push(all.subarray(length));
    this.held -= length;
    return all.slice(0, length);
  }

  async push(bytes: Uint8Array): Promise<Bytes[]> {
    const { id: attachment, version, chunk, chunks, key } = this.attachment;
    this.keys ??= await keysOf(unb64u(key, 32), attachment, version, chunk);
    this.seen += bytes.length;
    if (this.seen > storedSize(this.attachment.size, chunk)) refuse('trailing-data');
    this.pending.push(bytes);
    this.held += bytes.length;
    const out: Bytes[] = [];
    while (this.index < chunks && this.held >= this.length(this.index)) {
      const stored = this.take(this.length(this.index));
      const iv = nonce(this.keys.prefix, this.index, this.index === chunks - 1);
      const plain = await aesOpen(this.keys.key, iv, this.keys.aad, stored);
      if (plain === null) return refuse('undecryptable', 'chunk', this.index);
      this.hashes.push(await sha256(stored));
      const kept = Math.min(this.left, plain.length);
      if (plain.subarray(kept).some((byte) => byte !== 0)) refuse('malformed', 'padding');
      out.push(plain.slice(0, kept));
      this.left -= kept;
      this.index++;
    }
    return out;
  }

  async end(): Promise<void> {
    if (this.index < this.attachment.chunks) refuse('truncated');
    const found = await H('attachment', concat(...this.hashes));
    if (!equal(found, unb64u(this.attachment.hash, 32))) refuse('hash-mismatch');
  }
}

/** Stored chunks one by one, each in its place: lengths first, then the tags. */
export async function openChunks(attachment: Attachment, chunks: readonly Uint8Array[]): Promise<Bytes> {
  const opener = new Opener(attachment);
  const parts: Bytes[] = [];
  for (const [index, chunk] of chunks.entries()) {
    if (index >= attachment.chunks) refuse('trailing-data');
    const wanted = opener.length(index);
    if (chunk.length < wanted) refuse('truncated', '', index);
    if (chunk.length > wanted) refuse('trailing-data', '', index);
    parts.push(...(await opener.push(chunk)));
  }
  await opener.end();
  return concat(...parts);
}

export async function openAttachment(attachment: Attachment, stored: Uint8Array): Promise<Bytes> {
  const opener = new Opener(attachment);
  const parts = await opener.push(stored);
  await opener.end();
  return concat(...parts);
}
