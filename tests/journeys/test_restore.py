"""Backup and restore as an operator does them, seen by holder, recipient and thief (D21)."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from mappe.errors import MappeError, ServerProblem
from mappe.formats.checkpoint import ED25519, Verifier, verify_checkpoint
from mappe.formats.encoding import b64u, unb64u
from mappe.holder import files, grants, journal, pin, rollback
from mappe.holder import join as joining
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet
from mappe.recipient.link import LinkHolder

from tests.conftest import Backend, ServerFactory
from tests.journeys.test_scenarios import title_of
from tests.support.district import District
from tests.support.server import Server


def share(wallet: Wallet, paper: bytes, *, opens: int = 3, passcode: str | None = None) -> tuple[bytes, str]:
    picks = [Pick(paper, field="date_of_expiry"), Pick(paper, file=0)]
    conditions = grants.Conditions("Miete", opens=opens, passcode=passcode, language="de")
    prepared = grants.prepare(wallet.vault, grants.To("Vermieterin"), picks, conditions)
    grants.release(wallet.vault, prepared)
    return prepared.locator.grant, grants.link_of(wallet.vault, prepared)


def wait_idle(server: Server) -> None:
    """Until the ledger has everything: what a crash in the next second would lose is not this test's subject."""
    for _ in range(3):
        time.sleep(1)
    server.stop()
    server.run("run-jobs")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, server: ServerFactory, tmp_path: Path) -> District:
    backend: Backend = request.param
    one = District(server(database=backend, start=False), tmp_path / "district").prepare()
    one.server.start()
    return one


def test_a_restore_gives_nothing_back_that_was_taken(
    place: District, scan: Path, tmp_path: Path, database_url: object, request: pytest.FixtureRequest
) -> None:
    server = place.server
    wallet, secrets = place.person("amina")
    gone, _ = place.person("gone")
    with cleaned(scan) as clean:
        described = files.upload(wallet.vault, clean)
        dropped = files.upload(gone.vault, clean)
    del dropped
    paper = title_of(wallet)
    payload = dict(wallet.vault.item(paper).payload) | {"attachments": [described]}
    wallet.vault.put(payload, paper)
    kept, kept_link = share(wallet, paper, opens=2)
    ended, ended_link = share(wallet, paper)
    coded, coded_link = share(wallet, paper, passcode="123456")
    LinkHolder(kept_link).open()
    pin.set_pin(wallet, "246801")
    waiting = joining.begin(place.connection(), tmp_path / "tablet")
    joining.read(waiting.url).approve(wallet, "device")

    assert server.run("backup", str(tmp_path / "backup")).returncode == 0
    assert server.run("backup", str(tmp_path / "backup"), check=False).returncode == 1  # never over another one

    # what happens after the backup must not be undone
    wallet.vault.server.post("/v1/grants/end", {"ids": [b64u(ended)]})
    with pytest.raises(ServerProblem):
        LinkHolder(coded_link).open("000000")
    opened = LinkHolder(kept_link).open()
    assert opened
    gone.delete()
    sizes = wallet.server.text("/log/checkpoint").split("\n")[1]
    wait_idle(server)

    new = _empty_copy(server, tmp_path / "restored", request)
    refused = new.run("restore", str(tmp_path / "backup"), check=False)
    assert refused.returncode == 1 and "keys.json is missing" in refused.stderr
    shutil.copy(server.data / "keys.json", new.data / "keys.json")
    refused = new.run("restore", str(tmp_path / "backup"), check=False)
    assert refused.returncode == 1 and "no checkpoint" in refused.stderr
    shutil.copytree(server.data / "ledger", new.data / "ledger")
    done = new.run("restore", str(tmp_path / "backup"), check=False)
    assert done.returncode == 0, done.stderr
    again = new.run("restore", str(tmp_path / "backup"), check=False)
    assert again.returncode == 1 and "not empty" in again.stderr
    checked = new.run("fsck", check=False)
    assert checked.returncode == 0, checked.stdout

    new.start()
    assert int(place.connection().text("/log/checkpoint").split("\n")[1]) >= int(sizes)
    with pytest.raises(ServerProblem) as dead:  # sessions are dead
        wallet.vault.sync()
    assert dead.value.status == 401
    assert waiting.collect() is None  # a box of the wallet key does not wait in a backup
    rollback.sign_in_again(wallet.vault, secrets.passphrase)
    with pytest.raises(ServerProblem) as no_share:  # nor does a PIN share, of which tries were perhaps spent since
        pin.unlock(place.connection(), wallet.profile.folder, "246801")
    assert no_share.value.code == "pin-gone"
    for link, code, passcode in (
        (kept_link, "grant-suspended", None),
        (ended_link, "grant-withdrawn", None),
        (coded_link, "grant-suspended", "123456"),
    ):
        with pytest.raises(ServerProblem) as closed:
            LinkHolder(link).open(passcode)
        assert closed.value.code == code, link
    with pytest.raises((ServerProblem, MappeError)):  # a deleted wallet stays deleted
        Wallet.adopt(place.connection(), tmp_path / "ghost", handle=gone.profile.handle, passphrase="1" * 24)

    back = Wallet.adopt(
        place.connection(), tmp_path / "phone", handle=secrets.handle, passphrase=secrets.passphrase, floor=1
    )
    kinds = [entry.event.kind for entry in journal.read(back.vault).entries]
    assert "restored" in kinds
    rows = {row["id"]: row for row in grants.listing(back.vault)}
    assert rows[b64u(kept)]["state"] == "suspended" and rows[b64u(kept)]["opens_used"] == 2  # spent stays spent
    grants.republish(back.vault, coded)
    got = LinkHolder(coded_link).open("123456")  # what was wrong before counts still
    slot = next(id_ for id_, one in got.grant.slots.items() if one.kind == "attachment")
    LinkHolder(coded_link)  # another device may look, too
    assert slot
    grants.republish(back.vault, kept)
    with pytest.raises(ServerProblem) as used_up:
        LinkHolder(kept_link).open()
    assert used_up.value.code == "grant-used-up"
    new.stop()
    assert new.run("fsck", check=False).stdout.strip() == "Nothing is wrong."
    new.remove()


