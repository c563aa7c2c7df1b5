/** A server that was put back, or shows two histories: real data, copied while the server stands still. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServerLied } from '../../src/errors.ts';
import { KEPT_CHANGES } from '../../src/store/kept.ts';
import { look, offer } from '../../src/store/rollback.ts';
import { child, codeOf, newPerson, type Person, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
let person: Person;
let backups = 0;
beforeAll(async () => {
  server = await TestServer.start();
}, 120_000);
afterAll(() => server.remove());
beforeEach(async () => {
  person = await newPerson(server.origin);
  await person.wallet.vault.put(child('vor der Sicherung'));
});

async function backup(): Promise<string> {
  const name = `backup-${++backups}`;
  await server.kill();
  server.backup(name);
  await server.resume();
  return name;
}

async function restore(name: string): Promise<void> {
  await server.kill();
  server.restore(name);
  await server.resume();
}

describe('a server that was put back', () => {
  it('is found out, and gets the newer state from the device that wrote it', async () => {
    const { vault } = person.wallet;
    const second = await secondDevice(server.origin, person);
    const name = await backup();
    for (const label of ['eins', 'zwei', 'drei']) await vault.put(child(label));
    await second.vault.sync();
    expect(await look(vault)).toBeNull();
    await restore(name);
    const before = vault.items();
    await expect(vault.sync()).rejects.toMatchObject({ code: 'rolled-back', members: { shown: 2, known: 5 } });
    await expect(vault.put(child('vier'))).rejects.toBeInstanceOf(ServerLied);
    expect(await codeOf(secondDevice(server.origin, person, undefined, 5))).toBe('rolled-back');
    expect(await look(vault)).toEqual({ shown: 2, known: 5, ready: 3, whole: true });
    expect(await offer(vault)).toBe(3);
    expect(await offer(vault)).toBe(0);
    expect(await second.vault.sync()).toBe(0);
    expect(second.vault.items()).toEqual(before);
    await vault.put(child('vier'));
  }, 120_000);

  it('gets each change from the device that signed it, in turn', async () => {
    const { vault } = person.wallet;
    const second = await secondDevice(server.origin, person);
    const name = await backup();
    await vault.put(child('vom ersten'));
    await second.vault.sync();
    await second.vault.put(child('vom zweiten'));
    await vault.sync();
    await restore(name);
    expect(await look(second.vault)).toMatchObject({ ready: 0, whole: false });
    await expect(offer(second.vault)).rejects.toMatchObject({
      code: 'newer-elsewhere',
      members: { sent: 0, missing: 3 },
    });
    await expect(offer(vault)).rejects.toMatchObject({
      code: 'newer-elsewhere',
      members: { sent: 1, missing: 4, kept: KEPT_CHANGES },
    });
    expect(await offer(second.vault)).toBe(1);
    expect(await vault.sync()).toBe(0);
  }, 120_000);

  it('and goes on with another history is a fork: nothing is sent', async () => {
    const { vault } = person.wallet;
    const other = await secondDevice(server.origin, person);
    const name = await backup();
    for (const label of ['eins', 'zwei']) await vault.put(child(label));
    await restore(name);
    await other.vault.put(child('anders'));
    expect(await codeOf(vault.sync())).toBe('forked');
    expect(await codeOf(look(vault))).toBe('forked');
    expect(await codeOf(offer(vault))).toBe('forked');
    await other.vault.put(child('noch anders'));
    expect(await codeOf(vault.sync())).toBe('forked'); // the same number, another head
    await other.vault.put(child('und weiter'));
    expect(await codeOf(vault.sync())).toBe('forked'); // higher, but not on top of what this device knows
    expect(await codeOf(vault.outbox.put(child('wartet')))).toBe('went well');
    await vault.outbox.flush();
    expect(vault.outbox.stuck.value).toBeInstanceOf(ServerLied);
    expect(vault.outbox.waiting.value).toBe(1);
  }, 120_000);

  it('that this device meets again only after signing in anew is still found out', async () => {
    const name = await backup();
    await person.wallet.vault.put(child('danach'));
    await restore(name);
    person.wallet.lock();
    expect(await codeOf(secondDevice(server.origin, person, person.shelf))).toBe('rolled-back');
    // nothing of the older state was kept
    const again = await secondDevice(server.origin, person);
    await again.vault.put(child('anders'));
    expect(await codeOf(secondDevice(server.origin, person, person.shelf))).toBe('forked');
  }, 120_000);
});
