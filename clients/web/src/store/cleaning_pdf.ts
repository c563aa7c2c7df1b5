/**
 * A PDF loses author, title, program and dates before it is sealed. Every byte stays in its place, so that no table of
 * the file has to be written anew: texts of the information dictionary become spaces, an XMP stream becomes an empty one
 * of the same length. What this cannot reach (encryption, files inside, scripts) is named, and the person decides.
 * (`mappe.holder.cleaning` rewrites the whole file with a PDF library, which no phone should have to load.)
 */
import type { Bytes } from '../formats/encoding.ts';

export type Left = 'encrypted' | 'embedded-files' | 'scripts' | 'hidden-information' | 'comments';
export type CleanPdf = { readonly bytes: Bytes; readonly left: readonly Left[] };

/** Of one opened object stream: a few kilobytes grow to gigabytes in a bomb. */
const MAX_OPENED = 16 * 1024 * 1024;

const LATIN = new TextDecoder('latin1');
const SPACE = 0x20;

/** null: not a PDF. */
export async function withoutPdfData(file: Bytes): Promise<CleanPdf | null> {
  if (!LATIN.decode(file.subarray(0, 1024)).includes('%PDF-')) return null;
  const bytes = file.slice();
  let text = LATIN.decode(bytes);
  const left = new Set<Left>();
  // Encrypted strings are of another length than they look, and a blank would be decrypted to noise.
  if (/\/Encrypt\s+\d+\s+\d+\s+R|\/Encrypt\s*<</.test(text)) return { bytes, left: ['encrypted'] };
  blankMetadata(bytes, text);
  const infos = new Set([...text.matchAll(/\/Info\s+(\d+)\s+\d+\s+R/g)].map((found) => Number(found[1])));
  for (const number of infos) {
    for (const found of text.matchAll(new RegExp(`(?:^|[\\r\\n\\s])${number}\\s+\\d+\\s+obj\\b`, 'g'))) {
      const start = found.index + found[0].length;
      const end = text.indexOf('endobj', start);
      blankStrings(bytes, start, end < 0 ? bytes.length : end);
    }
  }
  text = LATIN.decode(bytes);
  const opened: string[] = [];
  for (const stream of streams(text)) {
    if (!/\/Type\s*\/ObjStm\b/.test(stream.dictionary)) continue;
    const inside = await inflated(bytes.subarray(stream.start, stream.end));
    if (inside === null) {
      left.add('hidden-information');
      continue;
    }
    const clean = withoutInfo(inside, stream.dictionary, infos);
    opened.push(LATIN.decode(clean ?? inside));
    if (clean !== null && !(await putBack(bytes, stream, clean))) left.add('hidden-information');
  }
  const all = [text, ...opened].join('\n');
  if (/\/EmbeddedFiles\b|\/Type\s*\/Filespec\b[^>]*\/EF\b|\/EF\s*<</.test(all)) left.add('embedded-files');
  if (/\/JavaScript\b|\/JS\b\s*[(<]|\/Launch\b/.test(all)) left.add('scripts');
  if (/\/Subtype\s*\/(Text|FreeText|Popup|Ink)\b/.test(all)) left.add('comments');
  return { bytes, left: [...left] };
}

type Stream = { readonly dictionary: string; readonly start: number; readonly end: number };

function* streams(text: string): Generator<Stream> {
  const begin = /stream(\r\n|\n)/g;
  for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
    if (text.slice(found.index - 3, found.index) === 'end') continue;
    const start = found.index + found[0].length;
    const object = text.lastIndexOf(' obj', found.index);
    const dictionary = text.slice(Math.max(0, object), found.index);
    const said = /\/Length\s+(\d+)(?!\s+\d+\s+R)/.exec(dictionary);
    const close = text.indexOf('endstream', start);
    if (close < 0) return;
    const length = said === null ? Number.NaN : Number(said[1]);
    const trusted = /^\s*endstream/.test(text.slice(start + length, start + length + 12));
    const end = trusted ? start + length : close - (text[close - 2] === '\r' ? 2 : text[close - 1] === '\n' ? 1 : 0);
    yield { dictionary, start, end };
    begin.lastIndex = end;
  }
}

