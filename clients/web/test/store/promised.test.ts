/** What the server promises is the act that was asked for, and not the one before it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { heard, lie } from '../support/lying.ts';
import { child, codeOf, newPerson } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
}, 120_000);
afterAll(() => server.remove());

it('a change is not acknowledged with the promise for an earlier one', async () => {
  const { vault } = (await newPerson(server.origin)).wallet;
  let before: object | undefined;
  lie(/^\/v1\/changes$/, (answer) => {
    before ??= answer;
    return { ...answer, ...before };
  });
  await vault.commit([{ id: 'AAAAAAAAAAAAAAAAAAAAAA', payload: child('Amal') }]);
  expect(await codeOf(vault.commit([{ id: 'AAAAAAAAAAAAAAAAAAAAAQ', payload: child('Samir') }]))).toBe(
    'promise-mismatch',
  );
  expect(heard()).toBe(2);
});
