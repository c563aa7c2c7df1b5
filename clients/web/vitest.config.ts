import { defineConfig } from 'vitest/config';
import { cataloguePlugin } from './scripts/catalogue.ts';
import { legalPlugin } from './scripts/legal.ts';
import { textsPlugin } from './scripts/texts.ts';

export default defineConfig({
  plugins: [cataloguePlugin(), legalPlugin(), textsPlugin()],
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
