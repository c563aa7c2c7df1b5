"""Joining, lent devices, PIN and passkey, from Python against a real server; mostly what is refused."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mappe.errors import MappeError, ServerLied, ServerProblem
from mappe.formats import wallet as fmt
from mappe.formats.encoding import b64u
from mappe.holder import account, journal, pin
from mappe.holder import join as joining
from mappe.holder.profile import load_device_key
from mappe.holder.wallet import Wallet, stop_everything
from mappe.net.server import Server as Connection

from app.migrate import upgrade
from tests.conftest import ServerFactory
from tests.support.server import Server

PIN, WRONG = "246801", "135790"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("joining")
    database = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(database)
    server = Server(folder, {"MAPPE_DATABASE_URL": database}).start()
    yield server
    server.remove()


class Person:
    """A wallet with one object, on a phone; and the folders of further devices."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.wallet, self.secrets = Wallet.create(self.connection(), folder / "phone", small_memory=True)
        self.child = self.wallet.add_person("child", "child")

    def connection(self, ahead: int = 0) -> Connection:
        return Connection(self.server.origin, now=lambda: time.time() + ahead)

    def newcomer(self, name: str = "new") -> joining.Joining:
        return joining.begin(self.connection(), self.folder / name)

    def lend(self, **given: Any) -> Wallet:
        """From the sheet."""
        sheet = {"recovery_code": self.secrets.recovery_code, "sheet_pin": self.secrets.sheet_pin, **given}
        folder = self.folder / "office"
        return Wallet.adopt(self.connection(), folder, handle=self.secrets.handle, assisted=True, **sheet)

    def adopt(self, name: str, **given: Any) -> Wallet:
        secret = given or {"passphrase": self.secrets.passphrase}
        return Wallet.adopt(self.connection(), self.folder / name, handle=self.secrets.handle, **secret)

    def by_pin(self, typed: str = PIN, name: str = "phone") -> Wallet:
        return pin.unlock(self.connection(), self.folder / name, typed)

    def approve(self, new: joining.Joining, mode: str = "device", by: Wallet | None = None) -> None:
        asked = joining.read(new.url)
        assert asked.digits == new.digits
        asked.approve(by or self.wallet, mode)

    def events(self) -> list[str]:
        return [str(entry.event.kind) for entry in journal.read(self.wallet.vault, tree=False).entries]


@pytest.fixture
def person(place: Server, tmp_path: Path) -> Person:
    return Person(place, tmp_path)


def device_of(wallet: Wallet) -> str:
    return account.device_of(wallet.profile.device_key)


def refused(code: str) -> Any:
    return pytest.raises(MappeError, check=lambda error: error.code == code)


# ---- joining


def test_a_phone_lets_a_tablet_in(person: Person) -> None:
    new = person.newcomer()
    assert new.collect() is None
    person.approve(new)
    tablet = new.collect()
    assert tablet is not None
    assert tablet.vault.item(person.child).payload["label"] == "child"
    tablet.add_person("written by the tablet", "other")
    assert person.wallet.vault.sync() == 1
    assert person.events()[-4:] == ["vault-changed", "join-approved", "device-added", "vault-changed"]
    assert Wallet.unlock(person.connection(), new.folder, passphrase=person.secrets.passphrase).vault.state.number == 3


def test_a_join_is_collected_once_and_approved_once(person: Person) -> None:
    new = person.newcomer()
    person.approve(new)
    assert new.collect() is not None
    assert new.collect() is None
    with refused("join-taken"):
        person.approve(new)


def test_another_key_collects_nothing(person: Person) -> None:
    new, thief = person.newcomer(), person.newcomer("thief")
    person.approve(new)
    assert joining.Joining(thief.server, thief.folder, new.code, new.private, thief.device_pem).collect() is None
    assert new.collect() is not None


def test_ten_minutes_are_the_end(server: ServerFactory, tmp_path: Path) -> None:
    person = Person(server(), tmp_path)
    new = person.newcomer()
    person.approve(new)
    person.server.advance(601)
    later = person.connection(601).with_key(load_device_key(new.device_pem)[0])
    assert joining.Joining(later, new.folder, new.code, new.private, new.device_pem).collect() is None


