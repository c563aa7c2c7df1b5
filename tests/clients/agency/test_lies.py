"""What an office does when the server lies: it stops, names the lie, and keeps nothing of it as true."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mappe.agency.asking import Question
from mappe.agency.client import Agency
from mappe.formats.encoding import b64u
from mappe.formats.log import MAX_DELAY
from mappe.holder import answering, grants
from mappe.holder.cleaning import Clean
from mappe.holder.files import upload
from mappe.holder.selection import Pick
from mappe.holder.vault import Write
from mappe.net.server import Server as Connection
from mappe.recipient.errors import NotAuthentic
from mappe.recipient.server_keys import ServerKeys

from tests.clients.agency.conftest import Holder, Town
from tests.clients.liar import Liar
from tests.clients.office import FIELDS, Roothold, enrolment_of

LINK = Question("benefit", "link", FIELDS)


@pytest.fixture
def liar() -> Liar:
    return Liar()


@pytest.fixture
def agency(town: Town, liar: Liar) -> Agency:
    """The office again, on a line with the liar on it."""
    return Agency(town.profile, town.keys, http=liar.client())


@pytest.fixture
def shared(town: Town) -> tuple[Holder, str]:
    """A holder who has answered, and the id of the answer."""
    holder = town.holder()
    asked = town.agency.ask(LINK)
    holder.answer(asked.link, ["family_name", "given_name", "date_of_expiry"])
    return holder, b64u(town.agency.collect(asked).answers[0].grant)


@contextmanager
def stops(code: str) -> Iterator[None]:
    with pytest.raises(NotAuthentic) as stopped:
        yield
    assert stopped.value.code == code
    assert stopped.value.next_step


def test_lies_about_a_grant(town: Town, agency: Agency, liar: Liar, shared: tuple[Holder, str]) -> None:
    _, code = shared
    honest = agency.redeem(code)
    other_holder = town.holder("bilal")
    asked = town.agency.ask(LINK)
    other_holder.answer(asked.link, ["family_name", "given_name", "date_of_expiry"])
    other = b64u(town.agency.collect(asked).answers[0].grant)
    answers: dict[str, Any] = {}

    def remember(body: Any) -> None:
        answers.update(body)

    liar.lie_json("/open$", remember)
    agency.redeem(other)
    other_answer = dict(answers)

    def swap(body: Any) -> None:
        one, two, *_ = body["slots"]
        body["slots"][one], body["slots"][two] = body["slots"][two], body["slots"][one]

    def drop(body: Any) -> None:
        body["slots"].popitem()

    def foreign(*names: str) -> Callable[[Any], None]:
        return lambda body: body.update({name: other_answer[name] for name in names})

    def cut(name: str) -> Callable[[Any], None]:
        return lambda body: body.update({name: body[name][:-4] + "AAAA"})

    lies: list[tuple[Callable[[Any], Any], str]] = [
        (swap, "record-mismatch"),
        (drop, "record-mismatch"),
        (foreign("slots"), "record-mismatch"),
        (foreign("terms"), "record-mismatch"),
        (foreign("keybox"), "record-mismatch"),
        (foreign("policy"), "record-mismatch"),
        (foreign("record"), "wrong-grant"),
        (foreign("policy", "terms", "keybox", "record", "slots"), "wrong-grant"),
        (cut("record"), "bad-signature"),
        (lambda body: body.update(policy=body["policy"].replace('"opens":0', '"opens":9')), "record-mismatch"),
        (lambda body: body.update(policy=[]), "malformed"),
        (lambda body: body.update(slots={"x": "y"}), "malformed"),
        (lambda body: body.pop("keybox"), "malformed"),
        (lambda body: body.pop("event"), "malformed"),
        (foreign("promise"), "hash-mismatch"),
        (foreign("event"), "hash-mismatch"),
        (foreign("event", "promise"), "promise-mismatch"),
        (cut("promise"), "bad-signature"),
        (lambda body: body.update(event=body["event"].replace("opened", "looked")), "hash-mismatch"),
    ]
    for lie, expected in lies:
        liar.lies.clear()
        liar.lie_json("/open$", lie)
        with stops(expected):
            agency.redeem(code)
    liar.lies.clear()
    assert agency.redeem(code).opened.grant.record == honest.opened.grant.record
    assert liar.told == len(lies) + 1


def test_more_or_less_than_asked_for(agency: Agency, liar: Liar, shared: tuple[Holder, str]) -> None:
    def all_of_them(body: Any) -> None:
        body["slots"] = dict(everything)

    everything: dict[str, str] = {}
    liar.lie_json("/open$", lambda body: everything.update(body["slots"]))
    agency.redeem(shared[1])
    liar.lies.clear()
    liar.lie_json("/open$", all_of_them)
    with stops("record-mismatch"):
        agency.redeem(shared[1], FIELDS[:1])


def test_an_older_version_is_refused(town: Town, agency: Agency, liar: Liar) -> None:
    holder = town.holder()
    asked = town.agency.ask(LINK)
    found = holder.look(asked.link)
    vault = holder.wallet.vault
    picks = [Pick(holder.paper, field="family_name")]
    prepared = answering.prepare(vault, found, picks, life=86_400, language="en", standing=True)
    answering.answer(vault, found, prepared)
    code = b64u(town.agency.collect(asked).answers[0].grant)
    old: dict[str, Any] = {}
    liar.lie_json("/open$", lambda body: old.update(body))
    agency.redeem(code)
    grants.republish(vault, prepared.locator.grant)
    liar.lies.clear()
    assert agency.redeem(code).opened.grant.record.version == 2
    parts = ("policy", "terms", "keybox", "record", "slots", "version")
    liar.lie_json("/open$", lambda body: body.update({name: old[name] for name in parts}))
    with stops("rolled-back"):
        agency.redeem(code)


def test_lies_about_the_registry(town: Town, agency: Agency, liar: Liar, tmp_path: Path) -> None:
    first = town.hold.documents[0]
    town.load(town.hold.issue())
    assert agency.registry(fresh=True).version == 2
    (tmp_path / "false").mkdir()
    false = Roothold(tmp_path / "false")
    fork = Roothold(tmp_path, keys=town.hold.keys, documents=[first])
    forked = fork.sign(fork.draft(days=44))

    def shows(document: str) -> None:
        liar.lies.clear()
        liar.lie("/v1/registry$", lambda raw: document.encode())

    for document, code in (
        (first, "rolled-back"),
        (forked, "two-faced"),
        (false.sign(false.draft()), "bad-signature"),
        ("{}", "malformed"),
        (fork.sign(fork.draft()), "two-faced"),
        (town.hold.sign(town.hold.draft()), "unlogged"),
    ):
        shows(document)
        with stops(code):
            agency.registry(fresh=True)
    liar.lies.clear()
    late = Agency(town.profile, town.keys, now=lambda: time.time() + 46 * 86_400)
    with stops("expired"):
        late.registry()
    assert agency.registry(fresh=True).version == 2


def test_a_registry_for_one_victim_is_unlogged(town: Town, agency: Agency, liar: Liar) -> None:
    """Signed by two roots, but never loaded: it would have been made for this office alone."""
    liar.lie("/v1/registry$", lambda raw: town.hold.sign(town.hold.draft()).encode())
    with stops("unlogged"):
        agency.registry()


def test_lies_about_the_log(town: Town, agency: Agency, liar: Liar, shared: tuple[Holder, str]) -> None:
    agency.redeem(shared[1])
    deadline = time.time() + 30
    while any(state != "included" for _, state in town.agency.receipts.check(int(time.time()))):
        assert time.time() < deadline
        time.sleep(0.5)
    other = Agency(town.profile, town.keys, http=liar.client())
    agency.redeem(shared[1])
    liar.lie_json("/v1/log/inclusion", lambda body: {"pending": True})
    soon = [state for _, state in other.receipts.check(int(time.time()))]
    assert "waiting" in soon and "broken" not in soon
    late = [state for _, state in other.receipts.check(int(time.time()) + MAX_DELAY)]
    assert "broken" in late
    for lie, code in (
        (lambda body: body.update(path=[b64u(bytes(32)) for _ in body["path"]] or [b64u(bytes(32))]), "unlogged"),
        (lambda body: body.update(index=body["index"] + 1), "unlogged"),
        (lambda body: body.update(checkpoint=body["checkpoint"].replace("\n", "\n1", 1)), "bad-signature"),
        (lambda body: body.update(size=body["size"] + 1), "malformed"),
        (lambda body: body.pop("checkpoint"), "malformed"),
        (lambda body: body.update(checkpoint="x"), "malformed"),
    ):
        liar.lies.clear()
        time.sleep(2)
        liar.lie_json("/v1/log/inclusion", lie)
        with stops(code):
            list(other.receipts.check(int(time.time())))


def test_another_log_or_name_is_noticed(town: Town, liar: Liar) -> None:
    town.agency.registry()

    def new_log(body: Any) -> None:
        log = next(row for row in body["keys"] if row["use"] == "log")
        log.update({name: promise[name] for name in ("jwk", "kid")})

    promise: dict[str, Any] = {}
    keys = Connection(town.server.origin).get("/v1/meta")["keys"]
    promise.update(next(row for row in keys if row["use"] == "promise"))
    for lie, code in (
        (new_log, "log-changed"),
        (lambda body: body["log"].update(origin="another/log"), "log-changed"),
        (lambda body: body.update(origin="https://another.example"), "wrong-origin"),
        (lambda body: body["keys"][0].update(kid="x"), "malformed"),
        (lambda body: body.update(keys=[]), "malformed"),
    ):
        liar.lies.clear()
        liar.lie_json("/v1/meta", lie)
        with stops(code):
            ServerKeys(Connection(town.server.origin, http=liar.client()), town.agency.pins).promise_key("x")


@pytest.fixture
def scan(tmp_path: Path) -> Clean:
    path = tmp_path / "scan.bin"
    path.write_bytes(bytes(range(256)) * 9_000)  # three chunks
    return Clean(path, path.name, "application/octet-stream", path.stat().st_size, cleaned=False)


def test_lies_about_a_file(town: Town, agency: Agency, liar: Liar, scan: Clean, tmp_path: Path) -> None:
    holder = town.holder()
    described = upload(holder.wallet.vault, scan)
    values = holder.wallet.vault.item(holder.paper).payload
    holder.wallet.vault.commit([Write(holder.paper, {**values, "attachments": [described]})])
    asked = town.agency.ask(Question("benefit", "link", ["residence_title.file"]))
    holder.answer(asked.link, [], [Pick(holder.paper, file=0)])
    code = b64u(town.agency.collect(asked).answers[0].grant)
    redeemed = agency.redeem(code)
    (slot,) = redeemed.opened.grant.slots
    target = tmp_path / "got.bin"
    chunk = (1 << 20) + 16
    for lie, expected in (
        (lambda raw: raw + b"x", "trailing-data"),
        (lambda raw: bytes([raw[0] ^ 1]) + raw[1:], "undecryptable"),
        (lambda raw: raw[chunk : 2 * chunk] + raw[:chunk] + raw[2 * chunk :], "undecryptable"),
        (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), "undecryptable"),
    ):
        liar.lies.clear()
        liar.lie("/files/", lie)
        with stops(expected):
            agency.fetch(redeemed, slot, target)
        assert not target.exists() and not list(tmp_path.glob(".got*"))
    liar.lies.clear()
    cuts = iter([1_000_000, 300_000, 5])
    liar.lie("/files/", lambda raw: raw[: next(cuts, len(raw))])
    seen: list[int] = []
    agency.fetch(redeemed, slot, target, seen.append)
    assert target.read_bytes() == scan.path.read_bytes()
    assert seen[:3] == [1_000_000, 300_000, 5]
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert not list(tmp_path.glob(".got*"))


def test_an_unreadable_answer_stays_and_is_counted(town: Town, agency: Agency, liar: Liar) -> None:
    holder, asked = town.holder(), town.agency.ask(LINK)
    holder.answer(asked.link, ["family_name"])
    liar.lie_json("/collect$", lambda body: [row.update(notice="A" * 400) for row in body["notices"]] and body)
    found = agency.collect(asked)
    assert (found.answers, found.unreadable) == ((), 1)
    liar.lies.clear()
    assert len(agency.collect(asked).answers) == 1
    assert len(agency.answers()) == 1


def test_the_enrolment_reads_back(town: Town) -> None:
    assert enrolment_of(town.profile, town.keys).id == town.profile.id
