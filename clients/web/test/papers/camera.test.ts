import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSheet, ordered, type Point, plausible, type Quad } from '../../src/camera/edges.ts';
import { jpegsToPdf } from '../../src/camera/pdf.ts';
import { clearer, flatSize, flattened, projection } from '../../src/camera/warp.ts';

/** Repeatable noise. */
function noise(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

type Look = { sheet?: number; table?: number; noise?: number; slope?: number; seed?: number };

function inside(corners: readonly Point[], x: number, y: number): boolean {
  return corners.every((a, i) => {
    const b = corners[(i + 1) % 4] as Point;
    return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) >= 0;
  });
}

/** A sheet with lines of text on a table, in half light. */
function scene(
  corners: readonly Point[],
  { sheet = 225, table = 90, noise: loud = 16, slope = 40, seed = 7 }: Look = {},
) {
  const [width, height] = [180, 240];
  const data = new Uint8ClampedArray(width * height * 4);
  const random = noise(seed);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const on = inside(corners, (x + 0.5) / width, (y + 0.5) / height);
      const ink =
        on &&
        y % 8 < 2 &&
        x % 23 < 17 &&
        inside(corners, (x - 10) / width, y / height) &&
        inside(corners, (x + 10) / width, y / height);
      const light = (on ? (ink ? 60 : sheet) : table) + random() * loud + (x / width - 0.5) * slope;
      data.set([light, light, light - (on ? 0 : 20), 255], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

const worst = (a: Quad, b: Quad) =>
  Math.max(...a.map((p, i) => Math.hypot(p.x - (b[i] as Point).x, p.y - (b[i] as Point).y)));
const quad = (...numbers: number[]) =>
  [0, 1, 2, 3].map((i) => ({ x: numbers[i * 2] as number, y: numbers[i * 2 + 1] as number })) as unknown as Quad;

const SHEETS: [string, Quad][] = [
  ['straight', quad(0.15, 0.1, 0.85, 0.1, 0.85, 0.9, 0.15, 0.9)],
  ['turned', quad(0.25, 0.08, 0.93, 0.2, 0.78, 0.92, 0.1, 0.8)],
  ['from below', quad(0.3, 0.15, 0.7, 0.15, 0.9, 0.9, 0.1, 0.9)],
  ['a card', quad(0.25, 0.35, 0.8, 0.38, 0.78, 0.62, 0.23, 0.6)],
];

describe('the edges of a sheet', () => {
  it.each(SHEETS)('%s on a dark table', (_, wanted) => {
    const found = findSheet(scene(wanted));
    expect(found).not.toBeNull();
    expect(worst(found as Quad, wanted)).toBeLessThan(0.03);
  });

  it.each(SHEETS)('%s on a light table, more noise', (_, wanted) => {
    const found = findSheet(scene(wanted, { table: 165, noise: 30, slope: 30 }));
    expect(found).not.toBeNull();
    expect(worst(found as Quad, wanted)).toBeLessThan(0.04);
  });

  it.each(SHEETS)('%s, a dark paper on a white table', (_, wanted) => {
    const found = findSheet(scene(wanted, { sheet: 110, table: 235 }));
    expect(found).not.toBeNull();
    expect(worst(found as Quad, wanted)).toBeLessThan(0.04);
  });

  it('are not found where there is none', () => {
    const nothing = quad(5, 5, 6, 5, 6, 6, 5, 6);
    for (let seed = 1; seed < 8; seed++) expect(findSheet(scene(nothing, { seed, noise: 30 }))).toBeNull();
    expect(findSheet(scene(quad(0.4, 0.4, 0.5, 0.4, 0.5, 0.5, 0.4, 0.5)))).toBeNull();
    expect(findSheet(scene(quad(-1, -1, 2, -1, 2, 2, -1, 2), { slope: 0 }))).toBeNull();
    expect(findSheet({ width: 8, height: 8, data: new Uint8ClampedArray(256) })).toBeNull();
  });

  it('are in order, and no bow tie', () => {
    const points = quad(0.9, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9, 0.1);
    expect(ordered(points)).toEqual(quad(0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9));
    expect(plausible(points)).toBe(false);
    expect(plausible(quad(0, 0, 1, 0, 0.5, 0.5, 0, 1))).toBe(false);
  });
});

describe('a flat sheet', () => {
  it('has the corners where they belong', () => {
    for (const [, wanted] of SHEETS) {
      const [a, b, c, d, e, f, g, h] = projection(wanted) as number[] as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const corners = [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ] as const;
      corners.forEach(([u, v], i) => {
        const w = g * u + h * v + 1;
        expect((a * u + b * v + c) / w).toBeCloseTo((wanted[i] as Point).x, 9);
        expect((d * u + e * v + f) / w).toBeCloseTo((wanted[i] as Point).y, 9);
      });
    }
  });

  it('shows paper only', () => {
    const wanted = (SHEETS[1] as [string, Quad])[1];
    const from = scene(wanted, { noise: 0, slope: 0 });
    const out = flattened(from, wanted, { width: 120, height: 170 }, null);
    let table = 0;
    for (let i = 0; i < out.length; i += 4) {
      expect(out[i + 3]).toBe(255);
      if ((out[i] as number) > 80 && (out[i] as number) < 100 && (out[i + 2] as number) < 80) table++;
    }
    expect(table).toBeLessThan(120 * 170 * 0.01);
  });

  it('mixes neighbours channel by channel', () => {
    const data = new Uint8ClampedArray([255, 0, 7, 255, 0, 255, 7, 255, 255, 0, 7, 255, 0, 255, 7, 255]);
    const out = flattened({ width: 2, height: 2, data }, quad(0, 0, 1, 0, 1, 1, 0, 1), { width: 1, height: 1 }, null);
    expect([...out]).toEqual([127, 127, 7, 255]);
  });

  it.each([...SHEETS, ['far from flat', quad(0.35, 0.05, 0.6, 0.1, 0.98, 0.95, 0.02, 0.7)] as [string, Quad]])(
    '%s lies where the exact map says',
    (_, wanted) => {
      // A slope in each direction: a value is a place.
      const [width, height] = [1200, 900];
      const data = new Uint8ClampedArray(width * height * 4);
      for (let i = 0; i < width * height; i++) {
        data.set([((i % width) / width) * 255, (((i / width) | 0) / height) * 255, 0, 255], i * 4);
      }
      const size = { width: 701, height: 997 };
      const out = flattened({ width, height, data }, wanted, size, null);
      const [a, b, c, d, e, f, g, h] = projection(wanted) as number[] as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      let worst = 0;
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const [u, v] = [(x + 0.5) / size.width, (y + 0.5) / size.height];
          const w = g * u + h * v + 1;
          const at = (y * size.width + x) * 4;
          const across = ((a * u + b * v + c) / w) * 255;
          const down = ((d * u + e * v + f) / w) * 255;
          worst = Math.max(worst, Math.abs((out[at] as number) - across), Math.abs((out[at + 1] as number) - down));
        }
      }
      // Whole steps of brightness, rounded down twice; half a pixel of this picture is a tenth of a step.
      expect(worst).toBeLessThan(2.5);
    },
  );

  it('is as large as it was seen, and A4 is A4', () => {
    const size = flatSize(quad(0.1, 0.1, 0.9, 0.1, 0.9, 0.95, 0.1, 0.95), 3000, 4000);
    expect(size.height).toBe(2340);
    expect(size.height / size.width).toBeCloseTo(Math.SQRT2, 2);
    expect(flatSize(quad(0, 0, 1, 0, 1, 1, 0, 1), 100, 100)).toEqual({ width: 100, height: 100 });
  });

  it('gets clearer, unless there is nothing to gain', () => {
    const table = clearer(
      scene((SHEETS[0] as [string, Quad])[1], { sheet: 190, table: 150, noise: 4, slope: 0 }),
    ) as Uint8Array;
    expect(table[60]).toBeLessThan(40);
    expect(table[195]).toBeGreaterThan(240);
    expect([...table].every((v, i) => i === 0 || v >= (table[i - 1] as number))).toBe(true);
    expect(
      clearer({ width: 2, height: 1, data: new Uint8ClampedArray([90, 90, 90, 255, 95, 95, 95, 255]) }),
    ).toBeNull();
  });
});

