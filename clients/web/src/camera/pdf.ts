/**
 * Several photographed pages as one PDF (ISO 32000-1): each page is one JPEG as it is. There is no title, no author, no
 * date, no identifier in it, and the same pages give the same bytes.
 */
import { ascii, type Bytes, concat } from '../formats/encoding.ts';

export type Page = { readonly jpeg: Uint8Array; readonly width: number; readonly height: number };

/** Points (1/72 inch) of A4's longest side: the page prints as a sheet. */
const A4 = 842;

/** Components a pixel, out of the frame header: 1 grey, 3 colour. */
function components(jpeg: Uint8Array): number {
  for (let at = 2; at + 9 < jpeg.length; ) {
    if (jpeg[at] !== 0xff) break;
    const marker = jpeg[at + 1] as number;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return jpeg[at + 9] as number;
    }
    at += 2 + (((jpeg[at + 2] as number) << 8) | (jpeg[at + 3] as number));
  }
  return 3;
}

const points = (n: number) => String(Math.round(n * 100) / 100);

/** Pages in their order; at least one. */
export function jpegsToPdf(pages: readonly Page[]): Bytes {
  const parts: Uint8Array[] = [];
  const starts: number[] = [];
  let length = 0;
  const put = (part: Uint8Array) => {
    parts.push(part);
    length += part.length;
  };
  const object = (number: number, ...body: (string | Uint8Array)[]) => {
    starts[number] = length;
    put(ascii(`${number} 0 obj\n`));
    for (const one of body) put(typeof one === 'string' ? ascii(one) : one);
    put(ascii('\nendobj\n'));
  };
  // The second line says to programs that copy files: not text.
  put(ascii('%PDF-1.4\n%'));
  put(Uint8Array.of(0xe2, 0xe3, 0xcf, 0xd3, 0x0a));
  const kids = pages.map((_, i) => `${3 + i * 3} 0 R`).join(' ');
  object(1, '<< /Type /Catalog /Pages 2 0 R >>');
  object(2, `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  pages.forEach(({ jpeg, width, height }, i) => {
    const scale = A4 / Math.max(width, height);
    const [w, h] = [points(width * scale), points(height * scale)];
    const first = 3 + i * 3;
    const paint = `q ${w} 0 0 ${h} 0 0 cm /P Do Q`;
    const space = components(jpeg) === 1 ? '/DeviceGray' : '/DeviceRGB';
    object(
      first,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents ${first + 1} 0 R ` +
        `/Resources << /XObject << /P ${first + 2} 0 R >> >> >>`,
    );
    object(first + 1, `<< /Length ${paint.length} >>\nstream\n${paint}\nendstream`);
    object(
      first + 2,
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace ${space} ` +
        `/BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>\nstream\n`,
      jpeg,
      '\nendstream',
    );
  });
  const count = starts.length;
  const at = length;
  const rows = starts.slice(1).map((start) => `${String(start).padStart(10, '0')} 00000 n \n`);
  put(ascii(`xref\n0 ${count}\n0000000000 65535 f \n${rows.join('')}`));
  put(ascii(`trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`));
  return concat(...parts);
}
