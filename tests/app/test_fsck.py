"""fsck finds what it claims to find: one alteration for each claim, by a hand in the database or in the folders."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import deposits, files, grants
from mappe.holder.cleaning import Clean
from mappe.holder.selection import Pick
from mappe.holder.vault import Write
from mappe.holder.wallet import Wallet, value

from app.migrate import upgrade
from app.settings import Settings
from app.upkeep import faults
from tests.support.server import Server

ORPHANS = ("routes: ", "blobs: There are sealed bytes")
LIVE = "ended IS NULL AND suspended = 0"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server at rest that holds one of everything."""
    folder = tmp_path_factory.mktemp("fsck")
    url = f"sqlite:///{folder / 'x.db'}"
    upgrade(url)
    one = Server(folder, {"MAPPE_DATABASE_URL": url}).start()
    play(one, folder)
    one.stop()
    one.run("run-jobs")
    yield one
    one.kill()


def play(one: Server, folder: Path) -> None:
    from mappe.net.server import Server as Connection

    wallet, _ = Wallet.create(Connection(one.origin), folder / "wallet", small_memory=True)
    vault = wallet.vault
    described = files.upload(vault, clean(folder / "a.bin"))
    fields = {"date_of_expiry": [value("2027-05-01", as_of="2026-11-01", source="eAT")]}
    paper = wallet.add_paper("residence_title", fields, title="Titel", attachments=[described])
    gone = wallet.add_paper("residence_title", fields, title="Weg")
    vault.commit([Write(gone, None)])
    for ended in (False, True):
        picks = [Pick(paper, field="date_of_expiry"), Pick(paper, file=0)]
        prepared = grants.prepare(vault, grants.To("Vermieterin"), picks, grants.Conditions("Miete", opens=5))
        grants.release(vault, prepared)
        if ended:
            grants.end(vault, [prepared.locator.grant])
    link = deposits.new_code(vault, label="Beratung", size=1 << 20)
    deposits.put_in(Connection(one.origin), DepositLocator.of(parse_link(link)[2]), clean(folder / "b.bin"))


def clean(path: Path) -> Clean:
    path.write_bytes(os.urandom(5_000))
    return Clean(path, path.name, "application/octet-stream", 5_000, cleaned=False)


