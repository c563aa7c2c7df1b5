/**
 * pdf.js for the frame, as one script (scripts/viewer.ts). The frame's origin is opaque and may start no worker of ours, so
 * that pdf.js works where the page is painted; the browser gives such a frame a process of its own where it has the memory.
 * Nothing is fetched, nothing of a paper is evaluated (CVE-2024-4367), no script of a paper runs.
 */
import files from 'virtual:pdf-files';
// The build for older browsers: cheap phones are seldom up to date.
import * as pdf from 'pdfjs-dist/legacy/build/pdf.min.mjs';
import * as worker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs';
import type { OpenPdf, PdfDocument } from './paint.ts';

type PdfJs = { getDocument(options: object): { promise: Promise<PdfDocument> } };

/** A bomb of pages or pixels ends here and not with the phone. */
const MAX_IMAGE_PIXELS = 60_000_000;

/** What pdf.js would fetch, and has here: decoders for the pictures of office scanners (fax, JBIG2) and JPEG 2000. */
class Inside {
  async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
    const file = Object.hasOwn(files, filename) ? (files[filename] as string) : null;
    if (file === null) throw new Error(filename);
    return Uint8Array.from(atob(file), (char) => char.charCodeAt(0));
  }
}

const open: OpenPdf = (bytes) =>
  (pdf as unknown as PdfJs).getDocument({
    data: new Uint8Array(bytes),
    isEvalSupported: false,
    enableXfa: false,
    useSystemFonts: true,
    BinaryDataFactory: Inside,
    useWorkerFetch: false,
    disableAutoFetch: true,
    disableStream: true,
    maxImageSize: MAX_IMAGE_PIXELS,
    verbosity: 0,
  }).promise;

Object.assign(globalThis, { pdfjsWorker: worker, mappePdf: open });
