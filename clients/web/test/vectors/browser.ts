import { forceProvider } from '../../src/crypto/primitives.ts';
import { differences, type VectorFile } from './run.ts';

/** Found by the test as `mappeVectors`. */
Object.assign(globalThis, {
  mappeVectors(file: VectorFile, way: 'web' | 'script'): Promise<string[]> {
    forceProvider(way);
    return differences(file);
  },
});
