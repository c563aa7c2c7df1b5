/** Each lie of tests/adversary/lies.json about log and registry: the client stops, says which, and sends no secret. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../src/audit/journal.ts';
import { ServerLied } from '../../src/errors.ts';
import { fetchRegistry } from '../../src/grant/registry.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import type { Passed } from '../support/liar.ts';
import { child, newPerson } from '../support/people.ts';
import { LOG_AND_REGISTRY, played } from '../support/scenes.ts';

/** What may follow a lie: reads that carry no secret. */
const READING = ['/v1/log/', '/v1/meta', '/log/', '/v1/registry'];
let district: District;
beforeAll(async () => {
  district = await District.start({ lying: true });
}, 180_000);
afterAll(() => district.stop());

type Scene = (vault: Vault, tell: () => Promise<unknown>) => Promise<unknown>;
const SCENES: Record<(typeof LOG_AND_REGISTRY)[number], Scene> = {
  async log(vault, tell) {
    for (const label of ['one', 'two']) await vault.put(child(label));
    for (let waiting = 1; waiting > 0; ) {
      ({ waiting } = await read(vault, { tree: false }));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // As a device that has seen none of it.
    for (const key of await vault.shelf.keys('log')) await vault.shelf.delete('log', key);
    vault.profile.logPin = { seq: 0, leaf: '', proved: 0 };
    await tell();
    await read(vault);
  },
  async registry(vault, tell) {
    await tell();
    await fetchRegistry(vault);
  },
};

const stage = async () => (await newPerson(district.origin)).wallet.vault;

describe('a lying server', () => {
  it.each(played(LOG_AND_REGISTRY))('$when: $name', async ({ name, when, expect: codes }) => {
    const vault = await stage();
    const scene = SCENES[when as keyof typeof SCENES];
    const stopped = await scene(vault, () => district.do('tell', { name })).catch((error: unknown) => error);
    const passed = await district.do<Passed[]>('passed');
    await district.do('tell');
    expect(stopped).toBeInstanceOf(ServerLied);
    expect(codes).toContain((stopped as ServerLied).code);
    const told = passed.findIndex(([, , lied]) => lied);
    expect(told).toBeGreaterThanOrEqual(0);
    const later = passed.slice(told + 1).map(([, path]) => path);
    expect(later.filter((path) => !READING.some((start) => path.startsWith(start)))).toEqual([]);
  });

  it.each(LOG_AND_REGISTRY)('without a lie the scene "%s" ends well', async (name) => {
    await SCENES[name](await stage(), async () => undefined);
  });
});
