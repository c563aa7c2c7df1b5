"""Leaving with everything: export, import elsewhere, deletion; and one whole story on every backend."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyrage  # type: ignore[import-untyped]
import pytest
from mappe.errors import MappeError, ServerProblem
from mappe.holder import export, files, grants, journal
from mappe.holder.cleaning import Clean
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.link import LinkHolder

from tests.conftest import Backend, Blobs, ServerFactory
from tests.support.papers import large_file


def filled(wallet: Wallet, folder: Path) -> tuple[bytes, bytes]:
    """A person and a paper with a file; (paper, bytes of the file)."""
    path = large_file(folder / "akte.bin", 3)
    described = files.upload(
        wallet.vault, Clean(path, "akte.bin", "application/octet-stream", path.stat().st_size, cleaned=False)
    )
    child = wallet.add_person("Amal", "child")
    fields = {"family_name": [value("Haddad", as_of="2026", source="Pass"), value("Hadad", as_of="2020", source="AZR")]}
    return wallet.add_paper("person", fields, title="Ich", attachments=[described], person=child), path.read_bytes()


def test_a_wallet_moves_to_another_server(server: ServerFactory, tmp_path: Path) -> None:
    old, new = server(), server()
    wallet, _ = Wallet.create(Connection(old.origin), tmp_path / "old", small_memory=True)
    paper, content = filled(wallet, tmp_path)
    digits = export.export(wallet.vault, tmp_path / "mappe")
    there, _ = Wallet.create(Connection(new.origin), tmp_path / "new", small_memory=True)
    with pytest.raises(MappeError) as refused:
        export.import_into(there.vault, tmp_path / "mappe.age", tmp_path / "mappe.key.age", "0" * 24)
    assert refused.value.code == "wrong-secret"
    count = export.import_into(there.vault, tmp_path / "mappe.age", tmp_path / "mappe.key.age", digits)
    assert count == 2
    item = there.vault.item(paper)
    assert [one["value"] for one in item.payload["fields"]["family_name"]] == ["Haddad", "Hadad"]
    files.fetch(there.vault, item.payload["attachments"][0], tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content

    wallet.delete()
    with pytest.raises(ServerProblem) as gone:
        wallet.vault.sync()
    assert gone.value.status == 401
    there.vault.sync()


def test_the_export_opens_without_us(server: ServerFactory, tmp_path: Path) -> None:
    """Nothing of ours reads it: pyrage, as any age tool would, and a ZIP reader."""
    wallet, _ = Wallet.create(Connection(server().origin), tmp_path / "h", small_memory=True)
    _, content = filled(wallet, tmp_path)
    digits = export.export(wallet.vault, tmp_path / "mappe")
    identity = pyrage.passphrase.decrypt((tmp_path / "mappe.key.age").read_bytes(), digits).decode().strip()
    plain = pyrage.decrypt((tmp_path / "mappe.age").read_bytes(), [pyrage.x25519.Identity.from_str(identity)])
    (tmp_path / "wallet.zip").write_bytes(plain)
    with zipfile.ZipFile(tmp_path / "wallet.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        stored = next(name for name in names if name.startswith("files/"))
        assert archive.read(stored) == content
        assert {"mappe-export.json", "log.json", "shares.json"} <= set(names)


def test_a_damaged_export_writes_nothing(server: ServerFactory, tmp_path: Path) -> None:
    wallet, _ = Wallet.create(Connection(server().origin), tmp_path / "h", small_memory=True)
    filled(wallet, tmp_path)
    digits = export.export(wallet.vault, tmp_path / "mappe")
    number = wallet.vault.state.number
    data = bytearray((tmp_path / "mappe.age").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "mappe.age").write_bytes(bytes(data))
    with pytest.raises(MappeError) as damaged:
        export.import_into(wallet.vault, tmp_path / "mappe.age", tmp_path / "mappe.key.age", digits)
    assert damaged.value.code in ("bad-export", "wrong-secret")
    wallet.vault.sync()
    assert wallet.vault.state.number == number


@pytest.mark.parametrize(
    ("database", "blobs", "workers"),
    [("sqlite", "local", 2), ("postgres", "local", 1), ("postgres", "s3", 2)],
    ids=["sqlite-two-workers", "postgres", "postgres-s3-two-workers"],
)
def test_the_whole_story_on_every_backend(
    server: ServerFactory, tmp_path: Path, database: Backend, blobs: Blobs, workers: int
) -> None:
    """unlock → store → grant → redeem → audit → end, on each of the storages an operator may choose."""
    one = server(database=database, blobs=blobs, workers=workers)
    wallet, secrets = Wallet.create(Connection(one.origin), tmp_path / "h", small_memory=True)
    paper, content = filled(wallet, tmp_path)
    prepared = grants.prepare(
        wallet.vault,
        grants.To("X"),
        [Pick(paper, field="family_name"), Pick(paper, file=0)],
        grants.Conditions("p", passcode="123456", opens=2),
    )
    grants.release(wallet.vault, prepared)
    url = grants.link_of(wallet.vault, prepared)
    link = LinkHolder(url)
    opened = link.open("123456")
    slot = next(id_ for id_, found in opened.grant.slots.items() if found.kind == "attachment")
    link.fetch(opened, slot, tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == content
    second = Wallet.adopt(
        Connection(one.origin), tmp_path / "second", handle=secrets.handle, passphrase=secrets.passphrase
    )
    assert second.vault.item(paper).payload["title"] == "Ich"
    grants.end(second.vault, [prepared.locator.grant])
    with pytest.raises(ServerProblem) as ended:
        LinkHolder(url).open("123456")
    assert ended.value.code == "grant-withdrawn"
    kinds = [entry.event.kind for entry in journal.read(wallet.vault).entries]
    assert kinds.count("grant-opened") == 1
    assert "grant-ended" in kinds
    assert one.stop() in (0, -15)  # one process ends by the signal it was sent, several by their parent
    one.start()
    Wallet.unlock(Connection(one.origin), tmp_path / "h", passphrase=secrets.passphrase).vault.sync()
