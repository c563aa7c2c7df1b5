"""Appending: the holder's own code opens what the server wrote, and nothing leaves without it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.errors import FormatError
from mappe.formats.jwk import ed25519_thumbprint
from mappe.formats.log import NO_LEAF, LogPin, check_receipt, event_half, leaf_hash, verify_promise

from audit import caps
from audit.chain import Appended, open_chain
from audit.events import ACTORS, KINDS
from audit.promise import MERGE_SECONDS, answer
from kit.context import Config, Context
from kit.database import Tx
from kit.errors import NOT_FOUND, Problem, ProblemKind
from kit.metrics import Metrics
from kit.signing import KeyRing, new_signing_key
from tests.audit.conftest import NOW, Log, Wallet, new_grant, write


def test_the_holder_reads_what_was_written(log: Log) -> None:
    wallet = log.wallet()
    grant, slots, lease = new_grant(), [new_grant(), new_grant()], new_grant()
    log.append(wallet, kind="wallet-created")
    log.append(
        wallet,
        kind="grant-opened",
        actor={"type": "agency", "id": "jobcenter-mitte"},
        now=NOW + 5,
        grant=grant,
        slots=slots,
        lease=lease,
        detail={"opens": 1, "name": 'Zoë „Ä“ \\ " 👩‍👧'},
        proof="a.b.c",
    )
    pin, entries = wallet.check(log.page(wallet))
    assert pin.seq == 2 and len(entries) == 2
    assert entries[0][1].kind == "wallet-created" and entries[0][1].grant is None
    event = entries[1][1]
    assert (event.kind, event.time, event.actor, event.actor_id) == (
        "grant-opened",
        NOW + 5,
        "agency",
        "jobcenter-mitte",
    )
    assert b64u(event.grant or b"") == grant and [b64u(slot) for slot in event.slots or ()] == slots
    assert b64u(event.lease or b"") == lease and event.proof == "a.b.c"
    assert event.detail == {"opens": 1, "name": 'Zoë „Ä“ \\ " 👩‍👧'}


def test_events_are_written_as_the_page_says(sqlite_log: Log) -> None:
    wallet = sqlite_log.wallet()
    entry = sqlite_log.append(wallet, kind="stopped", actor={"type": "stop-code"})[0]
    assert entry.event == f'{{"v":1,"kind":"stopped","time":{NOW},"actor":{{"type":"stop-code"}}}}'


def test_no_event_and_no_row_holds_the_wallet_id_in_clear(sqlite_log: Log) -> None:
    wallet = sqlite_log.wallet()
    entry = sqlite_log.append(wallet)[0]
    body = sqlite_log.page(wallet).entries[0].body
    for place in (entry.event.encode(), body):
        assert wallet.id not in place and b64u(wallet.id).encode() not in place
    assert entry.event.encode() not in body


def test_an_unknown_wallet_is_the_uniform_404(log: Log) -> None:
    with pytest.raises(Problem) as refusal:
        log.append(Wallet())
    assert refusal.value.code == NOT_FOUND.code
    assert log.all("SELECT * FROM log_pending") == []


@pytest.mark.parametrize(
    "event", [{"kind": "made-up"}, {"actor": {"type": "operator"}}, {"detail": {"x": "y" * 9_000}}]
)
def test_what_is_no_event_is_not_written(sqlite_log: Log, event: dict[str, Any]) -> None:
    wallet = sqlite_log.wallet()
    with pytest.raises(ValueError):
        sqlite_log.append(wallet, **event)
    assert sqlite_log.page(wallet).entries == [] and sqlite_log.page(wallet).head_seq == 0


def test_the_kinds_are_those_of_the_page() -> None:
    page = (Path(__file__).parent.parent.parent / "mobile_api_spec/formats/log.md").read_text("utf-8")
    listed = page[page.index("\nKinds: ") : page.index(" A kind matches")]
    assert set(re.findall(r"`([a-z-]+)`", listed)) == KINDS
    assert set(re.findall(r"`([a-z-]+)`", page[page.index("{`type`:") : page.index("`id?`")])) == ACTORS | {"type"}


@pytest.mark.parametrize("public", [b"", bytes(32), b"\1" + bytes(31), b"\xff" * 32])
def test_a_log_key_that_cannot_seal_opens_no_chain(sqlite_log: Log, public: bytes) -> None:
    with pytest.raises(FormatError):
        sqlite_log.db.write_now(lambda tx: open_chain(tx, Wallet().id, public))
    assert sqlite_log.all("SELECT * FROM chain_heads") == []


class TestPromise:
    @pytest.fixture
    def keys(self) -> KeyRing:
        key = new_signing_key("promise", NOW)
        return KeyRing({"promise": key}, [key.info])

    def context(self, log: Log, keys: KeyRing) -> Context:
        return Context(log.db, None, None, Config(), keys, Metrics())  # type: ignore[arg-type]

    def test_the_caller_can_check_it(self, sqlite_log: Log, keys: KeyRing) -> None:
        wallet = sqlite_log.wallet()
        entry = sqlite_log.append(wallet, kind="grant-opened", actor={"type": "link"})[0]
        told = answer(self.context(sqlite_log, keys), entry)
        promise = verify_promise(told["promise"], keys.current("promise").info.public)
        assert check_receipt(told["event"], promise).kind == "grant-opened"
        assert promise.leaf == sqlite_log.page(wallet).entries[0].leaf
        assert (promise.time, promise.deadline) == (NOW, NOW + MERGE_SECONDS)

    def test_it_tells_neither_seq_nor_wallet(self, sqlite_log: Log, keys: KeyRing) -> None:
        told = answer(self.context(sqlite_log, keys), sqlite_log.append(sqlite_log.wallet())[0])
        members = json.loads(unb64u(told["promise"].split(".")[1]))
        assert list(members) == ["v", "leaf", "r1", "other", "time", "deadline"]

    def test_another_event_does_not_fit_it(self, sqlite_log: Log, keys: KeyRing) -> None:
        entry = sqlite_log.append(sqlite_log.wallet(), kind="grant-opened", actor={"type": "link"})[0]
        told = answer(self.context(sqlite_log, keys), entry)
        promise = verify_promise(told["promise"], keys.current("promise").info.public)
        with pytest.raises(FormatError, match="mismatch"):
            check_receipt(told["event"].replace("grant-opened", "grant-refused"), promise)
        with pytest.raises(FormatError):
            verify_promise(told["promise"], new_signing_key("promise", NOW).info.public)

    def test_its_key_is_named_by_its_thumbprint(self, sqlite_log: Log, keys: KeyRing) -> None:
        told = answer(self.context(sqlite_log, keys), sqlite_log.append(sqlite_log.wallet())[0])
        header = json.loads(unb64u(told["promise"].split(".")[0]))
        assert header["kid"] == ed25519_thumbprint(keys.current("promise").info.public)


class TestTransaction:
    def test_what_fails_after_the_append_leaves_no_entry(self, log: Log) -> None:
        wallet = log.wallet()

        def access(tx: Tx) -> Appended:
            write(tx, wallet.id)
            raise RuntimeError("the release could not be prepared")

        with pytest.raises(RuntimeError):
            log.db.write_now(access)
        assert log.page(wallet).head_seq == 0 and log.page(wallet).entries == []
        log.append(wallet)
        assert wallet.check(log.page(wallet))[0].seq == 1

    def test_a_refusal_that_is_recorded_stays(self, log: Log) -> None:
        wallet = log.wallet()
        refused = ProblemKind("test-refused", 403, "No.", "Do not.", record_kept=True)

        def access(tx: Tx) -> Appended:
            write(tx, wallet.id, kind="grant-refused", actor={"type": "link"}, detail={"why": "expired"})
            raise refused()

        with pytest.raises(Problem, match="test-refused"):
            log.db.write_now(access)
        assert wallet.check(log.page(wallet))[1][0][1].detail == {"why": "expired"}

    def test_a_commit_that_fails_releases_nothing(self, sqlite_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        """The database's own commit fails, as on a full disk: no value reaches the caller, no entry stays."""
        wallet = sqlite_log.wallet()

        def access(tx: Tx) -> Appended:
            entry = write(tx, wallet.id)
            tx.run("PRAGMA defer_foreign_keys = ON")
            tx.run("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            tx.run("CREATE TABLE child (id INTEGER REFERENCES parent (id))")
            tx.run("INSERT INTO child VALUES (1)")  # found out at COMMIT, not before
            return entry

        with pytest.raises(Exception, match="FOREIGN KEY"):
            sqlite_log.db.write_now(access)
        assert sqlite_log.page(wallet).head_seq == 0 and sqlite_log.page(wallet).entries == []

    def test_a_commit_that_fails_releases_nothing_on_postgresql(self, postgres_log: Log) -> None:
        wallet = postgres_log.wallet()
        postgres_log.run("CREATE TABLE parent (id INT PRIMARY KEY)")
        postgres_log.run("CREATE TABLE child (id INT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")

        def access(tx: Tx) -> Appended:
            entry = write(tx, wallet.id)
            tx.run("INSERT INTO child VALUES (1)")
            return entry

        with pytest.raises(Exception, match="foreign key"):
            postgres_log.db.write_now(access)
        assert postgres_log.page(wallet).head_seq == 0 and postgres_log.page(wallet).entries == []


class TestCaps:
    def flood(self, log: Log, wallet: Wallet, count: int, grant: str, now: int = NOW) -> list[Appended]:
        return log.append(wallet, count, kind="grant-opened", actor={"type": "link"}, grant=grant, now=now)

    def test_a_flood_ends_in_one_entry_that_says_so(self, log: Log) -> None:
        wallet, grant = log.wallet(), new_grant()
        answers = self.flood(log, wallet, 500, grant)
        written = caps.FREE_ENTRIES + caps.SCOPE_ENTRIES
        pin, entries = wallet.check(log.page(wallet))
        assert pin.seq == written + 1
        assert [event.kind for _, event in entries[:-1]] == ["grant-opened"] * written
        last = entries[-1][1]
        assert (last.kind, last.actor, b64u(last.grant or b"")) == ("more-entries", "server", grant)
        assert len({a.leaf for a in answers[written:]}) == 1 and answers[-1].leaf == log.page(wallet).head_leaf
        assert json.loads(answers[-1].event)["kind"] == "more-entries"

    def test_an_answer_past_the_cap_can_still_be_checked(self, sqlite_log: Log) -> None:
        wallet = sqlite_log.wallet()
        entry = self.flood(sqlite_log, wallet, 300, new_grant())[-1]
        assert leaf_hash(event_half(entry.r1, entry.event), entry.other) == entry.leaf

    def test_one_grants_flood_does_not_silence_another(self, log: Log) -> None:
        wallet, loud, quiet = log.wallet(), new_grant(), new_grant()
        self.flood(log, wallet, 400, loud)
        self.flood(log, wallet, 50, quiet)
        kinds = [(event.kind, b64u(event.grant or b"")) for _, event in wallet.check(log.page(wallet))[1]]
        assert kinds.count(("grant-opened", quiet)) == 50

    @pytest.mark.parametrize("cheap", ["grant-refused", "grant-looked-at"])
    def test_refusals_and_looks_do_not_hide_what_is_delivered(self, log: Log, cheap: str) -> None:
        wallet, grant = log.wallet(), new_grant()
        log.append(wallet, 400, kind=cheap, actor={"type": "link"}, grant=grant)
        log.append(wallet, 60, kind="grant-opened", actor={"type": "link"}, grant=grant)
        log.append(wallet, 20, kind="slot-delivered", actor={"type": "link"}, grant=grant)
        log.append(wallet, 20, kind="file-delivered", actor={"type": "link"}, grant=grant)
        events = [event for _, event in wallet.check(log.page(wallet))[1]]
        assert [event.kind for event in events[201:]] == (
            ["grant-opened"] * 60 + ["slot-delivered"] * 20 + ["file-delivered"] * 20
        )
        assert (events[200].kind, b64u(events[200].grant or b"")) == ("more-entries", grant)
        assert events[200].detail == {"hour": NOW - NOW % 3600, "of": "grant-looked-at"}

    def test_refusals_and_looks_share_one_scope(self, sqlite_log: Log) -> None:
        wallet, grant = sqlite_log.wallet(), new_grant()
        for kind in ("grant-refused", "grant-looked-at"):
            sqlite_log.append(wallet, 150, kind=kind, actor={"type": "link"}, grant=grant)
        kinds = [event.kind for _, event in wallet.check(sqlite_log.page(wallet))[1]]
        assert kinds == ["grant-refused"] * 150 + ["grant-looked-at"] * 50 + ["more-entries"]

    def test_what_the_holder_does_is_always_written(self, sqlite_log: Log) -> None:
        wallet, grant = sqlite_log.wallet(), new_grant()
        self.flood(sqlite_log, wallet, 400, grant)
        sqlite_log.append(wallet, 5, kind="grant-ended", grant=grant)
        kinds = [event.kind for _, event in wallet.check(sqlite_log.page(wallet))[1]]
        assert kinds[-5:] == ["grant-ended"] * 5

    def test_the_next_hour_begins_anew(self, sqlite_log: Log) -> None:
        wallet, grant = sqlite_log.wallet(), new_grant()
        self.flood(sqlite_log, wallet, 300, grant)
        self.flood(sqlite_log, wallet, 3, grant, NOW + 3600)
        kinds = [event.kind for _, event in wallet.check(sqlite_log.page(wallet))[1]]
        assert kinds[-4:] == ["more-entries", "grant-opened", "grant-opened", "grant-opened"]

    def test_a_failing_access_past_the_cap_is_not_counted(self, sqlite_log: Log) -> None:
        wallet, grant = sqlite_log.wallet(), new_grant()
        self.flood(sqlite_log, wallet, 300, grant)
        before = sqlite_log.all("SELECT * FROM log_capped_hours")

        def access(tx: Tx) -> None:
            write(tx, wallet.id, kind="grant-opened", actor={"type": "link"}, grant=grant)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            sqlite_log.db.write_now(access)
        assert sqlite_log.all("SELECT * FROM log_capped_hours") == before


def test_the_first_entry_follows_on_nothing(sqlite_log: Log) -> None:
    wallet = sqlite_log.wallet()
    assert sqlite_log.page(wallet).head_leaf == NO_LEAF
    sqlite_log.append(wallet, 3)
    pin, _ = wallet.check(sqlite_log.page(wallet))
    later = sqlite_log.page(wallet, after=2)
    assert wallet.check(later, LogPin(2, sqlite_log.page(wallet).entries[1].leaf))[0] == pin
