import { look, make, prepare, type Wish } from './photo.ts';

type Job = {
  readonly id: number;
  readonly source: Blob | ImageBitmap;
  readonly wish: Wish | null;
  readonly key: number | null;
};

addEventListener('message', async (event: MessageEvent<Job>) => {
  const { id, source, wish, key } = event.data;
  try {
    if (wish !== null) {
      postMessage({ id, done: await make(source, wish, key) });
      return;
    }
    const seen = await look(source, key);
    postMessage({ id, done: seen });
    if (key !== null) prepare(source, seen.usual, key);
  } catch (error) {
    postMessage({ id, failed: error instanceof Error ? error.message : 'failed' });
  }
});
