/** What the server promises is the act that was asked for, and not the one before it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { read } from '../../src/audit/journal.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { heard, lie } from '../support/lying.ts';
import { child, codeOf, newPerson, secondDevice } from '../support/people.ts';
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

it('that a PIN was used is remembered until the log shows it', async () => {
  const person = await newPerson(server.origin);
  await person.wallet.setPin('246801');
  await read(person.wallet.vault, { tree: false });
  expect(person.wallet.profile.promised).toEqual([]);
  person.wallet.lock();
  const id = person.wallet.profile.wallet;
  const again = await Wallet.unlock(person.shelf, id, { pin: '246801' });
  expect(again.profile.promised).toHaveLength(1);
  const before = again.profile.found.length;
  const { entries } = await read(again.vault, { tree: false });
  expect(entries.at(-1)).toMatchObject({ event: { kind: 'pin-released' }, leaf: again.profile.found.at(-1) });
  expect([again.profile.promised, again.profile.found.length]).toEqual([[], before + 1]);
  again.lock();
  // A server that gives the share out and promises nothing: the wallet does not open.
  lie(/^\/v1\/pin\/release$/, ({ share }) => ({ share }));
  expect(await codeOf(Wallet.unlock(person.shelf, id, { pin: '246801' }))).toBe('promise-mismatch');
  expect(heard()).toBe(1);
});

it.each<[string, RegExp, (wallet: Wallet) => Promise<unknown>]>([
  ['a device that was sent away', /\/remove$/, async (wallet) => wallet.endLent(await other(wallet))],
  ['a recovery that was stopped', /\/v1\/recovery\/stop$/, (wallet) => wallet.stopRecovery()],
])('%s is promised', async (_what, path, act) => {
  const person = await newPerson(server.origin);
  await secondDevice(server.origin, person);
  lie(path, () => ({}));
  expect(await codeOf(act(person.wallet))).toBe('promise-mismatch');
  expect(heard()).toBe(1);
});

async function other(wallet: Wallet): Promise<string> {
  return (await wallet.devices()).find((one) => !one.this)?.device as string;
}
