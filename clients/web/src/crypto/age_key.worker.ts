import { type AgeKeyJob, runHere } from './age_key.ts';

addEventListener('message', async (event: MessageEvent<AgeKeyJob>) => {
  postMessage(
    await runHere(event.data).then(
      (done) => ({ done }),
      () => ({ failed: true }),
    ),
  );
});
