import { forceProvider } from '../../src/crypto/primitives.ts';
import { differences, type VectorFile } from './run.ts';

export function check(file: VectorFile, way: 'web' | 'script'): Promise<string[]> {
  forceProvider(way);
  return differences(file);
}