/** XMP: every stream of that type, whoever points to it, page, picture or document. */
function blankMetadata(bytes: Bytes, text: string): void {
  for (const { dictionary, start, end } of streams(text)) {
    if (!/\/Type\s*\/Metadata\b/.test(dictionary) && !/\/Subtype\s*\/XML\b/.test(dictionary)) continue;
    if (!/\/Filter\b/.test(dictionary)) bytes.fill(SPACE, start, end);
    else bytes.set(emptyZlib(end - start), start);
  }
}

/** A valid zlib stream (RFC 1950, 1951) of exactly this length: one stored block without content, then nothing. */
function emptyZlib(length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set([0x78, 0x01, 0x01, 0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01].slice(0, length));
  return out;
}

/** Texts in parentheses and between angle brackets; names, numbers and dictionaries stay. */
function blankStrings(bytes: Uint8Array, from: number, to: number): boolean {
  let changed = false;
  for (let i = from; i < to; i++) {
    if (bytes[i] === 0x28) {
      let depth = 1;
      let end = i + 1;
      for (; end < to && depth > 0; end++) {
        if (bytes[end] === 0x5c) end++;
        else if (bytes[end] === 0x28) depth++;
        else if (bytes[end] === 0x29) depth--;
      }
      changed ||= end - 1 > i + 1;
      bytes.fill(SPACE, i + 1, Math.min(to, end - 1));
      i = end - 1;
    } else if (bytes[i] === 0x3c && bytes[i + 1] === 0x3c) i++;
    else if (bytes[i] === 0x3c) {
      const end = bytes.indexOf(0x3e, i);
      if (end < 0 || end >= to) break;
      changed ||= end > i + 1;
      bytes.fill(0x30, i + 1, end);
      i = end;
    }
  }
  return changed;
}

/** The object stream without the texts of its information dictionaries; null where there are none. */
function withoutInfo(inside: Bytes, dictionary: string, infos: ReadonlySet<number>): Bytes | null {
  const first = Number(/\/First\s+(\d+)/.exec(dictionary)?.[1] ?? Number.NaN);
  const numbers = LATIN.decode(inside.subarray(0, first)).trim().split(/\s+/).map(Number);
  if (!Number.isSafeInteger(first) || numbers.length % 2 !== 0) return null;
  const out = inside.slice();
  let changed = false;
  for (let i = 0; i < numbers.length; i += 2) {
    const start = first + (numbers[i + 1] as number);
    const end = i + 3 < numbers.length ? first + (numbers[i + 3] as number) : out.length;
    if (infos.has(numbers[i] as number) && blankStrings(out, start, end)) changed = true;
  }
  return changed ? out : null;
}

async function piped(bytes: Bytes, through: CompressionStream | DecompressionStream): Promise<Bytes | null> {
  const writer = through.writable.getWriter();
  // Bytes behind the end of the compressed data are an error of the writer's end only.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined);
  const reader = through.readable.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      size += next.value.length;
      if (size > MAX_OPENED) return null;
    }
  } catch {
    if (size === 0) return null;
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const inflated = (bytes: Bytes) => piped(bytes.slice(), new DecompressionStream('deflate'));

/** Compressed again into the same place; false where it does not fit. */
async function putBack(bytes: Bytes, stream: Stream, inside: Bytes): Promise<boolean> {
  const packed = await piped(inside, new CompressionStream('deflate'));
  const room = stream.end - stream.start;
  if (packed === null || packed.length > room || !/\/FlateDecode\b/.test(stream.dictionary)) return false;
  if (/\/DecodeParms\b/.test(stream.dictionary)) return false;
  bytes.fill(0, stream.start, stream.end);
  bytes.set(packed, stream.start);
  return true;
}
