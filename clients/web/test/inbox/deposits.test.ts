/** What the Python depositors put in is looked at, kept and thrown away here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../src/audit/journal.ts';
import { fetchRegistry, type Registry } from '../../src/grant/registry.ts';
import { codes, discard, endCode, inbox, keep, look, newCode, type Received } from '../../src/inbox/deposits.ts';
import { download } from '../../src/store/files.ts';
import type { Vault } from '../../src/store/vault.ts';
import { District } from '../support/district.ts';
import { honest, lie, lieText, passed } from '../support/lying.ts';
import { codeOf, newPerson, secondDevice } from '../support/people.ts';

let district: District;
let vault: Vault;
let registry: Registry;
let link: string;
let code: string;
let person: Awaited<ReturnType<typeof newPerson>>;

beforeAll(async () => {
  district = await District.start();
  person = await newPerson(district.origin);
  vault = person.wallet.vault;
  registry = await fetchRegistry(vault);
  ({ link, code } = await newCode(vault, { label: 'Beratung' }));
}, 180_000);
afterAll(() => district.stop());

/** One GIF pixel: what Python's cleaning lets through as it is. */
const put = (name: string, content: string, more: Record<string, unknown> = {}) =>
  district.do('deposit', { link, name, content, ...more });
const waiting = async (name: string): Promise<Received> => {
  const found = (await inbox(vault, registry)).find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} does not wait`);
  return found;
};

describe('a deposit code', () => {
  it('is found again on every device, with what is left of it', async () => {
    const [mine] = await codes(vault);
    expect(mine).toMatchObject({ code, label: 'Beratung', link, state: 'open', filesLeft: 20 });
    const second = await secondDevice(district.origin, person);
    expect((await codes(second.vault))[0]).toEqual(mine);
    passed();
    expect((await codes(vault, { offline: true }))[0]).toMatchObject({ link, state: 'unknown', filesLeft: null });
    expect(passed()).toEqual([]);
  });

  it('that another device has made is known before what came by it is called unreadable', async () => {
    const second = await secondDevice(district.origin, person);
    const other = await newCode(second.vault, { label: 'Tablet' });
    await district.do('deposit', { link: other.link, name: 'vom-tablet.txt', content: 'x' });
    const found = (await inbox(vault, registry)).filter((one) => one.code === other.code);
    expect(found).toMatchObject([{ name: 'vom-tablet.txt' }]);
    await discard(vault, found[0] as Received);
  });

  it('takes nothing after its end, and lasts no longer than a month', async () => {
    const other = await newCode(vault, { label: 'kurz', life: 60 });
    await endCode(vault, other.code);
    await endCode(vault, other.code);
    expect(await codeOf(district.do('deposit', { link: other.link, name: 'a.txt', content: 'x' }))).toBe(
      'deposit-ended',
    );
    expect((await codes(vault)).find((one) => one.code === other.code)?.state).toBe('ended');
    for (const life of [0, -1, Number.NaN, 31 * 86400]) {
      expect(await codeOf(newCode(vault, { label: 'x', life }))).toBe('too-long');
    }
    expect(await codeOf(newCode(vault, { label: 'x', files: 21 }))).toBe('deposit-limits');
  });
});

describe('what was put in', () => {
  it('names a sender only where an office of the registry signed', async () => {
    await put('anonym.txt', 'eins', { note: 'Bitte sehr' });
    await put('vom-amt.txt', 'zwei', { agency: 'jobcenter' });
    await put('gefälscht.txt', 'drei', { agency: 'jobcenter', forged: true });
    expect(await waiting('anonym.txt')).toMatchObject({ sender: null, claimed: null, note: 'Bitte sehr', shown: null });
    expect(await waiting('vom-amt.txt')).toMatchObject({ sender: 'Jobcenter Musterstadt' });
    expect(await waiting('gefälscht.txt')).toMatchObject({
      sender: null,
      claimed: 'Jobcenter Erlangen'.replace('Erlangen', 'Musterstadt'),
    });
    const without = await inbox(vault, null);
    expect(without.every((one) => one.sender === null)).toBe(true);
    const revoked = {
      ...registry,
      agencies: registry.agencies.map((one) => ({
        ...one,
        keys: one.keys.map((key) => ({ ...key, status: 'revoked' as const })),
      })),
    };
    expect((await inbox(vault, revoked)).every((one) => one.sender === null)).toBe(true);
  });

  it('becomes a paper with its bytes, once, however often it is asked for', async () => {
    await put('brief.txt', 'Inhalt');
    const received = await waiting('brief.txt');
    const paper = await keep(vault, received, { title: 'Brief vom Amt' });
    expect(await keep(vault, received)).toBe(paper);
    const item = vault.item(paper);
    expect(item.payload).toMatchObject({ type: 'other_paper', title: 'Brief vom Amt', state: 'present' });
    const [file] = item.payload.attachments as unknown as Parameters<typeof download>[1][];
    expect(await (await download(vault, file as Parameters<typeof download>[1])).text()).toBe('Inhalt');
    expect((await inbox(vault, registry)).some((one) => one.name === 'brief.txt')).toBe(false);
    const { entries } = await read(vault, { tree: false });
    expect(entries.map((one) => one.event.kind)).toContain('deposit-accepted');
  });

  it('is thrown away, and is gone', async () => {
    await put('weg.txt', 'x');
    const received = await waiting('weg.txt');
    await discard(vault, received);
    expect((await inbox(vault, registry)).some((one) => one.name === 'weg.txt')).toBe(false);
    expect(await codeOf(keep(vault, { ...received, manifest: null }))).toBe('unreadable');
  });

  it('is shown as a picture or not at all', async () => {
    await put('seite.html', '<script>alert(1)</script>');
    await put('bild.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await put('text.txt', 'nur Text');
    for (const name of ['seite.html', 'bild.svg', 'text.txt']) {
      passed();
      expect(await codeOf(look(vault, await waiting(name)))).toBe('not-a-picture');
    }
    const received = await waiting('text.txt');
    const asPicture: Received = { ...received, shown: 'picture', media: 'image/png' };
    const blob = await look(vault, asPicture);
    expect([blob.type, await blob.text()]).toEqual(['image/png', 'nur Text']);
  });
});

describe('a server that lies about deposits', () => {
  it('is caught when it alters, cuts or lengthens the bytes', async () => {
    await put('lang.txt', 'x'.repeat(5000));
    const received: Received = { ...(await waiting('lang.txt')), shown: 'picture' };
    const path = new RegExp(`/v1/deposits/${received.code}/${received.item}$`);
    const real = globalThis.fetch;
    const alter = (change: (bytes: Uint8Array) => Uint8Array) => {
      globalThis.fetch = async (input, init) => {
        const answer = await real(input, init);
        if (!path.test(new URL(String(input)).pathname)) return answer;
        const bytes = change(new Uint8Array(await answer.arrayBuffer()));
        return new Response(new Blob([bytes as Uint8Array<ArrayBuffer>]), { status: answer.status });
      };
    };
    try {
      for (const [code, change] of [
        ['undecryptable', (bytes: Uint8Array) => bytes.map((byte, n) => (n === 7 ? byte ^ 1 : byte))],
        ['truncated', (bytes: Uint8Array) => bytes.slice(0, -1)],
        ['truncated', () => new Uint8Array(0)],
        ['trailing-data', (bytes: Uint8Array) => new Uint8Array([...bytes, 0])],
      ] as const) {
        alter(change);
        expect(await codeOf(look(vault, received)), code).toBe(code);
      }
    } finally {
      globalThis.fetch = real;
    }
    expect((await look(vault, received)).size).toBe(5000);
  });

  it('cannot put a file of its own, or of another code, under this one', async () => {
    const boxes = new Map<string, string>();
    lie(/\/v1\/deposits$/, (answer) => {
      const items = answer.items as { item: string; manifest: string }[];
      for (const { item, manifest } of items) boxes.set(item, manifest);
      const [first, second] = items;
      if (first !== undefined && second !== undefined)
        [first.manifest, second.manifest] = [second.manifest, first.manifest];
      return undefined;
    });
    const [first, second] = await inbox(vault, registry);
    expect([first?.manifest, second?.manifest]).toEqual([null, null]);
    expect(boxes.size).toBeGreaterThan(1);
    honest();
    lie(/\/v1\/deposits$/, (answer) => ({
      items: (answer.items as object[]).map((one) => ({ ...one, code: 'AAAAAAAAAAAAAAAAAAAAAA' })),
    }));
    expect((await inbox(vault, registry)).every((one) => one.manifest === null)).toBe(true);
    honest();
    lieText(/\/v1\/deposits$/, () => '{"items":[{}]}');
    expect(await codeOf(inbox(vault, registry))).toBe('malformed');
  });

  it('is caught when it promises nothing for what it did', async () => {
    await put('noch.txt', 'x');
    const received = await waiting('noch.txt');
    lie(/\/accept$/, ({ promise: _, ...rest }) => rest);
    expect(await codeOf(keep(vault, received))).toBe('promise-mismatch');
    honest();
    lie(/\/v1\/deposit-codes$/, (answer) => ({
      ...answer,
      event: String(answer.event).replace('deposit-created', 'exported'),
    }));
    expect(await codeOf(newCode(vault, { label: 'x' }))).toBe('hash-mismatch');
  });
});
