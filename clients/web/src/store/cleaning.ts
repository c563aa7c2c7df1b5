/**
 * Files lose what nobody meant to share before they are sealed: place, device, author, thumbnails. Pictures are encoded
 * anew, PDFs keep their bytes but for what is blanked. Other kinds pass as they are, and the caller is told so.
 */
import { make } from '../camera/studio.ts';
import { HolderError } from '../errors.ts';
import { workerUrl } from '../ui/trusted.ts';
import source from './cleaning.worker.ts?worker&url';
import type { CleanPdf, Left } from './cleaning_pdf.ts';

export type Clean = {
  readonly blob: Blob;
  readonly name: string;
  readonly media: string;
  /** What stays in it; empty: nothing that we know of. `unknown-type`: this kind of file has no cleaner. */
  readonly left: readonly (Left | 'unknown-type' | 'too-large')[];
};

/** Bytes: more would be held twice in the memory of a phone. */
const MAX_PDF = 64 * 1024 * 1024;
/** What `createImageBitmap` opens on every phone; HEIC only on some. */
const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/bmp', 'image/avif', 'image/heic'];

/** By content where it is known, else by name: a mislabelled photo must not keep its position. */
export async function mediaType(file: Blob): Promise<string> {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  const text = String.fromCharCode(...head);
  if (text.startsWith('%PDF-')) return 'application/pdf';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('BM')) return 'image/bmp';
  if (text.slice(4, 8) === 'ftyp') {
    if (/^(heic|heix|mif1|msf1)/.test(text.slice(8))) return 'image/heic';
    if (text.slice(8).startsWith('avif')) return 'image/avif';
  }
  return file.type || 'application/octet-stream';
}

export const isPicture = (media: string): boolean => PICTURES.includes(media);

function renamed(name: string, ending: string): string {
  return `${name.replace(/\.[^.]{1,5}$/, '') || 'file'}.${ending}`;
}

/** Beside the page: twenty megabytes are looked through several times. */
function withoutPdfData(bytes: Uint8Array<ArrayBuffer>): Promise<CleanPdf | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(source), { type: 'module' });
    worker.addEventListener('message', (event: MessageEvent<{ clean: CleanPdf | null }>) => {
      worker.terminate();
      resolve(event.data.clean);
    });
    worker.addEventListener('error', () => {
      worker.terminate();
      reject(new Error('worker'));
    });
    worker.postMessage(bytes, [bytes.buffer]);
  });
}

/** HolderError `bad-picture`. */
export async function cleaned(file: Blob, name: string): Promise<Clean> {
  const media = await mediaType(file);
  if (isPicture(media)) {
    try {
      const { jpeg } = await make(file, { quad: null, turn: 0, clear: false });
      return { blob: jpeg, name: renamed(name, 'jpg'), media: 'image/jpeg', left: [] };
    } catch (error) {
      throw new HolderError('bad-picture', {}, error);
    }
  }
  if (media === 'application/pdf') {
    if (file.size > MAX_PDF) return { blob: file, name, media, left: ['too-large'] };
    const clean = await withoutPdfData(new Uint8Array(await file.arrayBuffer()));
    if (clean !== null) return { blob: new Blob([clean.bytes], { type: media }), name, media, left: clean.left };
  }
  return { blob: file, name, media, left: ['unknown-type'] };
}
