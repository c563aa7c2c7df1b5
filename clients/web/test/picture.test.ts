import { describe, expect, it } from 'vitest';
import { withoutHiddenData } from '../src/deposit/picture.ts';
import { type Bytes, concat, utf8 } from '../src/formats/encoding.ts';

const has = (file: Uint8Array, text: string) => Buffer.from(file).includes(text);
const segment = (marker: number, body: Uint8Array) =>
  concat(Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body);

/** Big-endian TIFF with orientation 6 and a GPS-like tail. */
const exif = concat(
  utf8('Exif\0\0'),
  Uint8Array.of(0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0),
  utf8('GPSSECRET'),
);
const scan = concat(segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)), Uint8Array.of(1, 2, 0xff, 0x00, 3, 0xff, 0xd9));
const soi = Uint8Array.of(0xff, 0xd8);

describe('hidden data in pictures', () => {
  it('goes from a JPEG, the way up stays, and so does the picture', () => {
    const tables = segment(0xdb, utf8('TABLE'));
    const file = concat(
      soi,
      segment(0xe0, utf8('JFIF\0')),
      segment(0xe1, exif),
      segment(0xed, utf8('Photoshop CITY')),
      segment(0xfe, utf8('a comment')),
      tables,
      scan.subarray(0, -2),
      segment(0xc4, Uint8Array.of(1, 0xff, 0xd9, 2)),
      segment(0xfe, utf8('between')),
      scan,
      utf8('second picture with GPSSECRET'),
    );
    const clean = withoutHiddenData(file, 'image/jpeg') as Bytes;
    for (const gone of ['GPSSECRET', 'CITY', 'comment']) expect(has(clean, gone)).toBe(false);
    for (const kept of ['JFIF', 'TABLE', 'Exif']) expect(has(clean, kept)).toBe(true);
    expect(Buffer.from(clean).subarray(-scan.length)).toEqual(Buffer.from(scan));
    expect(has(clean, 'between')).toBe(false);
    expect(withoutHiddenData(clean, 'image/jpeg')).toEqual(clean.slice());
  });

  it('goes from a PNG', () => {
    const chunk = (type: string, body: string) => {
      const out = concat(new Uint8Array(4), utf8(type), utf8(body), new Uint8Array(4));
      new DataView(out.buffer).setUint32(0, body.length);
      return out;
    };
    const head = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
    const file = concat(
      head,
      chunk('IHDR', 'x'),
      chunk('eXIf', 'GPSSECRET'),
      chunk('tEXt', 'me'),
      chunk('IDAT', 'y'),
      chunk('IEND', ''),
    );
    const clean = withoutHiddenData(file, 'image/png') as Bytes;
    expect(clean).toEqual(concat(head, chunk('IHDR', 'x'), chunk('IDAT', 'y'), chunk('IEND', '')));
  });

  it('what cannot be read stays as it is', () => {
    expect(withoutHiddenData(utf8('not a picture'), 'image/jpeg')).toBeNull();
    expect(withoutHiddenData(utf8('%PDF'), 'application/pdf')).toBeNull();
    expect(withoutHiddenData(concat(soi, Uint8Array.of(0xff, 0xe1, 0xff, 0xff, 0)), 'image/jpeg')).toBeNull();
  });
});
