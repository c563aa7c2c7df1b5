/** One wallet, two independent clients: what Python writes opens here, and the other way round. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/formats/attachment.ts';
import { download, upload } from '../../src/store/files.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import { Wallet } from '../../src/unlock/wallet.ts';
import { newPerson, paper, secondDevice } from '../support/people.ts';
import { TestServer } from '../support/server.ts';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await TestServer.start();
  folder = mkdtempSync(join(tmpdir(), 'mappe-python-'));
}, 120_000);
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

const START = `
import json, sys
from pathlib import Path
from mappe.formats.encoding import b64u, unb64u
from mappe.holder import files
from mappe.holder.cleaning import Clean
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server
origin, folder, *more = sys.argv[1:]
server, folder = Server(origin), Path(folder)
def shown(wallet):
    return [[b64u(one.id), one.version, dict(one.payload)] for one in wallet.vault.items()]
`;

function listed(wallet: Wallet) {
  const sorted = [...wallet.vault.items()].map(({ id, version, payload }) => [id, version, payload]);
  return sorted.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

function sorted(rows: [string, number, unknown][]) {
  return rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

describe('Python and TypeScript', () => {
  it('open the wallet that Python made', async () => {
    const made = JSON.parse(
      await server.python(
        `${START}
wallet, secrets = Wallet.create(server, folder, small_memory=True)
path = Path(more[0]); path.write_bytes(bytes(range(256)) * 8000)
described = files.upload(wallet.vault, Clean(path, "scan.bin", "application/octet-stream", path.stat().st_size, True))
wallet.add_person("Amal", "child")
wallet.add_paper("residence_title", {"date_of_expiry": [value("2027-01-01", as_of="2026-11-01")]}, title="Titel ÄÖ", attachments=[described])
print(json.dumps({"handle": secrets.handle, "passphrase": secrets.passphrase, "code": secrets.recovery_code, "pin": secrets.sheet_pin, "items": shown(wallet)}))`,
        server.origin,
        join(folder, 'python'),
        join(folder, 'scan.bin'),
      ),
    );
    const at = { origin: server.origin, handle: made.handle };
    const byPassphrase = await Wallet.adopt(new MemoryShelf(), { ...at, passphrase: made.passphrase });
    expect(listed(byPassphrase)).toEqual(sorted(made.items));
    const bySheet = await Wallet.adopt(new MemoryShelf(), { ...at, recoveryCode: made.code, sheetPin: made.pin });
    expect(listed(bySheet)).toEqual(sorted(made.items));
    const files = byPassphrase.vault.items('document').map(({ payload }) => payload.attachments);
    const [[file]] = files as unknown as [[Attachment]];
    expect((await download(byPassphrase.vault, file)).size).toBe(256 * 8000);

    await byPassphrase.mine();
    await byPassphrase.vault.put(paper('aus dem Browser'));
    await byPassphrase.changeLocks({ passphrase: made.passphrase });
    const again = JSON.parse(
      await server.python(
        `${START}
wallet = Wallet.adopt(server, folder, handle=more[0], passphrase=more[1])
print(json.dumps(shown(wallet)))`,
        server.origin,
        join(folder, 'python'),
        made.handle,
        made.passphrase,
      ),
    );
    expect(sorted(again)).toEqual(listed(byPassphrase));
  }, 120_000);

  it('open the wallet that TypeScript made', async () => {
    const person = await newPerson(server.origin);
    const { vault } = person.wallet;
    const blob = new Blob([new Uint8Array(1_500_000).fill(7)]);
    const file = await upload(vault, blob, { name: 'a.bin', media: 'application/octet-stream' });
    const id = await vault.put({ ...paper('Titel'), attachments: [{ ...file }] });
    const seen = JSON.parse(
      await server.python(
        `${START}
wallet = Wallet.adopt(server, folder, handle=more[0], recovery_code=more[1], sheet_pin=more[2])
item = wallet.vault.item(unb64u(more[3], 16))
path = files.fetch(wallet.vault, item.payload["attachments"][0], folder / "back.bin")
before = shown(wallet)
wallet.add_person("aus Python", "child")
fresh = wallet.change_locks(passphrase=more[4])
print(json.dumps({"items": before, "sum": sum(path.read_bytes()), "code": fresh["recovery_code"], "pin": fresh["sheet_pin"]}))`,
        server.origin,
        join(folder, 'second'),
        person.secrets.handle,
        person.secrets.recoveryCode.join(' '),
        person.secrets.sheetPin,
        id,
        person.secrets.passphrase,
      ),
    );
    expect(sorted(seen.items)).toEqual(listed(person.wallet));
    expect(seen.sum).toBe(7 * 1_500_000);
    person.wallet.lock();
    const again = await secondDevice(server.origin, person, person.shelf);
    expect(again.vault.items('person')).toMatchObject([{ payload: { label: 'aus Python' } }]);
    const typed = { origin: server.origin, handle: person.secrets.handle, recoveryCode: seen.code, sheetPin: seen.pin };
    expect(listed(await Wallet.adopt(new MemoryShelf(), typed))).toEqual(listed(again));
  }, 120_000);
});
