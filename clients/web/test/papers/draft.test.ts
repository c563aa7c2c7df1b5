/** What the app holds in memory ends with the lock. */
import { expect, it } from 'vitest';
import { draft, put } from '../../src/app/papers/draft.ts';
import { wallet } from '../../src/app/session.ts';

it('forgets the pages of a paper that was being photographed when the wallet locks', () => {
  wallet.value = {} as never;
  put(0, { photo: new Blob(['x']), preview: new Blob(['x']), width: 1, height: 1, quad: null, turn: 0, clear: false });
  expect(draft.value.pages).toHaveLength(1);
  wallet.value = null;
  expect(draft.value.pages).toEqual([]);
});
