import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** One script with the reader of the vectors, to be run in a real browser (tests/browser/test_vectors.py). */
export default defineConfig({
  publicDir: false,
  build: {
    emptyOutDir: false,
    lib: {
      entry: resolve(import.meta.dirname, 'test/vectors/browser.ts'),
      name: 'vectors',
      formats: ['iife'],
      fileName: () => 'vectors.js',
    },
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
