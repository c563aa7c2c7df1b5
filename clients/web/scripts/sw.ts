/**
 * After the build: writes into `sw.js` which files the service worker keeps, with their SHA-256 digests. `first`: the page
 * and what the screens are made of; `later`: kept when they are first used (other languages, scanner, PDF).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const PAGE = '/app';
/** The frame that papers are painted in. */
const VIEWER = '/app/viewer';
const ICONS = ['/icon.svg', '/manifest.webmanifest'];

type Chunk = {
  fileName: string;
  name?: string;
  imports: string[];
  dynamicImports: string[];
  moduleIds: string[];
  viteMetadata?: Meta;
};
type Meta = { importedCss?: Set<string>; importedAssets?: Set<string> };
type Bundle = Readonly<Record<string, { type: string; fileName: string } & Partial<Chunk>>>;

/** Everything that the app's page can come to, by whatever import. */
function reachable(bundle: Bundle, from: string): Set<string> {
  const found = new Set<string>();
  const walk = (name: string) => {
    const chunk = bundle[name];
    if (chunk === undefined || found.has(name)) return;
    found.add(name);
    const { imports = [], dynamicImports = [], viteMetadata } = chunk;
    for (const next of [...imports, ...dynamicImports]) walk(next);
    for (const css of viteMetadata?.importedCss ?? []) found.add(css);
    for (const asset of viteMetadata?.importedAssets ?? []) found.add(asset);
  };
  walk(from);
  return found;
}

/** Workers and WebAssembly are named in code, not imported: a chunk that names a file needs it. */
function named(bundle: Bundle, files: Set<string>, folder: string): void {
  const others = readdirSync(join(folder, 'assets')).map((name) => `assets/${name}`);
  const pending = [...files];
  while (pending.length > 0) {
    const file = pending.pop() as string;
    if (!/\.m?js$/.test(file)) continue;
    const code = readFileSync(join(folder, file), 'utf8');
    for (const other of others) {
      if (files.has(other) || !code.includes(other.slice('assets/'.length))) continue;
      if (bundle[other]?.type === 'chunk' && !other.includes('worker')) continue;
      files.add(other);
      pending.push(other);
    }
  }
}

/** Large, or one of many languages of which a person needs one: only when it is used. */
const LATER = /virtual:(?:texts|catalogue|legal)\/|\/node_modules\/(?:zxing-wasm|pdfjs-dist|qr\/decode|age-encryption)/;

/** The tables of languages are small, and the page cannot begin without them. */
const TABLES: ReadonlySet<string> = new Set(
  ['texts/app', 'texts/recipient', 'catalogue/app'].map((name) => `\0virtual:${name}`),
);

function isLater(bundle: Bundle, file: string): boolean {
  const { moduleIds = [] } = bundle[file] ?? {};
  const heavy = (id: string) => LATER.test(id) && !TABLES.has(id);
  return /\.(?:wasm|mjs)$|pdf-viewer-/.test(file) || moduleIds.some(heavy);
}

export function serviceWorkerPlugin(): Plugin {
  let bundle: Bundle = {};
  let folder = '';
  return {
    name: 'mappe-service-worker',
    apply: 'build',
    writeBundle(options, written) {
      bundle = written as unknown as Bundle;
      folder = options.dir as string;
    },
    closeBundle() {
      const entry = Object.values(bundle).find((one) => one.type === 'chunk' && one.name === 'app');
      if (entry === undefined) return;
      const files = reachable(bundle, entry.fileName);
      named(bundle, files, folder);
      const integrity = (file: string) =>
        `sha256-${createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('base64')}`;
      const rows = [...files].sort().map((file) => [`/${file}`, integrity(file)] as const);
      const later = rows.filter(([url]) => isLater(bundle, url.slice(1)));
      const first = [
        [PAGE, integrity('app.html')],
        [VIEWER, integrity('sandbox.html')],
        ...ICONS.map((url) => [url, integrity(url.slice(1))]),
        ...rows.filter(([url]) => !isLater(bundle, url.slice(1))),
      ];
      const version = createHash('sha256')
        .update(JSON.stringify([first, later]))
        .digest('hex')
        .slice(0, 16);
      const target = join(folder, 'sw.js');
      const code = readFileSync(target, 'utf8');
      if (!code.includes('MAPPE_SHELL')) throw new Error('sw.js has no place for its list');
      const list = JSON.stringify({ version, first, later });
      writeFileSync(target, `const MAPPE_SHELL=${list};${code}`);
    },
  };
}
