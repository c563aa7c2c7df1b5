import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** One script with unlock and store, to be run in a real browser (tests/browser/app/test_core.py). */
export default defineConfig({
  publicDir: false,
  worker: { format: 'es' },
  build: {
    emptyOutDir: false,
    lib: {
      entry: resolve(import.meta.dirname, 'test/browser/core.ts'),
      name: 'core',
      formats: ['iife'],
      fileName: () => 'core.js',
    },
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
