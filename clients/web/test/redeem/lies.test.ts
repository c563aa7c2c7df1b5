/** Each lie of tests/adversary/lies.json about a link or a deposit code: the page stops, says which, and sends no more. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Depositor } from '../../src/deposit/send.ts';
import { conditions, prepare, release, toAnybody } from '../../src/grant/grants.ts';
import { pickField } from '../../src/grant/selection.ts';
import { newCode } from '../../src/inbox/deposits.ts';
import { Redeemer } from '../../src/redeem/redeem.ts';
import { Liar } from '../support/liar.ts';
import { newPerson, type Person, paper } from '../support/people.ts';
import { PAGES, played } from '../support/scenes.ts';

type Tell = () => Promise<void>;
let liar: Liar;
const real = globalThis.fetch;

beforeAll(async () => {
  liar = await Liar.start();
  // As a page of this server: it asks by path alone.
  vi.stubGlobal('location', new URL(liar.origin));
  globalThis.fetch = (input, init) => real(new URL(String(input), liar.origin), init);
}, 120_000);
afterAll(async () => {
  globalThis.fetch = real;
  vi.unstubAllGlobals();
  await liar.stop();
});

async function link({ wallet: { vault } }: Person): Promise<Redeemer> {
  const document = await vault.put(paper('A'));
  const picks = [pickField(document, 'date_of_expiry')];
  const prepared = await prepare(vault, toAnybody('X'), picks, conditions('p'));
  await release(vault, prepared);
  return Redeemer.from(prepared.secret);
}

const SCENES: Record<(typeof PAGES)[number], (person: Person, tell: Tell) => Promise<unknown>> = {
  async peek(person, tell) {
    const redeemer = await link(person);
    await tell();
    await redeemer.peek();
  },
  async open(person, tell) {
    const redeemer = await link(person);
    await tell();
    await redeemer.open(null, null);
  },
  async deposit({ wallet: { vault } }, tell) {
    const { link } = await newCode(vault, { label: 'x' });
    const depositor = await Depositor.from(new URL(link).hash.slice(1));
    await tell();
    await depositor.peek();
    await depositor.put(new File(['secret paper'], 'paper.txt', { type: 'text/plain' }), '', () => undefined);
  },
};

async function stage(): Promise<Person> {
  await liar.tell(null);
  return newPerson(liar.origin);
}

describe('a lying server', () => {
  it.each(played(PAGES))('$when: $name', async ({ name, when, expect: codes }) => {
    const person = await stage();
    const stopped = await SCENES[when as keyof typeof SCENES](person, () => liar.tell(name)).then(
      () => null,
      (error: { code?: string }) => error,
    );
    const passed = await liar.passed();
    expect(codes).toContain(stopped?.code);
    const told = passed.findIndex(([, , lied]) => lied);
    expect(told).toBeGreaterThanOrEqual(0);
    expect(passed.slice(told + 1)).toEqual([]);
  });

  it.each(PAGES)('without a lie the scene "%s" ends well', async (name) => {
    await SCENES[name](await stage(), async () => undefined);
  });
});
