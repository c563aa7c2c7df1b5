/** No lie without a player: what a malicious server may tell is told to this client, or it is written down why not. */
import { expect, it } from 'vitest';
import { LIES, LOG_AND_REGISTRY, PAGES, played, UNLOCK_AND_STORE } from './scenes.ts';

it('every lie is played once, or says why this client does not meet it', () => {
  const names = [UNLOCK_AND_STORE, LOG_AND_REGISTRY, PAGES].flatMap((scenes) => played(scenes).map(({ name }) => name));
  const excused = LIES.filter(({ unplayed }) => unplayed?.web !== undefined);
  expect([...names, ...excused.map(({ name }) => name)].sort()).toEqual(LIES.map(({ name }) => name).sort());
  for (const { name, unplayed } of excused) expect(unplayed?.web?.length, name).toBeGreaterThan(40);
});
