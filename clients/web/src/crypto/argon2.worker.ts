import { stretchHere } from './argon2.ts';

type Job = { secret: Uint8Array; salt: Uint8Array; profile: string };

addEventListener('message', async (event: MessageEvent<Job>) => {
  const { secret, salt, profile } = event.data;
  try {
    postMessage({ root: await stretchHere(secret, salt, profile) });
  } catch (error) {
    postMessage({ failed: error instanceof Error ? error.message : 'failed' });
  }
});