def test_a_box_for_another_key_lets_nobody_in(person: Person) -> None:
    new, other = person.newcomer(), person.newcomer("other")
    person.approve(new)
    with pytest.raises(ServerLied, match="approved"):
        joining.Joining(new.server, new.folder, new.code, other.private, new.device_pem).collect()
    assert not (new.folder / "profile.json").exists()


def test_what_is_no_join_code_is_said(person: Person) -> None:
    for url in ("", "https://mappe.example/g#x", person.newcomer().url.replace("#", "%23")):
        with refused("not-a-join"):
            joining.read(url)
    with refused("other-origin"):
        joining.read(person.newcomer().code.link("https://other.example")).approve(person.wallet, "device")
    with refused("wallet-exists"):
        joining.begin(person.connection(), person.folder / "phone")


def test_lock_out_and_stop_code_void_what_waits(person: Person) -> None:
    tablet = person.adopt("tablet")
    new, other = person.newcomer(), person.newcomer("other")
    person.approve(new, by=tablet)
    person.approve(other)
    person.wallet.server.post(f"/v1/devices/{device_of(tablet)}/remove")
    assert new.collect() is None
    stop_everything(person.connection(), handle=person.secrets.handle, stop_code=person.secrets.stop_code)
    assert other.collect() is None


# ---- a lent computer


def test_a_lent_computer_works_and_leaves(person: Person) -> None:
    office = person.lend()
    office.add_person("typed at the office", "other")
    (row,) = [row for row in person.wallet.devices() if row["until"] is not None]
    assert row["until"] - row["created"] == 1800
    office.server.post("/v1/session/end")
    assert [row["until"] for row in person.wallet.devices()] == [None]
    assert person.events()[-3:] == ["assisted-started", "vault-changed", "assisted-ended"]
    with refused("session-invalid"):
        office.vault.sync()


def test_a_lent_computer_changes_no_lock(person: Person) -> None:
    new = person.newcomer("lent")
    person.approve(new, "assisted")
    office = new.collect()
    assert office is not None
    passphrase, phone = person.secrets.passphrase, device_of(person.wallet)
    attempts: list[Callable[[], object]] = [
        lambda: office.add_passkey(secrets.token_bytes(32)),
        lambda: office.change_locks(passphrase=passphrase),
        lambda: office.lock_out(phone, passphrase=passphrase),
        lambda: pin.set_pin(office, PIN),
        lambda: person.approve(person.newcomer("a"), by=office),
        lambda: person.approve(person.newcomer("b"), "assisted", by=office),
        lambda: office.server.post("/v1/recovery/stop"),
        lambda: office.server.post("/v1/wallet/invitation", {"code": "0000-0000-0000-0000"}),
        office.delete,
    ]
    for attempt in attempts:
        with refused("assisted-refused"):
            attempt()
    events = person.events()
    assert events.count("assisted-refused") == len(attempts)
    assert events.count("assisted-started") == 1
    assert person.wallet.vault.sync() == 0


def test_half_an_hour_is_the_end(server: ServerFactory, tmp_path: Path) -> None:
    person = Person(server(), tmp_path)
    office = person.lend()
    person.server.advance(1801)
    office.vault.server = person.connection(1801).with_key(office.profile.device_key, office.profile.token)
    with refused("session-invalid"):
        office.vault.sync()


def test_a_sheet_without_its_pin_lends_nothing(person: Person) -> None:
    with refused("sign-in-refused"):
        person.lend(sheet_pin=None)


# ---- device PIN


def test_a_pin_opens_this_device(person: Person) -> None:
    pin.set_pin(person.wallet, PIN)
    again = person.by_pin(" 246 801 ")
    assert again.vault.item(person.child).payload["label"] == "child"
    again.add_person("x", "other")
    assert set(json.loads((person.folder / "phone" / pin.FILE).read_text())) == {
        "v",
        "secret",
        "id",
        "epoch",
        "envelope",
    }


def test_five_parallel_guesses_end_the_pin(person: Person) -> None:
    pin.set_pin(person.wallet, PIN)

    def guess(_: int) -> str:
        with pytest.raises(ServerProblem) as problem:
            person.by_pin(WRONG)
        return problem.value.code

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(guess, range(5))) == ["pin-wrong"] * 5
    with refused("pin-gone"):
        person.by_pin()
    assert not (person.folder / "phone" / pin.FILE).exists()
    with refused("pin-gone"):
        person.by_pin()
    assert Wallet.unlock(person.connection(), person.folder / "phone", passphrase=person.secrets.passphrase)


