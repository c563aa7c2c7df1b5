/**
 * The key file of an export (export.md): an age file under a passphrase. scrypt takes seconds on a cheap phone, so it runs
 * beside the page, and in the page where a worker cannot run.
 */
import type { Bytes } from '../formats/encoding.ts';

/** scrypt, log2: the passphrase has 79.7 bits of its own, and a cheap phone should not stand still for a minute. */
const WORK_FACTOR = 15;

export type AgeKeyJob =
  | { readonly lock: string; readonly passphrase: string }
  | { readonly unlock: Bytes; readonly passphrase: string };

export async function runHere(job: AgeKeyJob): Promise<Bytes | string> {
  const { Decrypter, Encrypter } = await import('../store/age.ts');
  if ('unlock' in job) {
    const opener = new Decrypter();
    opener.addPassphrase(job.passphrase);
    return opener.decrypt(job.unlock, 'text');
  }
  const locker = new Encrypter();
  locker.setScryptWorkFactor(WORK_FACTOR);
  locker.setPassphrase(job.passphrase);
  return (await locker.encrypt(job.lock)) as Bytes;
}

type Answer = { readonly done?: Bytes | string; readonly failed?: true };

async function inWorker(job: AgeKeyJob): Promise<Answer> {
  const [{ default: source }, { workerUrl }] = await Promise.all([
    import('./age_key.worker.ts?worker&url'),
    import('../ui/trusted.ts'),
  ]);
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(source), { type: 'module' });
    const end = (finish: () => void) => {
      worker.terminate();
      finish();
    };
    worker.addEventListener('message', (event: MessageEvent<Answer>) => end(() => resolve(event.data)));
    worker.addEventListener('error', () => end(() => reject(new Error('worker'))));
    worker.postMessage(job);
  });
}

async function run(job: AgeKeyJob): Promise<Bytes | string> {
  const answer = await inWorker(job).catch(() => null);
  if (answer === null) return runHere(job);
  if (answer.done === undefined) throw new Error('age');
  return answer.done;
}

export async function lockAgeKey(identity: string, passphrase: string): Promise<Bytes> {
  return (await run({ lock: `${identity}\n`, passphrase })) as Bytes;
}

/** The identity; throws with other digits, or where the file is none of these. */
export async function unlockAgeKey(file: Bytes, passphrase: string): Promise<string> {
  return ((await run({ unlock: file, passphrase })) as string).trim();
}