@pytest.fixture
def copy(whole: Server, tmp_path: Path) -> Server:
    """A copy to be spoilt."""
    shutil.copytree(whole.data, tmp_path / "data")
    for path in whole.folder.glob("x.db*"):
        shutil.copy(path, tmp_path)
    port = whole.env["MAPPE_PORT"]  # the log's name comes from it
    return Server(tmp_path, {"MAPPE_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "MAPPE_PORT": port})


def found(one: Server, *, repair: bool = False) -> list[str]:
    return [f"{fault.area}: {fault.says}" for fault in faults(Settings.from_env(one.env), repair=repair)]


def change(one: Server, sql: str) -> None:
    database = sqlite3.connect(one.folder / "x.db")
    with database:
        assert database.execute(sql).rowcount > 0, "nothing was altered"
    database.close()


def test_a_clean_server_is_clean(copy: Server) -> None:
    assert found(copy) == []


ROWS = {
    # store
    "UPDATE wallets SET head_change = head_change || 'A'": "store: The head change of a wallet does not verify",
    "UPDATE wallets SET signing = zeroblob(32)": "store: The head change of a wallet does not verify",
    "UPDATE wallets SET head_hash = zeroblob(32)": "store: The head of a wallet is not its head change",
    "UPDATE wallets SET epoch = epoch + 1": "store: The head of a wallet is not its head change",
    "UPDATE wallets SET head_number = head_number - 1": "store: The head of a wallet is not its head change",
    "UPDATE vault_objects SET version = version + 1": "store: The objects of a wallet are not those",
    "UPDATE vault_objects SET digest = zeroblob(32) WHERE digest IS NOT NULL": "store: The objects of a wallet are not",
    "DELETE FROM vault_objects WHERE digest IS NULL": "store: The objects of a wallet are not those",
    "UPDATE vault_objects SET body = '~' || substr(body, 2) WHERE body IS NOT NULL": "store: An object is not the one",
    "UPDATE vault_objects SET key = NULL WHERE digest IS NOT NULL": "store: An object is not the one",
    "UPDATE vault_objects SET size = size + 1": "store: An object's size is wrong",
    "UPDATE vault_objects SET body = 'x', size = 1 WHERE digest IS NULL": "or a tombstone holds something",
    "UPDATE wallet_methods SET envelope = envelope || 'A'": "store: The methods of a wallet are not those",
    "UPDATE wallet_methods SET version = version + 1": "store: The methods of a wallet are not those",
    "UPDATE wallets SET identity_box = identity_box || 'A'": "store: The methods of a wallet are not those",
    "DELETE FROM wallet_methods": "store: The methods of a wallet are not those",
    "DELETE FROM wallet_changes WHERE number = 2": "store: A wallet should have changes 1 to",
    "UPDATE vault_usage SET stored = stored + 1": "store: A wallet counts",
    "UPDATE vault_usage SET objects = objects - 1": "store: A wallet counts",
    "UPDATE attachments SET size = size + 1": "store: An attachment's blob is not counted, or with another size",
    "DELETE FROM wallet_blobs": "store: An attachment's blob is not counted",
    "DELETE FROM wallets": "changes belong to no wallet",
    "DELETE FROM wallet_handles": "store: 1 wallets cannot be reached by their handle",
    # grants
    f"DELETE FROM grant_routes WHERE grant_id IN (SELECT grant_id FROM grants WHERE {LIVE})": "grant: A grant cannot",
    "UPDATE grants SET ended = 'withdrawn' WHERE ended IS NULL": "grant: A grant has ended, but something of it",
    "DELETE FROM grant_contents": "grant: A grant that has not ended has no content",
    "UPDATE grant_contents SET keybox = keybox || 'A'": "grant: What is stored of a grant is not what its record",
    "UPDATE grant_contents SET head = replace(head, 'policy', 'polity')": "grant: What is stored of a grant is not",
    "UPDATE grant_contents SET slots = replace(slots, '.', '')": "grant: What is stored of a grant is not what its",
    f"UPDATE grants SET record_digest = zeroblob(32) WHERE {LIVE}": "grant: A grant's record or policy is not the one",
    f"UPDATE grants SET version = version + 1 WHERE {LIVE}": "grant: A grant's record or policy is not the one",
    f"UPDATE grants SET policy_hash = zeroblob(32) WHERE {LIVE}": "grant: A grant's record or policy is not the one",
    f"UPDATE grants SET opens_max = opens_max + 1 WHERE {LIVE}": "grant: What is enforced of a grant is not its policy",
    f"UPDATE grants SET exp = exp + 1 WHERE {LIVE}": "grant: What is enforced of a grant is not its policy",
    f"UPDATE grants SET nbf = nbf - 1 WHERE {LIVE}": "grant: What is enforced of a grant is not its policy",
    "UPDATE grant_contents SET slot_ids = zeroblob(length(slot_ids))": "grant: What is enforced of a grant is not",
    f"DELETE FROM grants WHERE {LIVE}": "rows belong to no grant",
    # rows, counts and bytes
    "UPDATE wallet_blobs SET refs = refs + 1": "blobs: A file counts",
    "DELETE FROM grant_files": "blobs: A file counts",
    "UPDATE wallet_blobs SET size = size + 1": "blobs: A file should have",
    "UPDATE deposit_items SET size = size - 1": "blobs: A file should have",
    "DELETE FROM deposit_items": "blobs: There are sealed bytes that no row names",
    # routes
    "INSERT INTO grant_routes SELECT zeroblob(16), wallet_id FROM wallets": "routes: A row of grant_routes leads to",
    "UPDATE deposit_routes SET code_id = zeroblob(16)": "routes: A row of deposit_routes leads to nothing",
    "UPDATE wallet_handles SET handle_hash = zeroblob(32)": "routes: A row of wallet_handles leads to nothing",
    # log
    "DELETE FROM log_trees": "log: There is no tree, but a checkpoint of",
    "DELETE FROM log_checkpoints": "leaves, is missing",
    "UPDATE log_checkpoints SET note = replace(note, char(10), char(10) || '0')": "leaves is not one of this tree",
    "UPDATE log_leaves SET tree_index = 1000 WHERE tree_index = 0": "log: The leaf at index 0 is looked up as 1000",
    "DELETE FROM log_leaves WHERE tree_index = 0": "leaves can be looked up, but the tree has",
    "UPDATE log_trees SET root = zeroblob(32)": "log: The root of the tree is not the one of its leaves",
    "UPDATE log_trees SET size = size + 1": "leaves, the tree says",
    "UPDATE log_tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0": "leaves is not one of this",
    "UPDATE log_tiles SET hashes = substr(hashes, 1, 32) WHERE level = 0": "log: The tiles hold 1 leaves",
    "INSERT INTO log_tiles SELECT log_id, 5, 0, hashes FROM log_tiles WHERE level = 0": "log: There are tiles above",
    "DELETE FROM log_entries WHERE seq = 2": "log: A chain should hold entries 1 to",
    "UPDATE chain_heads SET seq = seq + 1": "log: A chain should hold entries 1 to",
    "UPDATE chain_heads SET leaf = zeroblob(32)": "entries is not its last entry",
    "DELETE FROM chain_heads": "entries belong to no chain",
    "UPDATE log_entries SET tree_index = tree_index + 1": "log: An entry says index",
    "UPDATE log_entries SET leaf = zeroblob(32) WHERE seq = 1": "log: An entry says index",
}


@pytest.mark.parametrize("sql", ROWS)
def test_a_row_that_was_altered_is_found(copy: Server, sql: str) -> None:
    change(copy, sql)
    says = found(copy)
    assert any(ROWS[sql] in one for one in says), says
    if not all(one.startswith(ORPHANS) for one in says):
        assert found(copy, repair=True) == says and found(copy), "evidence is never repaired"


def blob(one: Server, kind: str) -> Path:
    return next(path for path in sorted((one.data / "blobs" / kind).rglob("*")) if path.is_file())


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def unfinished(path: Path) -> None:
    path.rename(path.with_name(path.name + ".part"))


@pytest.mark.parametrize("kind", ["attachment", "deposit"])
@pytest.mark.parametrize(
    ("alter", "says"),
    [
        (Path.unlink, "blobs: The bytes of a complete file are missing."),
        (unfinished, "blobs: The bytes of a complete file are missing."),
        (longer, "are stored."),
        (lambda path: os.truncate(path, 10), "bytes; 10 are stored."),
    ],
    ids=["lost", "unfinished", "longer", "cut"],
)
def test_bytes_that_were_altered_are_found(copy: Server, kind: str, alter: Callable[[Path], None], says: str) -> None:
    alter(blob(copy, kind))
    assert [one for one in found(copy) if says in one]


def test_a_checkpoint_that_the_tree_does_not_reach_is_found(copy: Server) -> None:
    path = max((copy.data / "ledger").glob("checkpoints-*.jsonl"))
    last = json.loads(path.read_text().splitlines()[-1])
    with path.open("a") as file:
        file.write(json.dumps(last | {"size": last["size"] + 1}) + "\n")
    assert found(copy) == [f"log: A checkpoint of {last['size'] + 1} leaves was signed, but the tree ends before."]


def test_orphans_and_nothing_else_are_repaired(copy: Server) -> None:
    path = copy.data / "blobs" / "attachment" / "00" / "00" / ("0" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nobody's")
    kept = blob(copy, "deposit")
    change(copy, "INSERT INTO grant_routes SELECT zeroblob(16), wallet_id FROM wallets")
    change(copy, "INSERT INTO deposit_routes SELECT zeroblob(16), wallet_id FROM wallets")
    change(copy, "INSERT INTO wallet_handles SELECT zeroblob(32), wallet_id FROM wallets")
    change(copy, "UPDATE vault_usage SET stored = stored + 1")
    done = copy.run("fsck", "--repair", check=False)
    assert done.returncode == 1 and done.stdout.count("Repaired.") == 4, done.stdout
    assert not path.exists() and kept.exists()
    left = found(copy)
    assert len(left) == 1 and "A wallet counts" in left[0]
    change(copy, "UPDATE vault_usage SET stored = stored - 1")
    assert copy.run("fsck").stdout.strip() == "Nothing is wrong."
