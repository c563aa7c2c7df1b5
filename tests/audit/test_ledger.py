"""The ledger outside the database: nothing relied upon is lost, and a restored backup is led back to the present."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import ledger
from audit.ledger import UnknownFact
from audit.ledger_file import Fact, LedgerFile
from kit.database import Tx
from tests.audit.conftest import NOW, Log

WALLET = bytes(range(32))


def test_rows_move_to_the_file_once(log: Log) -> None:
    for value in range(3):
        log.db.write_now(lambda tx, v=value: ledger.record(tx, WALLET, "grant-opens", b"grant", v))  # type: ignore[misc]
    assert ledger.export(log.db, log.ledger, NOW) == 3 and ledger.export(log.db, log.ledger, NOW) == 0
    facts = sorted(log.ledger.facts(), key=lambda fact: fact.value)
    assert facts == [Fact(WALLET, "grant-opens", b"grant", value) for value in range(3)]
    assert log.all("SELECT * FROM ledger_rows") == []


def test_many_rows_go_in_several_writes(sqlite_log: Log) -> None:
    def many(tx: Tx) -> None:
        for _ in range(ledger.EXPORT_ROWS * 2 + 1):
            ledger.record(tx, os.urandom(32), "wallet-deleted", b"")

    sqlite_log.db.write_now(many)
    assert ledger.export(sqlite_log.db, sqlite_log.ledger, NOW) == ledger.EXPORT_ROWS * 2 + 1
    assert len(set(sqlite_log.ledger.facts())) == ledger.EXPORT_ROWS * 2 + 1


def test_what_was_undone_is_not_recorded(log: Log) -> None:
    def work(tx: Tx) -> None:
        ledger.record(tx, WALLET, "grant-ended", b"grant")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        log.db.write_now(work)
    assert ledger.export(log.db, log.ledger, NOW) == 0 and list(log.ledger.facts()) == []


def test_a_file_that_cannot_be_written_keeps_the_rows(sqlite_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_log.db.write_now(lambda tx: ledger.record(tx, WALLET, "grant-ended", b"grant"))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError):
        patched.setattr(os, "write", full)
        ledger.export(sqlite_log.db, sqlite_log.ledger, NOW)
    assert len(sqlite_log.all("SELECT * FROM ledger_rows")) == 1
    assert ledger.export(sqlite_log.db, sqlite_log.ledger, NOW) == 1


@pytest.mark.parametrize("kind", ["", "X", "grant ended", "grant-ended\n", "a" * 41])
def test_a_kind_is_a_plain_word(sqlite_log: Log, kind: str) -> None:
    with pytest.raises(ValueError):
        sqlite_log.db.write_now(lambda tx: ledger.record(tx, WALLET, kind, b""))


class TestFile:
    def test_a_line_cut_short_is_ended_and_skipped(self, tmp_path: Path) -> None:
        file = LedgerFile(tmp_path / "ledger")
        file.append([Fact(WALLET, "grant-ended", b"one", 0)], NOW)
        (path,) = (tmp_path / "ledger").iterdir()
        with path.open("ab") as cut:
            cut.write(b'{"wallet":"AAEC')
        file.append([Fact(WALLET, "grant-ended", b"two", 0)], NOW)
        assert [fact.key for fact in LedgerFile(tmp_path / "ledger").facts()] == [b"one", b"two"]

    def test_days_are_read_in_order(self, tmp_path: Path) -> None:
        file = LedgerFile(tmp_path)
        for day in (2, 0, 1):
            file.append([Fact(WALLET, "grant-opens", b"g", day)], NOW + day * 86_400)
        assert [fact.value for fact in file.facts()] == [0, 1, 2]
        assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())

    def test_the_last_checkpoint_is_found_again(self, tmp_path: Path) -> None:
        file = LedgerFile(tmp_path)
        assert file.last_checkpoint("log") is None
        for day in range(3):
            file.add_checkpoint("log", 10 + day, bytes([day]) * 32, NOW + day * 86_400)
        file.add_checkpoint("other", 99, bytes(32), NOW + 3 * 86_400)
        assert file.last_checkpoint("log") == LedgerFile(tmp_path).last_checkpoint("log") == (12, b"\2" * 32)

    def test_another_processes_checkpoint_is_seen_after_a_reload(self, tmp_path: Path) -> None:
        mine, other = LedgerFile(tmp_path), LedgerFile(tmp_path)
        mine.add_checkpoint("log", 1, bytes(32), NOW)
        other.add_checkpoint("log", 2, bytes(32), NOW)
        assert mine.last_checkpoint("log") == (1, bytes(32))
        mine.reload()
        assert mine.last_checkpoint("log") == (2, bytes(32))


class TestReplay:
    def table(self, log: Log) -> tuple[dict[str, ledger.Handler], Callable[[], list[tuple[bytes, str, bytes, int]]]]:
        log.run("CREATE TABLE done (n INTEGER PRIMARY KEY, wallet BLOB, kind TEXT, item BLOB, value INTEGER)")

        insert = "INSERT INTO done (wallet, kind, item, value) VALUES (:w, :k, :i, :v)"

        def handler(kind: str) -> ledger.Handler:
            def apply(tx: Tx, wallet: bytes, key: bytes, value: int) -> None:
                tx.run(insert, w=wallet, k=kind, i=key, v=value)

            return apply

        handlers = {kind: handler(kind) for kind in ("grant-opens", "grant-ended", "wallet-deleted")}
        return handlers, lambda: log.all("SELECT wallet, kind, item, value FROM done ORDER BY n")

    def test_counters_take_the_largest_value_and_deletion_comes_last(self, sqlite_log: Log) -> None:
        handlers, done = self.table(sqlite_log)
        facts = [
            Fact(WALLET, "wallet-deleted", b"", 0),
            Fact(WALLET, "grant-ended", b"g", 0),
            *(Fact(WALLET, "grant-opens", b"g", value) for value in (1, 3, 2)),
            Fact(WALLET, "grant-ended", b"g", 0),
        ]
        assert ledger.replay(sqlite_log.db, facts, handlers) == 3
        assert done() == [
            (WALLET, "grant-opens", b"g", 3),
            (WALLET, "grant-ended", b"g", 0),
            (WALLET, "wallet-deleted", b"", 0),
        ]

    def test_a_kind_that_nobody_replays_stops_before_anything_changes(self, sqlite_log: Log) -> None:
        handlers, done = self.table(sqlite_log)
        with pytest.raises(UnknownFact):
            ledger.replay(
                sqlite_log.db, [Fact(WALLET, "grant-ended", b"g", 0), Fact(WALLET, "new-thing", b"", 0)], handlers
            )
        assert done() == []

    def test_it_can_be_repeated(self, sqlite_log: Log) -> None:
        sqlite_log.run("CREATE TABLE counter (n INTEGER)")
        sqlite_log.run("INSERT INTO counter VALUES (0)")
        handlers: dict[str, ledger.Handler] = {
            "pin-tries": lambda tx, wallet, key, value: (tx.run("UPDATE counter SET n = max(n, :v)", v=value), None)[1]
        }
        for _ in range(2):
            ledger.replay(sqlite_log.db, [Fact(WALLET, "pin-tries", b"", 4)], handlers)
        assert sqlite_log.all("SELECT n FROM counter") == [(4,)]
