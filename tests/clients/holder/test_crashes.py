"""The holder's device between two steps: what a lost answer, a wait, or a second unlocking must not cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mappe.errors import MappeError, ServerLied, Unreachable
from mappe.formats.encoding import b64u
from mappe.holder import grants, journal, promises
from mappe.holder.account import Secrets
from mappe.holder.profile import Profile
from mappe.holder.selection import Pick
from mappe.holder.vault import Vault
from mappe.holder.wallet import Wallet, value

from app.migrate import upgrade
from tests.support.district import DAY, District
from tests.support.server import Server

Change = Callable[[str, dict[str, Any]], None]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    folder = tmp_path_factory.mktemp("crashes")
    url = f"sqlite:///{folder / 'x.db'}"
    upgrade(url)
    district = District(Server(folder, {"MAPPE_DATABASE_URL": url}), folder / "district").prepare()
    district.server.start()
    yield district
    district.server.kill()


@pytest.fixture
def person(district: District, request: pytest.FixtureRequest) -> tuple[Wallet, Secrets]:
    return district.person(request.node.name)


def adopt(district: District, secrets: Secrets, folder: Path, **given: Any) -> Wallet:
    return Wallet.adopt(
        district.connection(), folder, handle=secrets.handle, **(given or {"passphrase": secrets.passphrase})
    )


def tamper(vault: Vault, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """The server's answers pass through `change`."""
    real = vault.server.post

    def post(path: str, body: object | None = None) -> Any:
        answer = real(path, body)
        change(path, answer)
        return answer

    monkeypatch.setattr(vault.server, "post", post)


def unreachable(*_: object, **__: object) -> Mapping[str, Any]:
    raise Unreachable("https://x", "ReadTimeout")


def test_a_new_sheet_is_not_lost_with_the_answer(
    district: District, person: tuple[Wallet, Secrets], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wallet, secrets = person
    paper = wallet.add_paper("person", {}, title="Vorher")
    with monkeypatch.context() as patch:
        patch.setattr(promises, "keep", unreachable)
        with pytest.raises(MappeError) as unsure:
            wallet.change_locks(passphrase=secrets.passphrase)
    assert unsure.value.code == "locks-uncertain"
    code, pin = unsure.value.next_step.split("recovery code ")[1].rstrip(".").split(", sheet PIN ")
    assert wallet.vault.item(paper).payload["title"] == "Vorher"
    back = adopt(district, secrets, tmp_path / "back", recovery_code=code, sheet_pin=pin)
    assert back.vault.item(paper).payload["title"] == "Vorher"


def test_a_republish_whose_answer_was_lost_can_be_repeated(
    person: tuple[Wallet, Secrets], monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet, _ = person
    paper = wallet.add_paper(
        "residence_title", {"date_of_expiry": [value("2027-01-01", as_of="2026-11-01")]}, title="A"
    )
    prepared = grants.prepare(
        wallet.vault,
        grants.To("X"),
        [Pick(paper, field="date_of_expiry")],
        grants.Conditions("p", opens=5, standing=True),
    )
    grants.release(wallet.vault, prepared)
    with monkeypatch.context() as patch:
        patch.setattr(wallet.vault, "commit", unreachable)
        with pytest.raises(Unreachable):
            grants.republish(wallet.vault, prepared.locator.grant)
    grants.republish(wallet.vault, prepared.locator.grant)
    assert grants.own(wallet.vault, prepared.locator.grant).payload["version"] == 3


def test_unlocking_again_keeps_what_the_device_knows(district: District, person: tuple[Wallet, Secrets]) -> None:
    wallet, secrets = person
    wallet.add_person("Kind", "child")
    wallet.vault.remember_answer(b64u(bytes(16)))
    journal.read(wallet.vault, tree=False)
    wallet.add_person("Noch eins", "child")
    before = Profile.load(wallet.profile.folder)
    assert before.promised and before.log_pin.seq
    adopt(district, secrets, wallet.profile.folder)
    after = Profile.load(wallet.profile.folder)
    assert (after.answered, after.log_pin, after.found) == (before.answered, before.log_pin, before.found)
    assert after.promised[:-1] == before.promised  # and that it came in again
    assert before.pin.ancestors.items() <= after.pin.ancestors.items()


@pytest.mark.parametrize(("shift", "code"), [(0, "forked"), (-1, "forked"), (1, "rolled-back")])
def test_unlocking_again_follows_the_pin(
    district: District, person: tuple[Wallet, Secrets], shift: int, code: str
) -> None:
    wallet, secrets = person
    wallet.add_person("Kind", "child")
    pin = wallet.profile.pin
    known = {str(pin.number): pin.head} if shift > 0 else {}
    wallet.profile.pin = replace(pin, number=pin.number + shift, head=b64u(b"x" * 32), ancestors=known)
    wallet.profile.save()
    with pytest.raises(ServerLied) as lied:
        adopt(district, secrets, wallet.profile.folder)
    assert lied.value.code == code
    assert Profile.load(wallet.profile.folder).pin.head == b64u(b"x" * 32)


def test_unlocking_never_replaces_another_wallet(district: District, person: tuple[Wallet, Secrets]) -> None:
    wallet, _ = person
    _, stranger = district.person("stranger")
    with pytest.raises(MappeError) as refused:
        adopt(district, stranger, wallet.profile.folder)
    assert refused.value.code == "wallet-exists"
    assert Profile.load(wallet.profile.folder).wallet == wallet.profile.wallet


@pytest.mark.parametrize("part", ["body", "key"])
def test_a_sync_destroys_no_paper_on_this_device(
    person: tuple[Wallet, Secrets], monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    wallet, _ = person
    paper = wallet.add_paper("person", {}, title="Vorher")
    row: dict[str, Any] = {"id": b64u(paper), "version": 1, **wallet.vault.cached(paper)}

    def change(path: str, answer: dict[str, Any]) -> None:
        if path == "/v1/sync":
            answer["objects"].append({**row, part: row[part][:-30] + "AAAA" + row[part][-26:]})

    tamper(wallet.vault, monkeypatch, change)
    with pytest.raises(ServerLied):
        wallet.vault.sync()
    wallet.vault._items.clear()
    assert wallet.vault.item(paper).payload["title"] == "Vorher"


def test_recovery_without_the_sheet_pin_comes_in_after_the_wait(
    district: District, person: tuple[Wallet, Secrets], tmp_path: Path
) -> None:
    _, secrets = person
    for _ in range(2):
        with pytest.raises(MappeError) as waits:
            adopt(district, secrets, tmp_path / "new", recovery_code=secrets.recovery_code)
        assert waits.value.code == "recovery-waits"
    district.advance(3 * DAY + 1)
    adopt(district, secrets, tmp_path / "new", recovery_code=secrets.recovery_code)
    assert [path.name for path in (tmp_path / "new").glob("waiting*")] == []


def test_an_entry_kept_out_of_the_public_log_is_noticed(
    district: District, person: tuple[Wallet, Secrets], monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet, _ = person

    def change(path: str, answer: dict[str, Any]) -> None:
        for row in answer.get("entries", ()) if path == "/v1/log/entries" else ():
            row.pop("index", None)

    tamper(wallet.vault, monkeypatch, change)
    assert journal.read(wallet.vault).waiting
    district.advance(DAY + 3600)
    with pytest.raises(ServerLied) as lied:
        journal.read(wallet.vault)
    assert lied.value.code == "promise-broken"