/** Pillow draws the pictures and pikepdf, another program, reads the file. */
const PYTHON = join(import.meta.dirname, '../../../../.venv/bin/python');
const run = (code: string, ...args: string[]) => execFileSync(PYTHON, ['-c', code, ...args], { encoding: 'buffer' });

describe('the PDF', () => {
  it('opens elsewhere, holds the pictures as they are, and says nothing else', () => {
    const draw =
      "import sys, io; from PIL import Image; b = io.BytesIO(); Image.new(sys.argv[1], (90, 120), 99).save(b, 'JPEG'); sys.stdout.buffer.write(b.getvalue())";
    const [grey, colour] = ['L', 'RGB'].map((mode) => new Uint8Array(run(draw, mode))) as [Uint8Array, Uint8Array];
    const pages = [
      { jpeg: grey, width: 90, height: 120 },
      { jpeg: colour, width: 120, height: 90 },
    ];
    const pdf = jpegsToPdf(pages);
    expect(jpegsToPdf(pages)).toEqual(pdf);
    const folder = mkdtempSync(join(tmpdir(), 'mappe-pdf-'));
    try {
      writeFileSync(join(folder, 'a.pdf'), pdf);
      const read = `
import json, sys, pikepdf
with pikepdf.open(sys.argv[1]) as pdf:
    assert not pdf.check_pdf_syntax()
    print(json.dumps([[[float(n) for n in page.MediaBox], len(page.Resources.XObject['/P'].read_raw_bytes()), str(page.Resources.XObject['/P'].ColorSpace)] for page in pdf.pages] + [sorted(pdf.trailer.keys())]))`;
      const found = JSON.parse(run(read, join(folder, 'a.pdf')).toString()) as unknown[];
      expect(found).toEqual([
        [[0, 0, 631.5, 842], grey.length, '/DeviceGray'],
        [[0, 0, 842, 631.5], colour.length, '/DeviceRGB'],
        ['/Root', '/Size'],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
