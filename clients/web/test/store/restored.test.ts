/** Backup and restore as an operator does them, seen by the devices that wrote since: said, counted, and no lie. */
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerRestores, type Entry, read } from '../../src/audit/journal.ts';
import { explain, type Known } from '../../src/audit/restored.ts';
import { look, offer } from '../../src/store/rollback.ts';
import { child, codeOf, newPerson, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

const EXCUSED = { backup: 1000, time: 5000 };

describe('the real commands', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  }, 120_000);
  afterAll(() => server.remove());

  /** With the keys and the newest ledger, into an empty place. */
  async function restore(backup: string): Promise<void> {
    const data = join(server.folder, 'data');
    await server.kill();
    await server.command('run-jobs');
    renameSync(data, `${data}-lost`);
    mkdirSync(data, { mode: 0o700 });
    for (const part of ['keys.json', 'ledger'])
      cpSync(join(`${data}-lost`, part), join(data, part), { recursive: true });
    await server.command('restore', backup);
    await server.resume();
  }

  it('leave a device that wrote since with its papers, and tell it what is gone', async () => {
    const person = await newPerson(server.origin);
    const { vault } = person.wallet;
    const second = await secondDevice(server.origin, person);
    await vault.put(child('vor der Sicherung'));
    await second.vault.sync();
    const backup = join(server.folder, 'backup');
    await server.command('backup', backup);
    await vault.put(child('danach'));
    const seen = (await read(vault)).entries.length;
    await vault.put(child('versprochen')); // and not read back from the log
    const before = vault.items();
    await new Promise((resolve) => setTimeout(resolve, 3000)); // the ledger has everything
    await restore(backup);

    expect(await codeOf(vault.sync())).toBe('session-invalid');
    await person.wallet.signInAgain({ passphrase: person.secrets.passphrase });
    expect(await codeOf(vault.sync())).toBe('rolled-back');
    const told = await read(vault);
    const [restored] = told.restores;
    expect(told.entries[(restored?.seq ?? 0) - 1]?.event).toMatchObject({
      kind: 'restored',
      detail: { backup: restored?.backup },
    });
    expect(restored).toMatchObject({ lost: seen - ((restored?.seq ?? 0) - 1) + 1, unproven: 0 });
    expect(await look(vault)).toMatchObject({ ready: 2, whole: true });
    expect(await offer(vault)).toBe(2);
    expect(vault.items()).toEqual(before);
    // Said until it is answered, and then never again.
    expect((await read(vault)).restores).toEqual(told.restores);
    await answerRestores(vault);
    expect((await read(vault)).restores).toEqual([]);
    // The other device had read nothing of the log and was promised its arrival, which the backup has.
    await second.signInAgain({ passphrase: person.secrets.passphrase });
    await second.vault.sync();
    expect((await read(second.vault)).restores).toEqual([]);
    expect(second.vault.items()).toEqual(before);
  }, 240_000);
});

describe('a restore', () => {
  const entry = (seq: number, kind = 'vault-changed', time = 900, actor = 'device', detail?: object): Entry =>
    ({
      seq,
      leaf: `${kind}-${time}-${seq}`,
      index: seq,
      proven: null,
      event: { kind, time, actor: { type: actor }, detail },
    }) as never;
  const says = (seq: number, backup: number | undefined = EXCUSED.backup, actor = 'server') =>
    entry(seq, 'restored', EXCUSED.time, actor, { backup });
  const known = (rows: readonly Entry[]): Known[] => rows.map(({ leaf, event }) => ({ leaf, time: event.time }));
  const owed = (rows: readonly Entry[]) => new Map(rows.map(({ leaf, event }) => [leaf, event.time]));
  const old = [1, 2, 3].map((seq) => entry(seq));
  const lost = [4, 5].map((seq) => entry(seq, 'vault-changed', 1000 + seq));
  const newer = entry(5, 'vault-changed', 6000);

  it('explains what came after the backup, and counts it once', () => {
    const shown = [...old, says(4), newer];
    expect(explain(known([...old, ...lost]), owed(lost), shown)).toMatchObject({ backup: 1000, entry: { seq: 4 } });
    expect(explain(known([...old, ...lost]), owed(lost), shown)?.gone).toHaveLength(2);
    expect(explain(known(old), owed(lost), shown)?.gone).toHaveLength(2);
    expect(explain(known(old.slice(0, 1)), owed(lost), shown)?.gone).toHaveLength(2);
    const ended = entry(4, 'grant-ended', EXCUSED.time, 'server');
    expect(explain(known([...old, ...lost]), new Map(), [...old, ended, says(5)])?.entry.seq).toBe(5);
    expect(explain(known(old), owed(old), [...old, ...lost])).toBeNull();
    expect(explain(known([...old, says(4)]), new Map(), shown)).toBeNull();
  });

  it.each<[string, string, () => unknown]>([
    ['is not said', 'log-broken', () => explain(known([...old, ...lost]), new Map(), old)],
    ['is not said where entries are owed', 'promise-broken', () => explain(known(old), owed(lost), [...old, newer])],
    [
      'is said by somebody else',
      'log-broken',
      () => explain(known([...old, ...lost]), new Map(), [...old, says(4, 1000, 'device')]),
    ],
    [
      'names no backup',
      'promise-broken',
      () => explain(known(old), owed(lost), [...old, entry(4, 'restored', 5000, 'server')]),
    ],
    [
      'names a backup of the future',
      'log-broken',
      () => explain(known([...old, ...lost]), new Map(), [...old, says(4, 5001)]),
    ],
    [
      'lost what is older than the backup',
      'log-broken',
      () => explain(known([...old, entry(4, 'x', 699)]), new Map(), [...old, says(4)]),
    ],
    [
      'lost a promise that is older',
      'promise-broken',
      () => explain(known(old), new Map([['x', 699]]), [...old, says(4)]),
    ],
    [
      'lost a promise of unknown age',
      'promise-broken',
      () => explain(known(old), new Map([['x', 0]]), [...old, says(4)]),
    ],
    [
      'changed an entry before it',
      'log-broken',
      () => explain(known(old), new Map(), [old[0] as Entry, entry(2, 'x'), old[2] as Entry, says(4)]),
    ],
    [
      'puts an access in the place of another',
      'log-broken',
      () => explain(known([...old, ...lost]), new Map(), [...old, entry(4, 'grant-opened', 900, 'agency'), says(5)]),
    ],
    [
      'was met before',
      'log-broken',
      () => explain(known([...old, says(4), newer]), new Map(), [...old, says(4), entry(5)]),
    ],
    [
      'was met before, and a promise is broken',
      'promise-broken',
      () => explain(known([...old, says(4)]), owed(lost), [...old, says(4), newer]),
    ],
  ])('that %s is no excuse', (_what, code, lie) => {
    expect(lie).toThrow(expect.objectContaining({ name: 'ServerLied', code }));
  });
});
