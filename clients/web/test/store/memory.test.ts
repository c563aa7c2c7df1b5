import { expect, it } from 'vitest';
import { MemoryShelf } from '../../src/store/memory.ts';
import { shelfContract } from './contract.ts';

it('the shelf in memory is a shelf', async () => {
  expect(await shelfContract(async () => new MemoryShelf())).toEqual([]);
});