def test_lock_out_takes_the_pin(person: Person) -> None:
    tablet = person.adopt("tablet")
    pin.set_pin(tablet, PIN)
    person.wallet.server.post(f"/v1/devices/{device_of(tablet)}/remove")
    with refused("session-invalid"):
        person.by_pin(name="tablet")


def test_new_locks_take_every_pin(person: Person) -> None:
    pin.set_pin(person.wallet, PIN)
    person.wallet.change_locks(passphrase=person.secrets.passphrase)
    with refused("pin-gone"):
        person.by_pin()


def test_another_devices_share_is_a_lie(person: Person) -> None:
    """The server hands out what it likes: here the tablet's share for the phone's proof."""
    tablet = person.adopt("tablet")
    pin.set_pin(person.wallet, PIN)
    pin.set_pin(tablet, PIN)
    with sqlite3.connect(person.server.folder / "mappe.db") as db:
        find = "SELECT share FROM wallet_pins WHERE jkt = ?"
        (share,) = db.execute(find, (device_of(tablet),)).fetchone()
        db.execute("UPDATE wallet_pins SET share = ? WHERE jkt = ?", (share, device_of(person.wallet)))
    with refused("server-lied"):
        person.by_pin()
    assert person.by_pin(name="tablet")


def test_forgetting_is_enough(person: Person) -> None:
    pin.set_pin(person.wallet, PIN)
    kept = (person.folder / "phone" / pin.FILE).read_bytes()
    pin.forget(person.wallet)
    (person.folder / "phone" / pin.FILE).write_bytes(kept)  # a copy of the phone from before
    with refused("pin-gone"):
        person.by_pin()
    with refused("bad-digits"):
        pin.set_pin(person.wallet, "12345")


def test_a_backup_brings_no_share_back(person: Person, tmp_path: Path) -> None:
    pin.set_pin(person.wallet, PIN)
    person.approve(person.newcomer())
    saved = tmp_path / "saved"
    person.server.run("backup", str(saved))
    assert person.by_pin()
    text = b"".join(path.read_bytes() for path in saved.rglob("*") if path.is_file())
    assert b"wallet_devices" in text
    for table in (b"wallet_pins", b"wallet_joins", b"join_routes"):
        assert table not in text


# ---- passkey


def test_a_passkey_signs_in_with_its_prf(person: Person) -> None:
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    person.wallet.add_passkey(first)
    phone = person.adopt("new", passkey=first)
    assert phone.vault.item(person.child).payload["label"] == "child"
    assert Wallet.unlock(person.connection(), person.folder / "new", passkey=first)
    phone.add_passkey(second)
    for one in (first, second):
        assert person.adopt(b64u(one), passkey=one).vault.state.number == 4
    with refused("sign-in-refused"):
        person.adopt("x", passkey=bytes(32))
    with refused("wrong-secret"):
        Wallet.unlock(person.connection(), person.folder / "new", passkey=bytes(32))
    person.wallet.change_locks(passphrase=person.secrets.passphrase)
    with refused("sign-in-refused"):
        person.adopt("y", passkey=first)


def test_passkeys_alone_are_no_wallet(person: Person) -> None:
    """One method must be written or printed: the change is refused, and nothing of it stays."""
    vault, handle = person.wallet.vault, person.secrets.handle
    vmk, epoch = secrets.token_bytes(32), vault.state.epoch + 1
    methods, rows = [], []
    for _ in range(2):
        root = fmt.passkey_root(secrets.token_bytes(32), handle)
        at = fmt.EnvelopeId(vault.genesis.wallet_id, secrets.token_bytes(16), "passkey", 1, epoch)
        methods.append(account.Method(at.id, at.method, 1, fmt.seal_envelope(root, at, handle, vmk)))
        rows.append(account.row(methods[-1], root, handle))
    assert vault.identity is not None
    box = fmt.seal_identity(vmk, vault.genesis.wallet_id, epoch, vault.identity)
    with refused("chain-invalid"):
        vault.send_change([], [], epoch, methods, box, {"methods": rows, "identity_box": box, "rewrapped": []})
    assert person.adopt("again").vault.state.number == 2
