import type { ReaderOptions } from 'zxing-wasm/reader';

/** What we read: one of our codes in a frame. A light code on dark ground is none of ours. */
export const OPTIONS: ReaderOptions = {
  formats: ['QRCode'],
  tryHarder: true,
  tryInvert: false,
  tryDownscale: true,
  maxNumberOfSymbols: 4,
  textMode: 'Plain',
};
