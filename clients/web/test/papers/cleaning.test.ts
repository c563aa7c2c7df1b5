import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { mediaType } from '../../src/store/cleaning.ts';
import { withoutPdfData } from '../../src/store/cleaning_pdf.ts';

const PYTHON = join(import.meta.dirname, '../../../../.venv/bin/python');
const folder = mkdtempSync(join(tmpdir(), 'mappe-cleaning-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Made by pikepdf: author, title and XMP as other programs write them. */
const MAKE = `
import sys, pikepdf
from pikepdf import Dictionary, Name, Stream
path, how = sys.argv[1:]
with pikepdf.new() as pdf:
    pdf.add_blank_page(page_size=(200, 300))
    pdf.pages[0].Contents = Stream(pdf, b'q (visible text) pop Q')
    pdf.docinfo['/Author'] = 'Selam Yemane'
    pdf.docinfo['/Title'] = 'geheim (sehr) \\u0627\\u0644'
    pdf.docinfo['/Producer'] = 'SecretWriter 7'
    with pdf.open_metadata() as meta:
        meta['dc:creator'] = ['Selam Yemane']
    if how == 'files':
        pdf.attachments['cv.txt'] = b'attached'
    if how == 'script':
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS='app.alert(1)')
    options = {}
    if how == 'objects':
        options = dict(object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    if how == 'encrypted':
        options = dict(encryption=pikepdf.Encryption(owner='a', user=''))
    pdf.save(path, **options)
`;
const READ = `
import sys, json, pikepdf
with pikepdf.open(sys.argv[1]) as pdf:
    raw = b''.join(o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream))
    print(json.dumps([pdf.check_pdf_syntax(), len(pdf.pages), pdf.pages[0].Contents.read_bytes().decode(),
        {str(k): str(v).strip() for k, v in (pdf.docinfo or {}).items()}, b'Selam' in raw or b'SecretWriter' in raw]))
`;
const run = (code: string, ...args: string[]) => execFileSync(PYTHON, ['-W', 'ignore', '-c', code, ...args]).toString();

async function round(how: string) {
  const path = join(folder, `${how}.pdf`);
  run(MAKE, path, how);
  const before = readFileSync(path);
  const clean = await withoutPdfData(new Uint8Array(before));
  if (clean === null) throw new Error('no PDF');
  writeFileSync(path, clean.bytes);
  expect(clean.bytes.length).toBe(before.length);
  return { clean, read: how === 'encrypted' ? null : (JSON.parse(run(READ, path)) as unknown[]) };
}

describe('a PDF', () => {
  it.each(['plain', 'objects'])('loses author, title, program and XMP, and stays whole: %s', async (how) => {
    const { clean, read } = await round(how);
    expect(clean.left).toEqual([]);
    const [problems, pages, visible, info, said] = read as [string[], number, string, Record<string, string>, boolean];
    expect(problems).toEqual([]);
    expect(pages).toBe(1);
    expect(visible).toContain('visible text');
    expect(Object.entries(info).filter(([, value]) => value.replaceAll('\0', '').trim() !== '')).toEqual([]);
    expect(said).toBe(false);
    expect(Buffer.from(clean.bytes).includes('Selam')).toBe(false);
  });

  it.each([
    ['files', 'embedded-files'],
    ['script', 'scripts'],
    ['encrypted', 'encrypted'],
  ])('says what it cannot lose: %s', async (how, left) => {
    const { clean } = await round(how);
    expect(clean.left).toContain(left);
  });

  it('is known by its content', async () => {
    expect(await withoutPdfData(new TextEncoder().encode('no such thing'))).toBeNull();
    expect(await mediaType(new Blob(['%PDF-1.7'], { type: 'image/jpeg' }))).toBe('application/pdf');
    expect(await mediaType(new Blob([Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)], { type: 'text/plain' }))).toBe(
      'image/jpeg',
    );
    expect(await mediaType(new Blob(['hello'], { type: 'text/html' }))).toBe('text/html');
    expect(await mediaType(new Blob(['hello']))).toBe('application/octet-stream');
  });

  it('may be broken anywhere', async () => {
    const path = join(folder, 'broken.pdf');
    run(MAKE, path, 'objects');
    const file = new Uint8Array(readFileSync(path));
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), async (at, byte, length) => {
        const broken = file.slice(0, Math.max(16, length));
        if (at > 8 && at < broken.length) broken[at] = byte;
        const clean = await withoutPdfData(broken);
        expect(clean?.bytes.length).toBe(broken.length);
      }),
      { numRuns: 60 },
    );
  });
});
