/**
 * For benchmarks/qr_robustness.py: the codes as the app draws them, and pictures read by what the app reads with.
 *   node scripts/qr-read.ts draw                  [[text, level or null], …] → [rows of "0" and "1", …]
 *   node scripts/qr-read.ts read WIDTH HEIGHT     [file of RGBA bytes, …] → {zxing, qr, ms}
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import decodeQR from 'qr/decode.js';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { modules, rows } from '../src/scan/code.ts';
import { OPTIONS } from '../src/scan/options.ts';

const [what, width, height] = process.argv.slice(2);
const input = JSON.parse(readFileSync(0, 'utf8'));

function draw(texts: [string, 'quartile' | 'medium' | 'low' | null][]): string[][] {
  return texts.map(([text, ecc]) =>
    (ecc === null ? modules(text) : rows(text, ecc)).map((row) => row.map((dark) => (dark ? '1' : '0')).join('')),
  );
}

async function read(files: string[]): Promise<object> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  await prepareZXingModule({
    overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) as ArrayBuffer },
    fireImmediately: true,
  });
  const zxing: string[] = [];
  const qr: string[] = [];
  const times: number[] = [];
  for (const file of files) {
    const image = {
      data: new Uint8ClampedArray(readFileSync(file)),
      width: Number(width),
      height: Number(height),
      colorSpace: 'srgb' as const,
    };
    const before = performance.now();
    const found = await readBarcodes(image as ImageData, OPTIONS);
    times.push(performance.now() - before);
    zxing.push(found[0]?.text ?? '');
    try {
      qr.push(decodeQR(image));
    } catch {
      qr.push('');
    }
  }
  return { zxing, qr, ms: times };
}

process.stdout.write(JSON.stringify(what === 'draw' ? draw(input) : await read(input)));
