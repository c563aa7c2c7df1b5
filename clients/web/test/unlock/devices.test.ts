/** PIN, joining, lending, stop code: who comes in, and who does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { clockAhead } from '../../src/api/http.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import { beginJoin, readJoin } from '../../src/unlock/join.ts';
import { stopEverything, Wallet } from '../../src/unlock/wallet.ts';
import { child, codeOf, newPerson, type Person, paper, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
let person: Person;
beforeAll(async () => {
  server = await TestServer.start();
}, 120_000);
afterAll(() => server.remove());
beforeEach(async () => {
  person = await newPerson(server.origin);
  await person.wallet.vault.put(paper('Titel'));
});

const never = new AbortController().signal;

/** Answers of one path are changed on the way. */
async function lying<T>(
  path: string,
  change: (answer: Record<string, unknown>) => void,
  work: () => Promise<T>,
): Promise<T> {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init);
    if (!answer.ok || !String(input).includes(path)) return answer;
    const body = (await answer.json()) as Record<string, unknown>;
    change(body);
    return new Response(JSON.stringify(body), { status: answer.status, headers: answer.headers });
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = real;
  }
}

describe('a PIN', () => {
  const unlock = (pin: string) => Wallet.unlock(person.shelf, person.wallet.profile.wallet, { pin });

  it('opens the wallet on its device, and nothing after it was forgotten', async () => {
    await person.wallet.setPin('٤٧١١٠٨'); // digits as an Arabic keyboard gives them
    const before = person.wallet.vault.items();
    person.wallet.lock();
    const again = await unlock('471108');
    expect(again.vault.items()).toEqual(before);
    await again.vault.put(child('geht'));
    again.lock();
    expect(await codeOf(again.vault.sync())).toBe('locked');
    await secondDevice(server.origin, person, person.shelf); // signed in anew: the PIN stays
    await unlock('471108');
    await again.forgetPin().catch(() => undefined); // a locked wallet does nothing
    const third = await unlock('471108');
    await third.forgetPin();
    await third.forgetPin();
    third.lock();
    expect(await codeOf(unlock('471108'))).toBe('pin-gone');
  });

  it('counts wrong tries and is gone after five; the passphrase still opens', async () => {
    await person.wallet.setPin('471108');
    person.wallet.lock();
    expect(await codeOf(unlock('4711'))).toBe('bad-digits');
    for (const left of [4, 3, 2, 1]) {
      await expect(unlock('000000')).rejects.toMatchObject({ code: 'pin-wrong', members: { tries_left: left } });
    }
    const last = await codeOf(unlock('000000'));
    expect(['pin-wrong', 'pin-gone']).toContain(last);
    expect(await codeOf(unlock('471108'))).toBe('pin-gone');
    expect(await codeOf(unlock('471108'))).toBe('pin-gone'); // by now the device has forgotten it too
    const { passphrase } = person.secrets;
    await Wallet.unlock(person.shelf, person.wallet.profile.wallet, { passphrase });
  });

  it('ends with a change of locks, with the stop code, and is no way past another share', async () => {
    await person.wallet.setPin('471108');
    await expect(
      lying(
        '/v1/pin/release',
        (body) => Object.assign(body, { share: 'A'.repeat(43) }),
        () => unlock('471108'),
      ),
    ).rejects.toMatchObject({ name: 'ServerLied', code: 'server-lied' });
    const again = await unlock('471108');
    await again.changeLocks({ passphrase: person.secrets.passphrase });
    again.lock();
    expect(await codeOf(unlock('471108'))).toBe('pin-gone');

    const { handle, passphrase, stopCode } = person.secrets;
    const third = await Wallet.unlock(person.shelf, person.wallet.profile.wallet, { passphrase });
    await third.setPin('471108');
    third.lock();
    const typed = { origin: server.origin, handle, stopCode: stopCode.join(' ') };
    expect(await codeOf(stopEverything({ ...typed, stopCode: '000000'.repeat(6) }))).toBe('sign-in-refused');
    expect(await codeOf(stopEverything({ ...typed, stopCode: '000001' }))).toBe('bad-code');
    await stopEverything(typed);
    expect(['session-invalid', 'pin-gone']).toContain(await codeOf(unlock('471108')));
    const back = await secondDevice(server.origin, person, person.shelf);
    expect(back.vault.items()).toHaveLength(1);
  });
});

