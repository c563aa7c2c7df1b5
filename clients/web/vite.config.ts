import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { cataloguePlugin } from './scripts/catalogue.ts';
import { chunkOf } from './scripts/chunks.ts';
import { legalPlugin } from './scripts/legal.ts';
import { serviceWorkerPlugin } from './scripts/sw.ts';
import { textsPlugin } from './scripts/texts.ts';
import { tonguesPlugin } from './scripts/tongues.ts';
import { viewerPlugin } from './scripts/viewer.ts';

const page = (name: string) => resolve(import.meta.dirname, `${name}.html`);

export default defineConfig({
  plugins: [cataloguePlugin(), legalPlugin(), textsPlugin(), tonguesPlugin(), viewerPlugin(), serviceWorkerPlugin()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    target: ['es2022', 'chrome100', 'firefox110', 'safari16'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rolldownOptions: {
      // The door is a screen like the others, and comes with the page all the same (scripts/chunks.ts).
      checks: { ineffectiveDynamicImport: false },
      input: {
        index: page('index'),
        g: page('g'),
        a: page('a'),
        r: page('r'),
        d: page('d'),
        e: page('e'),
        app: page('app'),
        sw: resolve(import.meta.dirname, 'src', 'sw.ts'),
      },
      // A service worker's name stays, or a browser would never find the next one.
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        codeSplitting: {
          // The groups are closed under imports but for what they leave out on purpose.
          includeDependenciesRecursively: false,
          groups: [{ debugName: 'first screen', name: chunkOf() }],
        },
      },
    },
  },
});
