/** Argon2id beside the page, so that the page keeps answering; in the page where a worker cannot run. */
import type { Bytes } from '../formats/encoding.ts';
import { workerUrl } from '../ui/trusted.ts';
import { knownProfile, type Stretch, stretchHere } from './argon2.ts';
import source from './argon2.worker.ts?worker&url';

function inWorker(secret: Uint8Array, salt: Uint8Array, profile: string): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(source), { type: 'module' });
    const end = (finish: () => void) => {
      worker.terminate();
      finish();
    };
    worker.addEventListener('message', (event: MessageEvent<{ root?: Bytes; failed?: string }>) => {
      const { root, failed } = event.data;
      end(() => (root === undefined ? reject(new Error(failed)) : resolve(root)));
    });
    worker.addEventListener('error', () => end(() => reject(new Error('worker'))));
    worker.postMessage({ secret, salt, profile });
  });
}

export const stretch: Stretch = async (secret, salt, profile) => {
  knownProfile(profile);
  try {
    return await inWorker(secret, salt, profile);
  } catch {
    return stretchHere(secret, salt, profile);
  }
};