describe('joining', () => {
  it('brings a new device in by comparison of six digits', async () => {
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    const asked = await readJoin(joining.url);
    expect(asked.digits).toBe(joining.digits);
    expect(asked.digits).toMatch(/^\d{6}$/);
    const coming = joining.wait(never);
    await asked.approve(person.wallet, 'device');
    const joined = await coming;
    expect(joined.vault.items()).toEqual(person.wallet.vault.items());
    expect(joined.profile.until).toBeNull();
    await joined.mine();
    await joined.vault.put(child('vom neuen'));
    expect(await person.wallet.vault.sync()).toBe(1);
    await joined.setPin('123456');
    const devices = await person.wallet.devices();
    expect(devices.map((one) => [one.this, one.until])).toHaveLength(2);
  });

  it('refuses codes of another server, no codes, and ends when it is called off', async () => {
    expect(await codeOf(readJoin('https://mappe.example/j#AAAA'))).toBe('not-a-join');
    expect(await codeOf(readJoin(`${server.origin}/g#${'A'.repeat(43)}`))).toBe('not-a-join');
    const foreign = await beginJoin(new MemoryShelf(), 'http://127.0.0.1:1');
    expect(await codeOf((await readJoin(foreign.url)).approve(person.wallet, 'device'))).toBe('other-origin');
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    const stop = new AbortController();
    const waiting = joining.wait(stop.signal);
    stop.abort(new Error('called off'));
    await expect(waiting).rejects.toThrow('called off');
  });

  it.each<[string, (body: Record<string, unknown>) => void, string[]]>([
    ['another wallet', (body) => Object.assign(body, { wallet: 'A'.repeat(43) }), ['server-lied']],
    ['another mode', (body) => Object.assign(body, { mode: 'assisted' }), ['server-lied']],
    [
      'an altered box',
      (body) => Object.assign(body, { box: `${String(body.box).slice(0, -3)}AAA` }),
      ['undecryptable'],
    ],
    ['no method', (body) => Object.assign(body, { methods: [] }), ['server-lied']],
    ['no promise', (body) => delete body.promise, ['promise-mismatch']],
  ])('stops at %s', async (_name, change, codes) => {
    const shelf = new MemoryShelf();
    const joining = await beginJoin(shelf, server.origin);
    await (await readJoin(joining.url)).approve(person.wallet, 'device');
    const came = lying('/collect', change, () => joining.wait(never));
    const failure = await came.then(
      () => null,
      (error: { name: string; code: string }) => error,
    );
    expect(failure?.name).toBe('ServerLied');
    expect(codes).toContain(failure?.code);
  });

  it('tells the holder when somebody else has let the device into a wallet of theirs', async () => {
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    const neighbour = await newPerson(server.origin); // has photographed the code
    await (await readJoin(joining.url)).approve(neighbour.wallet, 'device');
    expect(await codeOf((await readJoin(joining.url)).approve(person.wallet, 'device'))).toBe('join-taken');
  });

  it('is promised for this very device, and no earlier one', async () => {
    const [first, second] = [
      await beginJoin(new MemoryShelf(), server.origin),
      await beginJoin(new MemoryShelf(), server.origin),
    ];
    let before: Record<string, unknown> = {};
    const keep = (body: Record<string, unknown>) => {
      before = { ...body };
    };
    await lying('/v1/joins/', keep, async () => (await readJoin(first.url)).approve(person.wallet, 'device'));
    const again = (body: Record<string, unknown>) => Object.assign(body, before);
    const approved = lying('/v1/joins/', again, async () =>
      (await readJoin(second.url)).approve(person.wallet, 'assisted'),
    );
    expect(await codeOf(approved)).toBe('promise-mismatch');
  });

  it('forgets nothing where the device has known the wallet', async () => {
    const { profile } = person.wallet;
    const seen = { answered: ['nonce'], logPin: { seq: 3, leaf: 'leaf', proved: 2 } };
    Object.assign(profile, seen);
    await profile.save();
    const before = { promised: profile.promised, pin: profile.pin };
    const joining = await beginJoin(person.shelf, server.origin);
    await (await readJoin(joining.url)).approve(person.wallet, 'device');
    const { profile: joined } = await joining.wait(never);
    expect(joined).toMatchObject(seen);
    expect(joined.promised).toEqual(expect.arrayContaining(before.promised));
    expect(joined.pin.ancestors.get(before.pin.number) ?? joined.pin.head).toBe(before.pin.head);
  });

  it('shows an older state than the approving device has seen: stops', async () => {
    await server.kill();
    server.backup('before-join');
    await server.resume();
    await person.wallet.vault.put(child('danach'));
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    await (await readJoin(joining.url)).approve(person.wallet, 'device');
    const real = globalThis.fetch;
    let restored = false;
    globalThis.fetch = async (input, init) => {
      if (!restored && String(input).includes('/v1/sync')) {
        restored = true;
        await server.kill();
        server.restore('before-join');
        await server.resume();
      }
      return real(input, init);
    };
    const code = await codeOf(joining.wait(never));
    globalThis.fetch = real;
    // the restored server knows nothing of the device either
    expect(['rolled-back', 'forked', 'session-invalid']).toContain(code);
  }, 120_000);
});

