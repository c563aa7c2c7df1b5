import { look, make, type Wish } from './photo.ts';

type Job = { readonly id: number; readonly source: Blob | ImageBitmap; readonly wish: Wish | null };

addEventListener('message', async (event: MessageEvent<Job>) => {
  const { id, source, wish } = event.data;
  try {
    postMessage({ id, done: wish === null ? await look(source) : await make(source, wish) });
  } catch (error) {
    postMessage({ id, failed: error instanceof Error ? error.message : 'failed' });
  }
});
