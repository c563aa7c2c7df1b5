"""Given to whoever sits in front of the holder: both Python sides against a real server, and every lie between them."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mappe.errors import MappeError, ServerLied, ServerProblem
from mappe.formats import desk as fmt
from mappe.formats.encoding import b64u, unb64u
from mappe.holder import desk, grants, journal
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.desk import Desk, Given
from mappe.recipient.errors import NotAuthentic

from app.migrate import upgrade
from tests.clients.liar import Liar
from tests.support.server import Server

PAGE = r"/v1/desks/[^/]+/"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("desk")
    database = f"sqlite:///{folder / 'mappe.db'}"
    upgrade(database)
    server = Server(folder, {"MAPPE_DATABASE_URL": database}).start()
    yield server
    server.remove()


class Person:
    """A wallet with one paper; `between` are the lies that its server tells."""

    def __init__(self, place: Server, folder: Path) -> None:
        self.between = Liar()
        server = Connection(place.origin, http=self.between.client())
        self.folder = folder
        self.wallet, self.secrets = Wallet.create(server, folder, small_memory=True)
        paper = self.wallet.add_paper(
            "person", {"family_name": [value("Ḥusaynī", as_of="2026")], "given_name": [value("Ağa", as_of="2026")]},
            title="Ich",
        )  # fmt: skip
        self.picks = [Pick(paper, field="family_name")]

    def meet(self, page: Desk, shown: str | None = None, *, then: Callable[[], None] = lambda: None) -> desk.Meeting:
        """The phone meets, and the page listens while the phone waits."""

        def pause(seconds: float) -> None:
            page.listen()
            then()

        met = desk.meet(self.wallet.vault, shown or page.url, sleep=pause)
        page.listen()
        return met

    def give(self, meeting: desk.Meeting) -> dict[str, Any]:
        vault = self.wallet.vault
        return meeting.give(vault, meeting.prepare(vault, self.picks, "To register"))

    def kinds(self) -> list[str]:
        return [entry.event.kind for entry in journal.read(self.wallet.vault, tree=False).entries]


@pytest.fixture
def person(place: Server, tmp_path: Path) -> Person:
    return Person(place, tmp_path / "phone")


@pytest.fixture
def lies() -> Liar:
    """Those that the page's server tells."""
    return Liar()


@pytest.fixture
def page(place: Server, lies: Liar) -> Desk:
    return Desk.begin(Connection(place.origin, http=lies.client()))


def refused(code: str, kind: type[MappeError] = MappeError) -> Any:
    return pytest.raises(kind, match=None, check=lambda error: error.code == code)


@pytest.mark.parametrize("way", ["scanned", "typed"])
def test_what_is_given_is_read(person: Person, page: Desk, way: str) -> None:
    typed = f"{page.number[:4]} {page.number[4:]}"
    meeting = person.meet(page, page.url if way == "scanned" else typed)
    assert meeting.digits == page.digits and len(meeting.digits) == 6
    assert page.collect() is None, "nothing was given yet"
    assert "grant-created" not in person.kinds()
    person.give(meeting)
    given = page.collect()
    assert given is not None
    assert given.peek().policy.opens == 1
    opened = given.open()
    assert [one.content["value"] for one in opened.grant.slots.values()] == ["Ḥusaynī"]
    assert opened.grant.policy.exp - opened.grant.policy.nbf == 3600
    assert person.kinds()[-4:] == ["desk-given", "grant-looked-at", "grant-looked-at", "grant-opened"]
    row = next(one for one in grants.listing(person.wallet.vault) if one["id"] == b64u(given.grant))
    assert (row["to"], row["opens_used"]) == (desk.NAME, 1)
    with refused("desk-over", ServerProblem):
        page.collect()


def test_each_hand_over_is_of_its_own(person: Person, place: Server) -> None:
    first, second = (Desk.begin(Connection(place.origin)) for _ in range(2))
    meetings = [person.meet(one) for one in (first, second)]
    assert meetings[0].secret != meetings[1].secret
    assert meetings[0].compared.opening.signer != meetings[1].compared.opening.signer
    prepared = meetings[0].prepare(person.wallet.vault, person.picks, "x")
    with refused("other-desk"):
        meetings[1].give(person.wallet.vault, prepared)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("1234567", "not-a-desk"),
        ("seven", "not-a-desk"),
        ("12345678", "wrong-number"),
        ("https://mappe.example/j#" + "A" * 86, "not-a-desk"),
        ("https://mappe.example/e#" + "A" * 85, "not-a-desk"),
        (fmt.DeskCode(b"\x09" + bytes(31), bytes(32)).link("https://mappe.example"), "other-origin"),
    ],
)
def test_what_is_no_page_is_said_kindly(person: Person, shown: str, code: str) -> None:
    with refused(code) as error:
        desk.meet(person.wallet.vault, shown)
    assert error.value.next_step


def test_a_page_that_is_gone_or_silent(person: Person, page: Desk) -> None:
    with refused("desk-over", ServerProblem):
        desk.meet(person.wallet.vault, "00000000" if page.number != "00000000" else "00000011")
    with refused("desk-silent"):
        desk.meet(person.wallet.vault, page.url, sleep=lambda seconds: None)


