import { look, make, type Wish } from './photo.ts';

type Job = {
  readonly id: number;
  readonly source: Blob | ImageBitmap;
  readonly wish: Wish | null;
  readonly key: number | null;
};

addEventListener('message', async (event: MessageEvent<Job>) => {
  const { id, source, wish, key } = event.data;
  try {
    postMessage({ id, done: wish === null ? await look(source, key) : await make(source, wish, key) });
  } catch (error) {
    postMessage({ id, failed: error instanceof Error ? error.message : 'failed' });
  }
});
