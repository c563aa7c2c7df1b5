/**
 * ZIP with stored entries only (APPNOTE 6.3, no compression): nothing to unpack, nothing that swells. What does not fit into
 * 32 bits stands in ZIP64 records (4.3.14, 4.3.15, 4.5.3); an entry by itself is always smaller.
 */
import { HolderError } from '../errors.ts';
import { type Bytes, concat, utf8 } from '../formats/encoding.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_SIZE = 22;
const FAR_END = 0x06064b50;
const FAR_END_SIZE = 56;
const LOCATOR = 0x07064b50;
const LOCATOR_SIZE = 20;
const FAR_FIELDS = 0x0001;
/** What the ordinary fields hold; this very number says that the value stands in a ZIP64 record. */
const MOST_BYTES = 0xffffffff;
const MOST_ENTRIES = 0xffff;
const UTF8_NAMES = 0x0800;
const SIZES_FOLLOW = 0x0008;
/** 1980-01-01 (DOS): the manifest says when. */
const DATE = 0x0021;
const SLICE = 1024 * 1024;

const TABLE = new Uint32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(data: Uint8Array, before: number): number {
  let c = ~before;
  for (let i = 0; i < data.length; i++) c = (TABLE[(c ^ (data[i] as number)) & 0xff] as number) ^ (c >>> 8);
  return ~c >>> 0;
}

async function* slices(blob: Blob): AsyncGenerator<Bytes> {
  for (let from = 0; from < blob.size; from += SLICE) {
    yield new Uint8Array(await blob.slice(from, from + SLICE).arrayBuffer());
  }
}

export async function crcOf(blob: Blob): Promise<number> {
  let crc = 0;
  for await (const slice of slices(blob)) crc = crc32(slice, crc);
  return crc;
}

function fields(...values: readonly (readonly [size: 2 | 4 | 8, value: number])[]): Bytes {
  const out = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return out;
}

export type ZipEntry = { readonly name: string; readonly data: Blob };

/** What the directory says of an entry. */
export type ZipRow = { readonly name: string; readonly size: number; readonly crc: number };

/**
 * Piece by piece: the archive is nowhere whole. `rows` takes what the directory will say; `most` is what an ordinary field
 * may hold, tests make it small.
 */