# ---- lies


def test_the_server_swaps_the_pages_key(person: Person, page: Desk, place: Server) -> None:
    """It answers a number with a page of its own, and goes to the real page with a wallet of its own."""
    false_page = Desk.begin(Connection(place.origin))
    swapped = {"public": b64u(false_page.code.public), "device": b64u(false_page.code.jkt)}
    person.between.lie_json("/v1/desks/find", lambda _: swapped)
    meeting = person.meet(false_page, page.number)
    false_phone = Person(place, person.folder.parent / "false phone")
    false_phone.meet(page)
    assert person.between.told == 1
    assert meeting.digits == false_page.digits
    assert page.digits is not None and meeting.digits != page.digits, "the person sees it, and gives nothing"


def test_the_server_swaps_the_page_s_nonce(person: Person, page: Desk) -> None:
    person.between.lie_json(PAGE + "meet", lambda body: body | {"nonce": body["nonce"] and b64u(bytes(32))})
    meeting = person.meet(page)
    assert meeting.digits != page.digits


def test_the_server_swaps_the_wallets_commitment(person: Person, page: Desk, lies: Liar) -> None:
    own = fmt.Opening(secrets.token_bytes(32), secrets.token_bytes(32))
    said = {"signer": b64u(own.signer), "nonce": b64u(own.nonce)}
    lies.lie_json(
        PAGE + "wait",
        lambda body: body | {"commit": body["commit"] and b64u(own.commit), "opening": body["opening"] and said},
    )
    meeting = person.meet(page)
    assert page.digits is not None and meeting.digits != page.digits


def test_the_server_grinds(person: Person, page: Desk, lies: Liar) -> None:
    """It has seen everything before it opens: parts that give the wallet's digits are found, and come too late."""
    own = fmt.Opening(secrets.token_bytes(32), secrets.token_bytes(32))
    ground: list[fmt.Opening] = []

    def lie(body: dict[str, Any]) -> dict[str, Any]:
        body["commit"] = body["commit"] and b64u(own.commit)
        if body["opening"] is None:
            return body
        said = body["opening"]
        real = fmt.Opening(unb64u(said["signer"], 32), unb64u(said["nonce"], 32))
        wanted = fmt.Comparison(page.code, page.nonce, real).digits[:3]  # three of six: a second of work, not 20 min
        part = own
        while fmt.Comparison(page.code, page.nonce, part).digits[:3] != wanted:
            part = replace(own, nonce=secrets.token_bytes(32))
        ground.append(part)
        return body | {"opening": {"signer": b64u(part.signer), "nonce": b64u(part.nonce)}}

    lies.lie_json(PAGE + "wait", lie)
    with refused("wrong-opening", NotAuthentic):
        person.meet(page)
    assert ground and page.digits is None


def test_the_server_shows_another_commitment_afterwards(person: Person, page: Desk, lies: Liar) -> None:
    person.meet(page)
    lies.lie_json(PAGE + "wait", lambda body: body | {"commit": b64u(bytes(32))})
    with refused("server-lied", NotAuthentic):
        page.listen()


def test_the_server_opens_before_it_has_committed(page: Desk, lies: Liar) -> None:
    own = fmt.Opening(bytes(32), bytes(32))
    said = {"signer": b64u(own.signer), "nonce": b64u(own.nonce)}
    lies.lie_json(PAGE + "wait", lambda body: body | {"commit": None, "opening": said})
    assert page.listen() is False and page.digits is None


def test_the_server_changes_its_answer_to_the_wallet(person: Person, page: Desk) -> None:
    told: list[str] = []

    def lie(body: dict[str, Any]) -> dict[str, Any]:
        told.append(str(body["nonce"]))
        return body | {"nonce": b64u(bytes(32))} if body["nonce"] and told.count(str(body["nonce"])) > 1 else body

    person.between.lie_json(PAGE + "meet", lie)
    with refused("server-lied", ServerLied):
        person.meet(page)


def test_the_server_replays_an_old_box(person: Person, page: Desk, lies: Liar, place: Server) -> None:
    older = Desk.begin(Connection(place.origin))
    person.give(person.meet(older))
    box = older.server.post(f"/v1/desks/{b64u(older.code.id)}/collect", {})["box"]
    person.give(person.meet(page))
    lies.lie_json(PAGE + "collect", lambda _: {"box": box})
    with refused("undecryptable", NotAuthentic):
        page.collect()


def test_the_server_seals_a_grant_of_its_own(person: Person, page: Desk, lies: Liar, place: Server) -> None:
    """Anybody can seal to the page's key; what is read must be signed by the phone that was compared."""
    stranger = Person(place, person.folder.parent / "stranger")
    vault = stranger.wallet.vault
    forged = grants.prepare(vault, grants.To(""), stranger.picks, grants.Conditions("x"))
    grants.release(vault, forged)
    person.give(person.meet(page))
    assert page.compared is not None
    box = fmt.seal_desk(page.compared, forged.locator.secret)
    lies.lie_json(PAGE + "collect", lambda _: {"box": box})
    given = page.collect()
    assert isinstance(given, Given)
    for read in (given.peek, given.open):
        with refused("wrong-record-key", NotAuthentic):
            read()
    assert "grant-opened" not in stranger.kinds(), "nothing of the stranger's is spent"


