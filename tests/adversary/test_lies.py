"""Each lie that a malicious server may tell: the client stops, says which, and sends no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mappe.errors import MappeError
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import deposits, files, grants, journal, pin
from mappe.holder import join as joining
from mappe.holder.account import Secrets
from mappe.holder.cleaning import Clean, cleaned
from mappe.holder.selection import Pick
from mappe.holder.vault import Write
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.link import LinkHolder

from tests.adversary.liar import Liar, Lie, load
from tests.support.district import District, Office

LIES = load()
TODAY = "2026-11-01"


class Stage:
    """A wallet with two papers, a link and a deposit code, all behind the proxy."""

    def __init__(self, district: District, liar: Liar, folder: Path) -> None:
        self.district, self.liar, self.folder = district, liar, folder
        self.people = 0
        self.fresh()

    def fresh(self) -> None:
        """Another holder: lies and controls do not see each other's wallets."""
        self.liar.tell(None)
        self.wallet, self.secrets = self.person()
        self.paper = self.wallet.add_paper(
            "residence_title", {"date_of_expiry": [value("2027-01-01", as_of=TODAY)]}, title="A"
        )
        self.other = self.wallet.add_paper("person", {"family_name": [value("Haddad", as_of=TODAY)]}, title="B")

    def connection(self) -> Connection:
        return Connection(self.liar.origin)

    def person(self) -> tuple[Wallet, Secrets]:
        self.people += 1
        return Wallet.create(self.connection(), self.folder / f"person-{self.people}", small_memory=True)

    def adopt(self, name: str = "second", floor: int = 0, assisted: bool = False) -> Wallet:
        return Wallet.adopt(
            self.connection(),
            self.folder / f"{name}-{self.people}",
            handle=self.secrets.handle,
            passphrase=self.secrets.passphrase,
            floor=floor,
            assisted=assisted,
        )

    def link(self) -> LinkHolder:
        prepared = grants.prepare(
            self.wallet.vault,
            grants.To("X"),
            [Pick(self.paper, field="date_of_expiry"), Pick(self.other, field="family_name")],
            grants.Conditions("p", language="en"),
        )
        grants.release(self.wallet.vault, prepared)
        return LinkHolder(grants.link_of(self.wallet.vault, prepared))


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One real server behind one proxy for all lies: a lie changes nothing on the server."""
    from app.migrate import upgrade
    from scripts.postgres_server import free_port
    from tests.support.server import Server

    folder = tmp_path_factory.mktemp("adversary")
    upgrade(f"sqlite:///{folder / 'x.db'}")
    port = free_port()
    server = Server(
        folder,
        {
            "MAPPE_DATABASE_URL": f"sqlite:///{folder / 'x.db'}",
            "MAPPE_PUBLIC_ORIGIN": f"http://127.0.0.1:{port}",
            "MAPPE_WALLETS_PER_HOUR": "1000",
        },
    )
    liar = Liar(server.origin, port)
    with liar.running():
        district = District(server, folder / "district", origin=liar.origin).prepare()
        server.start()
        purposes = {"p": ("consent", "x", ("person.family_name",))}
        district.enrol(Office("amt-eins", "Amt", "Weg 1", "can-sanction", purposes))
        yield Stage(district, liar, folder)
        server.kill()


def _adopt(stage: Stage, tell: Callable[[], None]) -> None:
    tell()
    stage.adopt()


def _adopt_after_delete(stage: Stage, tell: Callable[[], None]) -> None:
    gone = stage.wallet.vault.put({"v": 1, "kind": "person", "label": "x", "relation": "child", "created": 1})
    stage.liar.held.clear()
    before = stage.adopt("before-delete")
    assert before.vault.state.objects[gone][1] is not None
    stage.wallet.vault.commit([Write(gone, None)])
    tell()
    stage.adopt("after-delete", floor=stage.wallet.vault.state.number)


def _adopt_with_floor(stage: Stage, tell: Callable[[], None]) -> None:
    stage.liar.held.clear()
    stage.adopt("old")
    stage.wallet.vault.put({"v": 1, "kind": "person", "label": "y", "relation": "child", "created": 1})
    tell()
    stage.adopt("new", floor=stage.wallet.vault.state.number)


def _sync(stage: Stage, tell: Callable[[], None]) -> None:
    second = stage.adopt("sync")
    stage.liar.held.clear()
    second.vault.sync()
    for label in ("one", "two"):
        stage.wallet.vault.put({"v": 1, "kind": "person", "label": label, "relation": "child", "created": 1})
    tell()
    second.vault.sync()


def _sync_back(stage: Stage, tell: Callable[[], None]) -> None:
    second = stage.adopt("sync-back")
    stage.wallet.vault.put({"v": 1, "kind": "person", "label": "one", "relation": "child", "created": 1})
    stage.liar.held.clear()
    second.vault.sync()
    for label in ("two", "three"):
        second.vault.put({"v": 1, "kind": "person", "label": label, "relation": "child", "created": 1})
    tell()
    second.vault.sync()


def _write(stage: Stage, tell: Callable[[], None]) -> None:
    wallet, _ = stage.person()
    tell()
    wallet.vault.put({"v": 1, "kind": "person", "label": "z", "relation": "child", "created": 1})


def _log(stage: Stage, tell: Callable[[], None]) -> None:
    journal.read(stage.wallet.vault)
    stage.district.wait_logged(journal.read(stage.wallet.vault).entries[-1].leaf)
    wallet, _ = stage.person()
    for label in ("one", "two"):
        wallet.vault.put({"v": 1, "kind": "person", "label": label, "relation": "child", "created": 1})
    stage.district.wait_logged(journal.read(wallet.vault, tree=False).entries[-1].leaf)
    tell()
    journal.read(wallet.vault)


def _peek(stage: Stage, tell: Callable[[], None]) -> None:
    link = stage.link()
    tell()
    link.peek()


def _open(stage: Stage, tell: Callable[[], None]) -> None:
    link = stage.link()
    tell()
    link.open()


def _registry(stage: Stage, tell: Callable[[], None]) -> None:
    wallet, _ = stage.person()
    tell()
    stage.district.registry_of(wallet)


def _deposit(stage: Stage, tell: Callable[[], None]) -> None:
    link = deposits.new_code(stage.wallet.vault, label="x")
    path = stage.folder / "paper.txt"
    path.write_text("secret paper")
    tell()
    with cleaned(path) as clean:
        deposits.put_in(stage.connection(), DepositLocator.of(parse_link(link)[2]), clean)


def _download(stage: Stage, tell: Callable[[], None]) -> None:
    path = stage.folder / "big.bin"
    path.write_bytes(bytes(range(256)) * 4096 * 3)
    described = files.upload(
        stage.wallet.vault, Clean(path, "big.bin", "application/octet-stream", path.stat().st_size, True)
    )
    tell()
    files.fetch(stage.wallet.vault, described, stage.folder / "back.bin")


def _join(stage: Stage, tell: Callable[[], None], mode: str = "device") -> None:
    new = joining.begin(stage.connection(), stage.folder / f"joined-{stage.people}")
    joining.read(new.url).approve(stage.wallet, mode)
    tell()
    assert new.collect() is not None


def _join_assisted(stage: Stage, tell: Callable[[], None]) -> None:
    _join(stage, tell, "assisted")


def _join_old(stage: Stage, tell: Callable[[], None]) -> None:
    stage.liar.held.clear()
    stage.adopt("before-join")
    stage.wallet.vault.put({"v": 1, "kind": "person", "label": "y", "relation": "child", "created": 1})
    _join(stage, tell)


def _pin(stage: Stage, tell: Callable[[], None]) -> None:
    pin.set_pin(stage.wallet, "246801")
    tell()
    pin.unlock(stage.connection(), stage.wallet.profile.folder, "246801")


def _pin_again(stage: Stage, tell: Callable[[], None]) -> None:
    stage.liar.held.clear()
    _pin(stage, lambda: None)
    _pin(stage, tell)


def _pin_set_again(stage: Stage, tell: Callable[[], None]) -> None:
    stage.liar.held.clear()
    pin.set_pin(stage.wallet, "246801")
    journal.read(stage.wallet.vault, tree=False)  # found in the log, and not forgotten
    tell()
    pin.set_pin(stage.wallet, "135790")


def _pin_set_elsewhere(stage: Stage, tell: Callable[[], None]) -> None:
    second = stage.adopt("elsewhere")
    stage.liar.held.clear()
    pin.set_pin(second, "246801")
    tell()
    pin.set_pin(stage.wallet, "246801")


def _deposit_code_again(stage: Stage, tell: Callable[[], None]) -> None:
    stage.liar.held.clear()
    deposits.new_code(stage.wallet.vault, label="one")
    tell()
    deposits.new_code(stage.wallet.vault, label="two")


def _assist(stage: Stage, tell: Callable[[], None]) -> None:
    tell()
    stage.adopt("office", assisted=True)


SCENES: dict[str, Callable[[Stage, Callable[[], None]], None]] = {
    "adopt": _adopt,
    "adopt-after-delete": _adopt_after_delete,
    "adopt-with-floor": _adopt_with_floor,
    "sync": _sync,
    "sync-back": _sync_back,
    "write": _write,
    "log": _log,
    "peek": _peek,
    "open": _open,
    "registry": _registry,
    "deposit": _deposit,
    "download": _download,
    "join": _join,
    "join-assisted": _join_assisted,
    "join-old": _join_old,
    "pin": _pin,
    "pin-again": _pin_again,
    "pin-set-again": _pin_set_again,
    "pin-set-elsewhere": _pin_set_elsewhere,
    "deposit-code-again": _deposit_code_again,
    "assist": _assist,
}
READING = (
    "/v1/log/",
    "/v1/meta",
    "/log/",
    "/v1/sync",
    "/v1/attachments",
)  # what may follow: reads that carry no secret


PLAYED = {name: lie for name, lie in LIES.items() if "python" not in lie.unplayed}


def test_every_lie_has_a_player_or_a_reason() -> None:
    """The web client's half: clients/web/test/support/lies.test.ts."""
    assert [lie.name for lie in PLAYED.values() if lie.when not in SCENES] == []
    assert all(
        len(why) > 40 and client in ("python", "web") for x in LIES.values() for client, why in x.unplayed.items()
    )


@pytest.mark.parametrize("lie", PLAYED.values(), ids=PLAYED)
def test_the_client_stops(lie: Lie, stage: Stage) -> None:
    stage.fresh()

    def tell() -> None:
        stage.liar.passed.clear()
        stage.liar.tell(lie)

    try:
        with pytest.raises(MappeError) as stopped:
            SCENES[lie.when](stage, tell)
    finally:
        stage.liar.tell(None)
    assert stopped.value.code in lie.expect, (stopped.value.code, str(stopped.value))
    assert any(one.lied for one in stage.liar.passed), "the lie was never told"
    later = [f"{one.method} {one.path}" for one in stage.liar.after_the_lie()]
    assert all(one.split(" ")[1].startswith(READING) for one in later), later
    assert not (stage.folder / "back.bin").exists()


@pytest.mark.parametrize("scene", SCENES)
def test_without_a_lie_every_scene_ends_well(scene: str, stage: Stage) -> None:
    """The control: the proxy itself is not what stops the client."""
    stage.fresh()
    SCENES[scene](stage, lambda: None)
    (stage.folder / "back.bin").unlink(missing_ok=True)
