import { withoutPdfData } from './cleaning_pdf.ts';

addEventListener('message', async (event: MessageEvent<Uint8Array<ArrayBuffer>>) => {
  try {
    const clean = await withoutPdfData(event.data);
    postMessage({ clean }, { transfer: clean === null ? [] : [clean.bytes.buffer] });
  } catch {
    postMessage({ clean: null });
  }
});