def test_another_caller_has_nothing_of_the_box(person: Person, page: Desk, place: Server) -> None:
    person.give(person.meet(page))
    thief = Desk.begin(Connection(place.origin))
    with refused("desk-over", ServerProblem):
        thief.server.post(f"/v1/desks/{b64u(page.code.id)}/collect", {})
    box = page.server.post(f"/v1/desks/{b64u(page.code.id)}/collect", {})["box"]  # handed on by the server
    assert page.compared is not None
    with pytest.raises(ValueError, match="undecryptable"):
        fmt.open_desk(thief.private, page.compared, box)


@pytest.mark.parametrize("what", ["another kind", "another grant", "another page", "no promise"])
def test_the_server_writes_down_something_else(person: Person, page: Desk, what: str, place: Server) -> None:
    vault, meeting = person.wallet.vault, person.meet(page)
    prepared = meeting.prepare(vault, person.picks, "To register")
    second = person.meet(Desk.begin(Connection(place.origin)))
    told: dict[str, Any] = {}
    if what == "another kind":
        told = grants.release(vault, prepared)
    elif what == "another grant":
        told = person.give(second)
    elif what == "another page":  # of this grant, at a page of the server's own
        grants.release(vault, prepared)
        box = fmt.seal_desk(second.compared, bytes(32))
        told = vault.server.post(f"{second.path}/give", {"grant": b64u(prepared.locator.grant), "box": box})
    person.between.lie_json(PAGE + "give", lambda body: {**told, "exp": body["exp"]})
    with refused("promise-mismatch", ServerLied):
        meeting.give(vault, prepared)


def test_an_answer_that_gets_lost_is_asked_for_again(person: Person, page: Desk) -> None:
    meeting = person.meet(page)
    person.between.break_once(PAGE + "give")
    person.give(meeting)
    given = page.collect()
    assert given is not None and len(given.open().grant.slots) == 1


def test_what_was_prepared_ends_where_nobody_waits_any_more(person: Person, page: Desk, place: Server) -> None:
    meeting = person.meet(page)
    with sqlite3.connect(place.folder / "mappe.db") as db:
        assert db.execute("DELETE FROM desks WHERE desk_id = ?", (page.code.id,)).rowcount == 1
    with refused("desk-over", ServerProblem):
        person.give(meeting)
    assert {row["state"] for row in grants.listing(person.wallet.vault)} == {"ended"}
    assert person.kinds()[-2:] == ["grant-created", "grant-ended"]


# ---- command lines


def test_two_command_lines(person: Person, place: Server) -> None:
    bins = Path(sys.executable).parent
    env = {**os.environ, "MAPPE_PASSPHRASE": person.secrets.passphrase, "MAPPE_WALLET": str(person.folder)}
    command = [str(bins / "mappe-agency"), "desk", "--server", place.origin, "--same", "--json"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as clerk:
        ending = threading.Timer(60, clerk.kill)  # a line that never comes must not keep the test
        ending.start()
        assert clerk.stderr is not None
        number = clerk.stderr.readline().partition(":")[2].strip()
        assert f"{place.origin}/e#" in clerk.stderr.readline()
        asked = ["share-desk", number, "--take", "Ich:family_name", "--purpose", "To register", "--yes"]
        with subprocess.Popen([str(bins / "mappe"), *asked], stdin=subprocess.PIPE, env=env, **pipes) as phone:
            digits = clerk.stderr.readline().partition(":")[2]
            out, err = phone.communicate(digits, timeout=60)
            assert phone.returncode == 0, err
            assert digits.strip() in err and "without enrolment" in out
        read, err = clerk.communicate(timeout=60)
        ending.cancel()
        assert clerk.returncode == 0, err
    assert [one["value"] for one in json.loads(read)["fields"]] == ["Ḥusaynī"]


def test_other_digits_give_nothing(person: Person, page: Desk) -> None:
    bins = Path(sys.executable).parent
    env = {**os.environ, "MAPPE_PASSPHRASE": person.secrets.passphrase, "MAPPE_WALLET": str(person.folder)}
    command = ["share-desk", page.number, "--take", "Ich:family_name", "--purpose", "x", "--yes", "--json"]
    listening = threading.Thread(target=_listen, args=(page,))
    listening.start()
    done = subprocess.run(
        [str(bins / "mappe"), *command], input="12345\n", capture_output=True, text=True, env=env, timeout=60
    )
    listening.join()
    assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == "digits-differ", done.stderr
    assert "desk-given" not in person.kinds() and "grant-created" not in person.kinds()


def _listen(page: Desk) -> None:
    end = time.monotonic() + 30
    while not page.listen() and time.monotonic() < end:
        time.sleep(0.2)