describe('a device whose clock is wrong', () => {
  it.each([3600, -7200])('by %i s works all the same', async (seconds) => {
    const now = Date.now;
    Date.now = () => now() + seconds * 1000;
    onTestFinished(() => {
      Date.now = now;
    });
    person.wallet.lock();
    const again = await Wallet.unlock(person.shelf, person.wallet.profile.wallet, {
      passphrase: person.secrets.passphrase,
    });
    await again.vault.sync();
    await again.vault.put(child('zur falschen Zeit'));
    expect(Math.abs(clockAhead() + seconds)).toBeLessThan(5);
    Date.now = now;
    await again.vault.sync();
    expect(Math.abs(clockAhead())).toBeLessThan(5);
  });
});

describe('a lent computer', () => {
  it('is not lent for longer because the server says so', async () => {
    const longer = (body: Record<string, unknown>) => Object.assign(body, { exp: Number(body.exp) + 3600 });
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    await (await readJoin(joining.url)).approve(person.wallet, 'assisted');
    expect(await codeOf(lying('/collect', longer, () => joining.wait(never)))).toBe('server-lied');
    const { handle, recoveryCode, sheetPin } = person.secrets;
    const typed = { origin: server.origin, handle, recoveryCode: recoveryCode.join(' '), sheetPin };
    const came = lying('/v1/sign-in', longer, () => Wallet.assist(new MemoryShelf(), typed));
    expect(await codeOf(came)).toBe('server-lied');
  });

  it('works for half an hour, by a join or from the sheet, and may change nothing that lasts', async () => {
    const joining = await beginJoin(new MemoryShelf(), server.origin);
    await (await readJoin(joining.url)).approve(person.wallet, 'assisted');
    const lent = await joining.wait(never);
    expect(lent.profile.until).toBeGreaterThan(Date.now() / 1000 + 1700);
    await lent.mine();
    await lent.vault.put(child('am Schalter'));
    expect(await codeOf(lent.setPin('123456'))).toBe('assisted-refused');
    expect(await codeOf(lent.changeLocks({ passphrase: person.secrets.passphrase }))).toBe('assisted-refused');
    lent.fresh.prove(); // however long a slow machine has taken until here
    expect(await codeOf(lent.delete())).toBe('assisted-refused');
    const here = (await person.wallet.devices()).find((one) => one.this)?.device as string;
    expect(await codeOf(lent.lockOut(here, { passphrase: person.secrets.passphrase }))).toBe('assisted-refused');
    const another = await beginJoin(new MemoryShelf(), server.origin);
    lent.fresh.prove();
    expect(await codeOf((await readJoin(another.url)).approve(lent, 'device'))).toBe('assisted-refused');
    await lent.signOut();
    expect((await person.wallet.devices()).length).toBe(1);

    const { handle, recoveryCode, sheetPin } = person.secrets;
    const typed = { origin: server.origin, handle, recoveryCode: recoveryCode.join(' ') };
    expect(await codeOf(Wallet.assist(new MemoryShelf(), typed))).toBe('sign-in-refused');
    const bySheet = await Wallet.assist(new MemoryShelf(), { ...typed, sheetPin });
    expect(bySheet.vault.items('person')).toHaveLength(1);
    expect((await person.wallet.devices()).filter((one) => one.until !== null)).toHaveLength(1);
    server.advance(1801);
    const now = Date.now;
    Date.now = () => now() + 1_801_000;
    onTestFinished(() => {
      Date.now = now;
      server.advance(-1801);
    });
    expect(await codeOf(bySheet.vault.sync())).toBe('session-invalid');
  }, 120_000);
});