def test_a_log_that_cannot_go_on_starts_anew_and_says_so(
    place: District, scan: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = place.server
    wallet, secrets = place.person("amina")
    paper = title_of(wallet)
    assert server.run("backup", str(tmp_path / "backup")).returncode == 0
    wallet.vault.put(dict(wallet.vault.item(paper).payload) | {"title": "neu"}, paper)
    wait_idle(server)

    new = _empty_copy(server, tmp_path / "restored", request)
    shutil.copytree(server.data / "ledger", new.data / "ledger")
    shutil.copy(server.data / "keys.json", new.data / "keys.json")
    for lost in (new.data / "ledger").glob("leaves-*.jsonl"):
        lost.unlink()
    behind = new.run("restore", str(tmp_path / "backup"), check=False)
    assert behind.returncode == 1 and "--new-origin" in behind.stderr
    same = new.run("restore", "--new-origin", str(tmp_path / "backup"), check=False)
    assert same.returncode == 1 and "MAPPE_LOG_NAME" in same.stderr
    new.env["MAPPE_LOG_NAME"] = "mappe.example/log-2"
    done = new.run("restore", "--new-origin", str(tmp_path / "backup"), check=False)
    assert done.returncode == 0, done.stderr
    statement = next((new.data / "ledger").glob("restart-*.txt")).read_text()
    assert statement.startswith("mappe.example/log-2\nrestart of ")
    public = next(k for k in json.loads((new.data / "keys.json").read_text())["keys"] if k["use"] == "log")["public"]
    verifier = Verifier("mappe.example/log-2", ED25519, unb64u(public, 32))
    with pytest.raises(Exception, match="three lines"):  # signed by the log, and never to be taken for a checkpoint
        verify_checkpoint(statement, verifier)
    assert new.run("fsck", check=False).stdout.strip() == "Nothing is wrong."
    new.start()
    back = Wallet.adopt(place.connection(), tmp_path / "phone", handle=secrets.handle, passphrase=secrets.passphrase)
    assert back.vault.item(paper).payload["title"] == "Aufenthaltstitel"
    new.remove()


def test_half_a_restore_is_not_served(server: ServerFactory) -> None:
    one = server(start=False)
    from app.database import make_database

    database = make_database(one.env["MAPPE_DATABASE_URL"])
    database.write_now(
        lambda tx: tx.run("INSERT INTO leases (task, owner, until) VALUES ('restore', :o, 9)", o=bytes(16))
    )
    database.close()
    with pytest.raises(RuntimeError, match="not finished"):
        one.start()


def test_a_damaged_backup_is_refused(server: ServerFactory, tmp_path: Path) -> None:
    one = server(start=False)
    one.run("backup", str(tmp_path / "b"))
    target = tmp_path / "b" / "tables" / "log_trees.jsonl"
    target.write_bytes(target.read_bytes() + b"[]\n")
    refused = one.run("restore", str(tmp_path / "b"), check=False)
    assert refused.returncode == 1 and "damaged" in refused.stderr
    (tmp_path / "b" / "manifest.json").unlink()
    refused = one.run("restore", str(tmp_path / "b"), check=False)
    assert refused.returncode == 1 and "no finished backup" in refused.stderr


def _empty_copy(old: Server, folder: Path, request: pytest.FixtureRequest) -> Server:
    """A server with nothing in it at the address of `old`."""
    url = old.env["MAPPE_DATABASE_URL"]
    if url.startswith("postgresql"):
        url = request.getfixturevalue("postgres").new_database()
    else:
        url = f"sqlite:///{folder / 'restored.db'}"
    folder.mkdir()
    new = Server(folder, {})
    new.port, new.origin = old.port, old.origin
    new.env |= {
        **{name: value for name, value in old.env.items() if name.startswith("MAPPE_")},
        "MAPPE_DATA_DIR": str(new.data),
        "MAPPE_DATABASE_URL": url,
        "MAPPE_CLOCK_FILE": str(folder / "clock"),
    }
    new.data.mkdir(mode=0o700)
    return new
