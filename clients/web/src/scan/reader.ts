/**
 * Texts of the QR codes in a picture. ZXing-C++ as WebAssembly from our own origin; a slower reader in plain JavaScript
 * where a browser or its owner's policy has no WebAssembly. Loaded when somebody scans, not before.
 */
import { OPTIONS } from './options.ts';

export type Reader = (image: ImageData) => Promise<string[]>;

let loaded: Promise<Reader> | null = null;

export function loadReader(): Promise<Reader> {
  loaded ??= zxing().catch(plain);
  // A broken download must not stay broken for as long as the page is open.
  loaded.catch(() => {
    loaded = null;
  });
  return loaded;
}

async function zxing(): Promise<Reader> {
  const [{ prepareZXingModule, readBarcodes }, { default: wasm }] = await Promise.all([
    import('./zxing.ts'),
    import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ]);
  // Without `locateFile` the package would ask a network of somebody else's.
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return async (image) => (await readBarcodes(image, OPTIONS)).filter((one) => one.isValid).map((one) => one.text);
}

async function plain(): Promise<Reader> {
  const { default: decode } = await import('qr/decode.js');
  return async (image) => {
    try {
      return [decode(image)];
    } catch {
      return [];
    }
  };
}
