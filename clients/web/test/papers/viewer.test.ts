import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPainted, readFrame } from '../../src/viewer/protocol.ts';

it('a frame may say three things and no more', () => {
  expect(readFrame({ kind: 'ready', more: 1 })).toEqual({ kind: 'ready' });
  expect(readFrame({ kind: 'shown', pages: 3 })).toEqual({ kind: 'shown', pages: 3 });
  expect(readFrame({ kind: 'failed', why: 'x'.repeat(500) })).toEqual({ kind: 'failed', why: 'x'.repeat(60) });
  const odd = [null, undefined, 'ready', 7, [], {}, { kind: 'open', url: '/' }, { kind: 'shown' }];
  for (const one of [
    ...odd,
    { kind: 'shown', pages: 0 },
    { kind: 'shown', pages: 1.5 },
    { kind: 'shown', pages: '3' },
  ]) {
    expect(readFrame(one)).toBeNull();
  }
  fc.assert(
    fc.property(fc.anything(), (data) => {
      expect(['ready', 'shown', 'failed', undefined]).toContain(readFrame(data)?.kind);
    }),
  );
});

it('what can do things is not painted', () => {
  for (const media of ['image/svg+xml', 'text/html', 'application/xhtml+xml', '', 'image/*'])
    expect(isPainted(media)).toBe(false);
  for (const media of ['application/pdf', 'image/jpeg']) expect(isPainted(media)).toBe(true);
});