export async function* writeZip(
  entries: AsyncIterable<ZipEntry>,
  rows: ZipRow[] = [],
  most = MOST_BYTES,
): AsyncGenerator<Bytes> {
  const central: Bytes[] = [];
  let offset = 0;
  for await (const { name, data } of entries) {
    const title = utf8(name);
    const crc = await crcOf(data);
    rows.push({ name, size: data.size, crc });
    const about = [
      [2, 20],
      [2, UTF8_NAMES],
      [2, 0],
      [2, 0],
      [2, DATE],
      [4, crc],
      [4, data.size],
      [4, data.size],
      [2, title.length],
    ] as const;
    const here = offset;
    offset += 30 + title.length + data.size;
    yield concat(fields([4, LOCAL], ...about, [2, 0]), title);
    yield* slices(data);
    const far = here >= most ? fields([2, FAR_FIELDS], [2, 8], [8, here]) : fields();
    const place = far.length > 0 ? MOST_BYTES : here;
    const more = [2, far.length] as const;
    central.push(
      concat(
        fields([4, CENTRAL], [2, 45], ...about, more, [2, 0], [2, 0], [2, 0], [4, 0], [4, place]),
        ...[title, far],
      ),
    );
  }
  const directory = concat(...central);
  yield directory;
  const count = central.length;
  const size = directory.length;
  if (offset >= most || size >= most || count >= MOST_ENTRIES) {
    const both = [8, count] as const;
    yield fields(
      [4, FAR_END],
      [8, FAR_END_SIZE - 12],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
      both,
      both,
      [8, size],
      [8, offset],
    );
    yield fields([4, LOCATOR], [4, 0], [8, offset + size], [4, 1]);
    yield fields(
      [4, END],
      [2, 0],
      [2, 0],
      [2, MOST_ENTRIES],
      [2, MOST_ENTRIES],
      [4, MOST_BYTES],
      [4, MOST_BYTES],
      [2, 0],
    );
    return;
  }
  yield fields([4, END], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
}

function bad(why: string): never {
  throw new HolderError('bad-export', { why });
}

async function viewOf(blob: Blob, from: number, to: number): Promise<DataView<ArrayBuffer>> {
  if (from < 0 || to > blob.size) bad('truncated');
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

function long(view: DataView, at: number): number {
  if (at + 8 > view.byteLength) bad('directory');
  const value = view.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : bad('directory');
}

/** Where the directory is, from the ZIP64 end record that lies before the end at `start`. */
async function farEnd(blob: Blob, start: number) {
  const locator = await viewOf(blob, start - LOCATOR_SIZE, start);
  const place = start - LOCATOR_SIZE - FAR_END_SIZE;
  if (locator.getUint32(0, true) !== LOCATOR || long(locator, 8) !== place) bad('directory');
  const end = await viewOf(blob, place, place + FAR_END_SIZE);
  if (end.getUint32(0, true) !== FAR_END) bad('directory');
  return { count: long(end, 32), size: long(end, 40), from: long(end, 48), start: place };
}

/** Plain size, stored size and offset of the directory's entry at `at`; those that do not fit stand in its extra field. */
function farFields(view: DataView, at: number, nameLength: number): [number, number, number] {
  const near = [24, 20, 42].map((place) => view.getUint32(at + place, true));
  if (!near.includes(MOST_BYTES)) return near as [number, number, number];
  let extra = at + 46 + nameLength;
  const end = Math.min(view.byteLength, extra + view.getUint16(at + 30, true));
  while (extra + 4 <= end && view.getUint16(extra, true) !== FAR_FIELDS) extra += 4 + view.getUint16(extra + 2, true);
  if (extra + 4 > end) bad('entry');
  const last = extra + 4 + view.getUint16(extra + 2, true);
  let next = extra + 4;
  const found = near.map((value) => {
    if (value !== MOST_BYTES) return value;
    if (next + 8 > Math.min(last, end)) bad('entry');
    next += 8;
    return long(view, next - 8);
  });
  return found as [number, number, number];
}

/** An archive whose directory has been read; what an entry holds is checked when it is read. */
export class Zip {
  private readonly blob: Blob;
  private readonly entries: ReadonlyMap<string, { readonly at: number; readonly size: number; readonly crc: number }>;

  private constructor(blob: Blob, entries: Zip['entries']) {
    this.blob = blob;
    this.entries = entries;
  }

  /** HolderError `bad-export`: no ZIP, compressed entries, a name twice or one that leaves the archive. */
  static async open(blob: Blob, mostEntries: number): Promise<Zip> {
    const start = Math.max(0, blob.size - END_SIZE);
    const end = await viewOf(blob, start, blob.size);
    if (end.byteLength < END_SIZE || end.getUint32(0, true) !== END) bad('no end');
    const near = {
      count: end.getUint16(10, true),
      size: end.getUint32(12, true),
      from: end.getUint32(16, true),
      start,
    };
    const isFar = near.count === MOST_ENTRIES || near.size === MOST_BYTES || near.from === MOST_BYTES;
    const { count, size, from, start: after } = isFar ? await farEnd(blob, start) : near;
    if (count > mostEntries || from + size !== after) bad('directory');
    const view = await viewOf(blob, from, after);
    const entries = new Map<string, { at: number; size: number; crc: number }>();
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (at + 46 > view.byteLength || view.getUint32(at, true) !== CENTRAL) bad('entry');
      const nameLength = view.getUint16(at + 28, true);
      const rest = view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
      if (view.getUint16(at + 10, true) !== 0 || at + 46 + nameLength > view.byteLength) bad('entry');
      const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameLength));
      const [plain, stored, place] = farFields(view, at, nameLength);
      if (stored !== plain || entries.has(name) || !inside(name)) bad('entry');
      entries.set(name, { at: place, size: stored, crc: view.getUint32(at + 16, true) });
      at += 46 + nameLength + rest;
    }
    return new Zip(blob, entries);
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  rows(): ZipRow[] {
    return [...this.entries].map(([name, { size, crc }]) => ({ name, size, crc }));
  }

  size(name: string): number {
    return this.entries.get(name)?.size ?? bad('missing');
  }

  /** HolderError `bad-export` where the bytes are not those that the directory names. */
  async read(name: string, limit: number): Promise<Blob> {
    const { at, size, crc } = this.entries.get(name) ?? bad('missing');
    if (size > limit) bad('too large');
    const head = await viewOf(this.blob, at, at + 30);
    // Whoever writes into a pipe knows sizes only afterwards: they stand in the directory alone.
    const told = (head.getUint16(6, true) & SIZES_FOLLOW) === 0;
    if (head.getUint32(0, true) !== LOCAL || (told && head.getUint32(18, true) !== size)) bad('entry');
    const from = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    if (from + size > this.blob.size) bad('truncated');
    const data = this.blob.slice(from, from + size);
    return (await crcOf(data)) === crc ? data : bad('checksum');
  }
}

function inside(name: string): boolean {
  return name !== '' && !name.startsWith('/') && !name.includes('\\') && !name.split('/').includes('..');
}
