/**
 * The frame that paints papers has an opaque origin. A service worker answers for its page but not for scripts that it
 * would load, so without a network it has what stands in the page itself: its script is written into `sandbox.html`, and
 * pdf.js comes as text from the app (`virtual:pdf-viewer` is its address) and is run only if it is the one whose digest the
 * page names. The server puts both digests into the page's policy (`app/web.py`).
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const VIEWER = join(import.meta.dirname, '..', 'src', 'viewer');
const PDF = 'virtual:pdf-viewer';

const FILES = 'virtual:pdf-files';
const WASM = ['jbig2.wasm', 'openjpeg.wasm'];

const files: Plugin = {
  name: 'mappe-pdf-files',
  resolveId: (id) => (id === FILES ? `\0${FILES}` : null),
  load(id) {
    if (id !== `\0${FILES}`) return null;
    const folder = join(import.meta.dirname, '..', 'node_modules', 'pdfjs-dist', 'wasm');
    const rows = WASM.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);
    return `export default ${JSON.stringify(Object.fromEntries(rows))};`;
  },
};

/** One classic script without imports. */
async function script(entry: string): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [files],
    build: {
      write: false,
      target: ['es2022', 'chrome100', 'firefox110', 'safari16'],
      minify: true,
      lib: { entry: join(VIEWER, entry), formats: ['iife'], name: 'mappeViewer' },
    },
  });
  const [bundle] = Array.isArray(made) ? made : [made];
  if (bundle === undefined || !('output' in bundle)) throw new Error(`${entry} was not built`);
  const [chunk, ...others] = bundle.output;
  if (others.length > 0) throw new Error(`${entry} has more than one part`);
  // Inside an HTML page these words would end it.
  return chunk.code.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

const digest = (code: string) => `sha256-${createHash('sha256').update(code).digest('base64')}`;

const page = (code: string, pdf: string) => `<!doctype html>
<html lang="de">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="referrer" content="no-referrer" />
    <meta name="robots" content="noindex" />
    <meta name="script-digests" content="${digest(code)} ${pdf}" />
    <title>Papier</title>
  </head>
  <body>
    <main id="pages"></main>
    <script>${code}</script>
  </body>
</html>
`;

export function viewerPlugin(): Plugin {
  let pdf: Promise<string> | undefined;
  const file = (code: string) => `assets/pdf-viewer-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.js`;
  let serving = false;
  return {
    name: 'mappe-viewer',
    configResolved(config) {
      serving = config.command === 'serve';
    },
    resolveId: (id) => (id === PDF ? `\0${PDF}` : null),
    async load(id) {
      if (id !== `\0${PDF}`) return null;
      if (serving) return 'export default "";';
      pdf ??= script('pdf.ts');
      const code = await pdf;
      this.emitFile({ type: 'asset', fileName: file(code), source: code });
      return `export default ${JSON.stringify(`/${file(code)}`)};`;
    },
    async writeBundle(options) {
      if (pdf === undefined) return;
      writeFileSync(join(options.dir as string, 'sandbox.html'), page(await script('frame.ts'), digest(await pdf)));
    },
  };
}
