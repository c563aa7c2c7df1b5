/** Archives beyond 4 GiB, and what claims to be one. Python's zipfile is the other reader and the other writer. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeZip, Zip, type ZipEntry } from '../../src/store/zip.ts';
import { codeOf } from '../support/people.ts';
import { PYTHON } from '../support/server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mappe-zip-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function* entries(count = 3): AsyncGenerator<ZipEntry> {
  for (let i = 0; i < count; i++) yield { name: `objects/${i}.json`, data: new Blob([`{"n":${i}}`]) };
}

async function written(most: number, count = 3): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of writeZip(entries(count), [], most)) pieces.push(piece as Uint8Array<ArrayBuffer>);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** A file as a browser gives it; Node's own `openAsBlob` keeps 32 bits of a size. */
function fileOf(path: string): Blob {
  const slice = (from: number, to: number) => {
    const bytes = new Uint8Array(to - from);
    const file = openSync(path, 'r');
    readSync(file, bytes, 0, bytes.length, from);
    closeSync(file);
    return new Blob([bytes]);
  };
  return { size: statSync(path).size, slice } as unknown as Blob;
}

const python = (code: string, ...args: string[]) => execFileSync(PYTHON, ['-c', code, ...args], { encoding: 'utf8' });

describe('an archive with ZIP64 records', () => {
  it.each([1, 40, 100])('from %i bytes on is read here and by others', async (most) => {
    const raw = await written(most);
    const zip = await Zip.open(new Blob([raw]), 10);
    expect(zip.names()).toEqual(['objects/0.json', 'objects/1.json', 'objects/2.json']);
    expect(await (await zip.read('objects/2.json', 100)).text()).toBe('{"n":2}');
    writeFileSync(join(folder, 'small.zip'), raw);
    const code = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.read("objects/2.json"))';
    expect(python(code, join(folder, 'small.zip')).trim()).toBe('None b\'{"n":2}\'');
  });

  it('of more entries than sixteen bits count is read here and by others', async () => {
    const raw = await written(0xffffffff, 65_600);
    const zip = await Zip.open(new Blob([raw]), 65_600);
    expect(zip.names().length).toBe(65_600);
    expect(await codeOf(Zip.open(new Blob([raw]), 65_599))).toBe('bad-export');
    writeFileSync(join(folder, 'many.zip'), raw);
    const code = 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))';
    expect(python(code, join(folder, 'many.zip')).trim()).toBe('65600');
  }, 60_000);

  it('of five gigabytes, written by Python, is read', async () => {
    const path = join(folder, 'far.zip'); // sparse: it takes no room
    python(
      `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("near.json", b"near")
    z.start_dir = 5 << 30
    z.writestr("far.json", b"far")
`,
      path,
    );
    const blob = fileOf(path);
    expect(blob.size).toBeGreaterThan(5 * 2 ** 30);
    const zip = await Zip.open(blob, 10);
    expect(await (await zip.read('near.json', 10)).text()).toBe('near');
    expect(await (await zip.read('far.json', 10)).text()).toBe('far');
  });

  it('that does not hang together is refused', async () => {
    const raw = await written(1);
    const at = (back: number) => raw.length - back;
    const locator = at(22 + 20);
    const end = locator - 56;
    const changes: [name: string, place: number, value: number][] = [
      ['locator', locator, 0],
      ['where the end is', locator + 8, 1],
      ['end', end, 0],
      ['count', end + 32, 9],
      ['size of the directory', end + 40, 1],
      ['where the directory is', end + 48, 1],
      ['beyond what is exact', end + 48 + 7, 0x40],
    ];
    for (const [name, place, value] of changes) {
      const broken = raw.slice();
      broken[place] = (broken[place] as number) ^ (value === 0 ? 0xff : value);
      expect(await codeOf(Zip.open(new Blob([broken]), 10)), name).toBe('bad-export');
    }
    const directory = new DataView(raw.buffer).getUint32(end + 48, true);
    const second = directory + 46 + 'objects/0.json'.length; // the first lies at 0 and fits
    for (const [name, place] of [
      ['extra field of another kind', second + 46 + 'objects/1.json'.length],
      ['extra field too short', second + 46 + 'objects/1.json'.length + 2],
      ['no extra field', second + 30],
    ] as const) {
      const broken = raw.slice();
      broken[place] = 0;
      expect(await codeOf(Zip.open(new Blob([broken]), 10)), name).toBe('bad-export');
    }
    const elsewhere = raw.slice();
    elsewhere[second + 46 + 'objects/1.json'.length + 4] = 5;
    const zip = await Zip.open(new Blob([elsewhere]), 10);
    expect(await codeOf(zip.read('objects/1.json', 100))).toBe('bad-export');
  });
});
