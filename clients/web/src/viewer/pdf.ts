/**
 * pdf.js inside the frame. The frame's origin is opaque and may start no worker of ours, so that pdf.js works where the
 * page is painted; the browser gives such a frame a process of its own where it has the memory. Nothing is fetched, nothing
 * of a paper is evaluated (CVE-2024-4367), no script of a paper runs.
 */
type Viewport = { readonly width: number; readonly height: number };
export type PdfPage = {
  getViewport(options: { scale: number }): Viewport;
  render(options: { canvas: HTMLCanvasElement; viewport: Viewport }): { promise: Promise<void> };
  cleanup(): void;
};
export type PdfDocument = { readonly numPages: number; getPage(n: number): Promise<PdfPage> };
type PdfJs = { getDocument(options: object): { promise: Promise<PdfDocument> } };

/** A bomb of pages or pixels ends here and not with the phone. */
const MAX_IMAGE_PIXELS = 60_000_000;

export async function loadPdf(bytes: ArrayBuffer): Promise<PdfDocument> {
  // The build for older browsers: cheap phones are seldom up to date.
  const [pdf, worker] = await Promise.all([
    import('pdfjs-dist/legacy/build/pdf.min.mjs'),
    import('pdfjs-dist/legacy/build/pdf.worker.min.mjs'),
  ]);
  (globalThis as { pdfjsWorker?: unknown }).pdfjsWorker = worker;
  return (pdf as unknown as PdfJs).getDocument({
    data: new Uint8Array(bytes),
    isEvalSupported: false,
    enableXfa: false,
    useSystemFonts: true,
    useWorkerFetch: false,
    disableAutoFetch: true,
    disableStream: true,
    maxImageSize: MAX_IMAGE_PIXELS,
    verbosity: 0,
  }).promise;
}
