"""A server comes back from an old backup; the devices give it back what they have written since (chain.md, "Pin")."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from mappe.cli.holder import app
from mappe.errors import MappeError, ServerLied
from mappe.holder import journal, rollback
from mappe.holder.wallet import Wallet
from typer.testing import CliRunner

from tests.conftest import ServerFactory
from tests.journeys.test_restore import _empty_copy, wait_idle
from tests.journeys.test_scenarios import title_of
from tests.support.district import District


@pytest.mark.slow
def test_devices_give_their_newer_state_back(
    server: ServerFactory, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    district = District(server(start=False), tmp_path / "district").prepare()
    old = district.server.start()
    wallet, secrets = district.person("amina")
    phone = wallet.vault
    paper = title_of(wallet)
    desk = Wallet.adopt(district.connection(), tmp_path / "desk", handle=secrets.handle, passphrase=secrets.passphrase)
    phone.put(dict(phone.item(paper).payload) | {"title": "eins"}, paper)
    old.run("backup", str(tmp_path / "backup"))
    fresh = phone.put(dict(phone.item(paper).payload) | {"title": "neu"})
    assert desk.vault.sync() == 2  # past the change that the backup ends with
    desk.vault.put(dict(desk.vault.item(paper).payload) | {"title": "zwei"}, paper)
    assert phone.sync() == 1
    phone.put(dict(phone.item(paper).payload) | {"title": "drei"}, paper)
    assert desk.vault.sync() == 1
    assert rollback.look(phone) is None and rollback.offer(phone) == 0  # nothing is behind
    before = phone.state
    seen = len(journal.read(phone).entries)
    phone.put(dict(phone.item(paper).payload) | {"title": "vier"}, paper)  # promised, and not read back from the log
    assert desk.vault.sync() == 1
    before = phone.state
    wait_idle(old)
    new = _empty_copy(old, tmp_path / "restored", request)
    shutil.copy(old.data / "keys.json", new.data / "keys.json")
    shutil.copytree(old.data / "ledger", new.data / "ledger")
    new.run("restore", str(tmp_path / "backup"))
    new.start()

    def environment(wallet: Wallet) -> dict[str, str]:
        return {"MAPPE_WALLET": str(wallet.profile.folder), "MAPPE_PASSPHRASE": secrets.passphrase}

    def offered(wallet: Wallet) -> Any:
        return CliRunner().invoke(app, ["offer-newer", "--yes", "--json"], env=environment(wallet))

    rollback.sign_in_again(desk.vault, secrets.passphrase)
    with pytest.raises(ServerLied) as behind:
        desk.vault.sync()
    assert behind.value.code == "rolled-back" and desk.vault.state == before
    gap = rollback.look(desk.vault)
    assert gap is not None and (gap.known - gap.shown, gap.ready, gap.whole) == (4, (), False)
    first = offered(wallet)  # the next is this device's, the one after it was signed on the desk
    assert first.exit_code and "newer-elsewhere" in first.stderr and "1 changes were sent" in first.stderr, first.output
    with pytest.raises(MappeError) as elsewhere:  # and the last one on the phone
        rollback.offer(desk.vault)
    assert elsewhere.value.code == "newer-elsewhere"
    second = offered(wallet)
    assert json.loads(second.stdout) == {"sent": 2, "number": before.number}, second.output
    phone = Wallet.unlock(district.connection(), wallet.profile.folder, passphrase=secrets.passphrase).vault
    assert phone.state == before
    assert phone.sync() == 0 and desk.vault.sync() == 0
    told = journal.read(phone)  # the honest server says that it was restored, and that is what it is taken for
    (restore,) = told.restores
    says = told.entries[restore.seq - 1].event
    assert (says.kind, says.detail) == ("restored", {"backup": restore.backup})
    assert restore.lost == seen - (restore.seq - 1) + 1 and restore.unproven == 0  # their leaves are in the tree
    assert journal.read(phone).restores == told.restores  # said again, until it is answered
    shown = CliRunner().invoke(app, ["log"], env=environment(wallet))
    assert "ATTENTION" in shown.stderr and f"{restore.lost} entries" in shown.stderr, shown.output
    desk_told = journal.read(desk.vault)
    assert desk_told.restores and desk_told.restores[0].unproven == 0
    third = Wallet.adopt(
        district.connection(),
        tmp_path / "third",
        handle=secrets.handle,
        passphrase=secrets.passphrase,
        floor=before.number,
    ).vault
    assert third.item(paper).payload["title"] == "vier" and third.item(fresh).payload["title"] == "neu"
    phone.put(dict(phone.item(paper).payload) | {"title": "weiter"}, paper)
    new.stop()
    assert new.run("fsck").stdout.strip() == "Nothing is wrong."
    new.remove()
