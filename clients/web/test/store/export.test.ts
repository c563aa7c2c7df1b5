/** Leaving with everything, and coming in elsewhere: between two servers, and between Python and TypeScript. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/formats/attachment.ts';
import { type Exported, exportWallet, importWallet } from '../../src/store/export.ts';
import { download, upload } from '../../src/store/files.ts';
import { writeZip, Zip } from '../../src/store/zip.ts';
import { child, codeOf, newPerson, type Person, paper } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let here: TestServer;
let there: TestServer;
let folder: string;
let person: Person;
let exported: Exported;
const NEVER_LEAVES = 'never-leaves-never-leaves-never-leaves-ever';
const SHARE = {
  v: 1,
  kind: 'grant',
  grant: 'AAAAAAAAAAAAAAAAAAAAAA',
  secret: `${NEVER_LEAVES.slice(0, 42)}A`,
  recipient: 'Amt',
  title: 'Amt',
  slots: {},
  exp: 1,
  version: 1,
  standing: false,
  created: 1,
};
const bytes = new Uint8Array(1_300_000).map((_, index) => (index * 13) & 0xff);

beforeAll(async () => {
  [here, there] = await Promise.all([TestServer.start(), TestServer.start()]);
  folder = mkdtempSync(join(tmpdir(), 'mappe-export-'));
  person = await newPerson(here.origin);
  const { vault } = person.wallet;
  const amal = await vault.put(child('Amal'));
  const file = await upload(vault, new Blob([bytes]), { name: 'Bescheid ä.bin', media: 'application/octet-stream' });
  await vault.put({ ...paper('Titel'), person: amal, attachments: [{ ...file }] });
  await vault.put({ ...paper('Dasselbe Bild'), attachments: [{ ...file }] });
  await vault.put({ v: 1, kind: 'later-kind', something: ['survives'] });
  await vault.put(SHARE);
  expect(await codeOf(vault.put({ ...SHARE, grant: 'x' }))).toBe('malformed');
  exported = await exportWallet(vault);
  expect(exported.content).toMatchObject({ objects: 4, papers: 2, files: 1, check: expect.stringMatching(/^\d{8}$/) });
}, 180_000);
afterAll(async () => {
  await Promise.all([here.remove(), there.remove()]);
  rmSync(folder, { recursive: true, force: true });
});

const START = `
import dataclasses, json, sys
from pathlib import Path
from mappe.formats.encoding import b64u
from mappe.holder import export, files
from mappe.holder.wallet import Wallet
from mappe.net.server import Server
origin, folder, *more = sys.argv[1:]
server, folder = Server(origin), Path(folder)
`;

/** What must be the same elsewhere: all but the keys of files. */
function comparable(all: readonly { id: string; payload: object }[]) {
  const plain = all.map(({ id, payload }) => {
    const { attachments = [], ...rest } = payload as { attachments?: Attachment[] };
    return [id, rest, attachments.map(({ name, media, size }) => ({ name, media, size }))] as const;
  });
  return plain.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function mine() {
  return comparable(person.wallet.vault.items().filter(({ kind }) => kind !== 'grant'));
}

it('is not made where nobody could import it', async () => {
  const { vault } = person.wallet;
  const entries = vault.items().length + 2 + 3; // two papers show a file; manifest, log, shares
  expect(await codeOf(exportWallet(vault, undefined, entries - 1))).toBe('export-too-large');
  await exportWallet(vault, undefined, entries);
});

describe('an export', () => {
  it('brings everything into a new wallet on another server, under new keys', async () => {
    const { wallet } = await newPerson(there.origin);
    expect(await importWallet(wallet.vault, exported, exported.passphrase)).toMatchObject(exported.content);
    expect(comparable(wallet.vault.items())).toEqual(mine());
    const [first] = wallet.vault.items('document');
    const [file] = (first?.payload.attachments ?? []) as unknown as Attachment[];
    const back = new Uint8Array(await (await download(wallet.vault, file as Attachment)).arrayBuffer());
    expect(Buffer.from(back).equals(Buffer.from(bytes))).toBe(true);
    const old = (person.wallet.vault.items('document')[0]?.payload.attachments ?? []) as unknown as Attachment[];
    expect(file?.key).not.toBe(old[0]?.key);
    expect(await codeOf(importWallet(wallet.vault, exported, exported.passphrase))).toBe('already-there');
  }, 60_000);

  it('opens with Python', async () => {
    writeFileSync(join(folder, 'ts.age'), Buffer.from(await exported.sealed.arrayBuffer()));
    writeFileSync(join(folder, 'ts.key.age'), Buffer.from(await exported.key.arrayBuffer()));
    const seen = JSON.parse(
      await there.python(
        `${START}
wallet, secrets = Wallet.create(server, folder / "py", small_memory=True)
content, shares = export.import_all(wallet.vault, folder / "ts.age", folder / "ts.key.age", more[0])
items = [{"id": b64u(one.id), "payload": dict(one.payload)} for one in wallet.vault.items()]
print(json.dumps({"content": dataclasses.asdict(content), "shares": shares, "items": items}))`,
        there.origin,
        folder,
        exported.passphrase,
      ),
    );
    expect(seen.content).toEqual(exported.content);
    expect(seen.shares).toEqual([]); // the one that is in it has ended
    expect(comparable(seen.items)).toEqual(mine());
  }, 60_000);

  it('of Python opens here', async () => {
    const passphrase = await here.python(
      `${START}
wallet = Wallet.adopt(server, folder / "again", handle=more[0], passphrase=more[1])
print(export.export(wallet.vault, folder / "py-export"))`,
      here.origin,
      folder,
      person.secrets.handle,
      person.secrets.passphrase,
    );
    const files = {
      sealed: new Blob([readFileSync(join(folder, 'py-export.age'))]),
      key: new Blob([readFileSync(join(folder, 'py-export.key.age'))]),
    };
    const { wallet } = await newPerson(there.origin);
    const typed = (passphrase.match(/.{4}/g) ?? []).join(' ');
    expect(await importWallet(wallet.vault, files, typed)).toMatchObject({ objects: 4, papers: 2, files: 1 });
    expect(comparable(wallet.vault.items())).toEqual(mine());
  }, 120_000);

  it('keeps secrets of shares out, and carries the log', async () => {
    const { Decrypter } = await import('../../src/store/age.ts');
    const unlocker = new Decrypter();
    unlocker.addPassphrase(exported.passphrase);
    const opener = new Decrypter();
    const key = new Uint8Array(await exported.key.arrayBuffer());
    opener.addIdentity((await unlocker.decrypt(key, 'text')).trim());
    const plain = new Blob([
      (await opener.decrypt(new Uint8Array(await exported.sealed.arrayBuffer()))) as Uint8Array<ArrayBuffer>,
    ]);
    const zip = await Zip.open(plain, 100);
    expect(zip.names()[0]).toBe('mappe-export.json');
    expect(zip.names().slice(-2)).toEqual(['log.json', 'shares.json']);
    expect(await (await zip.read('shares.json', 10_000)).text()).toBe(
      JSON.stringify([{ ...SHARE, secret: undefined }]),
    );
    const log = JSON.parse(await (await zip.read('log.json', 1 << 20)).text());
    expect(JSON.parse(log[0].event).kind).toBe('wallet-created');
    expect(await plain.text()).not.toContain('never-leaves');

    const raw = new Uint8Array(await plain.arrayBuffer());
    const at = Buffer.from(raw).indexOf('"label":"Amal"');
    raw[at + 9] = 0x42;
    const altered = await Zip.open(new Blob([raw]), 100);
    const reads = await Promise.all(altered.names().map((name) => codeOf(altered.read(name, 1 << 22))));
    expect(reads.filter((code) => code === 'bad-export')).toHaveLength(1);
    expect(await codeOf(Zip.open(new Blob([raw]), 3))).toBe('bad-export');
    expect(await codeOf(Zip.open(new Blob([raw.slice(0, -1)]), 100))).toBe('bad-export');
    expect(await codeOf(Zip.open(new Blob([]), 100))).toBe('bad-export');
  }, 60_000);

  it('with other digits, or damaged, brings nothing', async () => {
    const { wallet } = await newPerson(there.origin);
    expect(await codeOf(importWallet(wallet.vault, exported, '1'.repeat(24)))).toBe('wrong-secret');
    const cut = { ...exported, sealed: exported.sealed.slice(0, exported.sealed.size - 100) };
    expect(await codeOf(importWallet(wallet.vault, cut, exported.passphrase))).toBe('bad-export');
    const none = { ...exported, key: new Blob(['x']) };
    expect(await codeOf(importWallet(wallet.vault, none, exported.passphrase))).toBe('wrong-secret');
    expect(wallet.vault.items()).toEqual([]);
    expect(wallet.vault.number).toBe(1);
  }, 60_000);

  it.each(['grant', 'deposit-code', 'roots'])('that somebody else made plants no %s', async (kind) => {
    const { Encrypter, generateX25519Identity, identityToRecipient } = await import('../../src/store/age.ts');
    const planted = {
      grant: { ...SHARE, standing: true },
      'deposit-code': { v: 1, kind, code: SHARE.grant, secret: SHARE.grant, private: SHARE.secret, exp: 1, label: '' },
      roots: { v: 1, kind, origin: there.origin, file: '{}', created: 1 },
    }[kind];
    const manifest = { v: 1, origin: here.origin, exported: 1, number: 1, objects: 1, files: 0 };
    async function* entries() {
      yield { name: 'mappe-export.json', data: new Blob([JSON.stringify(manifest)]) };
      yield { name: `objects/${SHARE.grant}.json`, data: new Blob([JSON.stringify(planted)]) };
    }
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of writeZip(entries())) pieces.push(piece as Uint8Array<ArrayBuffer>);
    const identity = await generateX25519Identity();
    const [outer, inner] = [new Encrypter(), new Encrypter()];
    outer.addRecipient(await identityToRecipient(identity));
    inner.setScryptWorkFactor(10);
    inner.setPassphrase('1'.repeat(24));
    const files = {
      sealed: new Blob([
        (await outer.encrypt(new Uint8Array(await new Blob(pieces).arrayBuffer()))) as Uint8Array<ArrayBuffer>,
      ]),
      key: new Blob([(await inner.encrypt(`${identity}\n`)) as Uint8Array<ArrayBuffer>]),
    };
    const { wallet } = await newPerson(there.origin);
    expect(await codeOf(importWallet(wallet.vault, files, '1'.repeat(24)))).toBe('bad-export');
    expect(wallet.vault.items()).toEqual([]);
  });

  it('is not made while papers are away from this device', async () => {
    const other = await newPerson(here.origin);
    const id = await other.wallet.vault.put(paper('weg'));
    await other.wallet.vault.away.leave([id], Math.floor(Date.now() / 1000) + 60);
    expect(await codeOf(exportWallet(other.wallet.vault))).toBe('left-at-home');
  });
});
