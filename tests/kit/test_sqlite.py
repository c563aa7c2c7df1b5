"""What only SQLite has: group commit, several processes on one file, erasure."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.database import Tx
from kit.errors import Problem
from kit.sqlite import SqliteDatabase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inner" / "test.db"


@pytest.fixture
def db(path: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(path)
    database.write_now(lambda tx: tx.run("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, b BLOB)"))
    yield database
    database.close()


class FailingConnection:
    """The real connection, but one statement fails: a disk that is full or gone."""

    def __init__(self, real: sqlite3.Connection, statement: str, error: sqlite3.Error) -> None:
        self._real = real
        self._statement = statement
        self._error = error
        self.statements: list[str] = []

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self.statements.append(sql)
        if sql.startswith(self._statement):
            raise self._error
        return self._real.execute(sql, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def count(db: SqliteDatabase) -> int:
    row = db.read_now(lambda tx: tx.one("SELECT count(*) FROM t"))
    assert row is not None
    return int(row[0])


def insert_next(tx: Tx) -> None:
    tx.run("INSERT INTO t (n) VALUES (1)")


async def many(db: SqliteDatabase, n: int) -> list[BaseException | None]:
    return await asyncio.gather(*(db.write(insert_next) for _ in range(n)), return_exceptions=True)


@pytest.mark.parametrize("writers", [1, 40])
def test_a_failing_commit_releases_nothing(db: SqliteDatabase, writers: int) -> None:
    db._connection = FailingConnection(db._connection, "COMMIT", sqlite3.OperationalError("disk I/O error"))  # type: ignore[assignment]
    released: list[str] = []

    async def run() -> list[BaseException | None]:
        async def one() -> None:
            def work(tx: Tx) -> None:
                insert_next(tx)
                tx.after_commit(lambda: released.append("callback"))

            await db.write(work)
            released.append("answer")

        first = asyncio.gather(*(one() for _ in range(writers)), return_exceptions=True)
        return await first

    # only the first batch meets the broken connection; those behind it get a new one
    results = asyncio.run(run())
    failed = sum(isinstance(r, sqlite3.OperationalError) for r in results)
    assert failed >= 1
    assert released.count("answer") == released.count("callback") == writers - failed
    assert count(db) == writers - failed


def test_a_lost_transaction_takes_the_whole_batch_along(db: SqliteDatabase) -> None:
    """SQLite may drop the transaction when the disk is full; the works that seemed done in it were not."""

    def full(tx: Tx) -> None:
        insert_next(tx)
        db._connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    async def run() -> list[BaseException | None]:
        loop = asyncio.get_running_loop()
        blocker = loop.create_future()

        def wait(tx: Tx) -> None:
            asyncio.run_coroutine_threadsafe(asyncio.wait_for(asyncio.shield(blocker), 5), loop).result()

        held = asyncio.create_task(db.write(wait))
        await asyncio.sleep(0.05)
        rest = asyncio.gather(*(db.write(w) for w in (insert_next, full, insert_next)), return_exceptions=True)
        await asyncio.sleep(0.05)
        blocker.set_result(None)
        await held
        return await rest

    results = asyncio.run(run())
    assert all(isinstance(r, sqlite3.OperationalError) for r in results)
    assert count(db) == 0
    db.write_now(insert_next)
    assert count(db) == 1


def test_many_waiting_works_share_a_commit(db: SqliteDatabase) -> None:
    watch = FailingConnection(db._connection, "\0", sqlite3.Error())
    db._connection = watch  # type: ignore[assignment]
    assert asyncio.run(many(db, 300)) == [None] * 300
    assert watch.statements.count("COMMIT") < 150
    assert count(db) == 300


def test_a_refusal_that_only_read_costs_no_savepoint(db: SqliteDatabase) -> None:
    watch = FailingConnection(db._connection, "\0", sqlite3.Error())
    db._connection = watch  # type: ignore[assignment]

    def refuse(tx: Tx) -> None:
        tx.one("SELECT 1")
        raise LookupError

    async def run() -> None:
        await asyncio.gather(*(db.write(refuse) for _ in range(50)), return_exceptions=True)

    asyncio.run(run())
    assert "SAVEPOINT work" not in watch.statements


def test_a_full_queue_says_busy(db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.sqlite.WRITE_QUEUE", 0)
    with pytest.raises(Problem) as caught:
        db.write_now(insert_next)
    assert (caught.value.code, caught.value.retry) == ("busy", "same-request")


def test_a_locked_database_says_busy(db: SqliteDatabase, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db.write_now(lambda tx: db._connection.execute("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Problem) as caught:
        db.write_now(insert_next)
    assert caught.value.code == "busy"
    other.execute("ROLLBACK")
    other.close()
    db.write_now(insert_next)
    assert count(db) == 1


def test_files_are_private_and_settings_hold(db: SqliteDatabase, path: Path) -> None:
    insert = db.write_now(insert_next)
    assert insert is None
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    pragmas = db.write_now(lambda tx: {name: tx.one(f"PRAGMA {name}") for name in names})
    assert pragmas == {"journal_mode": ("wal",), "synchronous": (2,), "foreign_keys": (1,), "secure_delete": (1,)}


def test_what_was_deleted_is_in_no_file(db: SqliteDatabase, path: Path) -> None:
    canary = b"canary-5f3a" * 40
    db.write_now(lambda tx: tx.run("INSERT INTO t (n, b) VALUES (1, :b)", b=canary))
    assert any(canary in file.read_bytes() for file in path.parent.iterdir())  # the search can find it
    db.write_now(lambda tx: tx.run("DELETE FROM t"))
    db.scrub_now()
    assert not any(canary[:11] in file.read_bytes() for file in path.parent.iterdir())


def _add(path: Path, n: int) -> None:
    database = SqliteDatabase(path)
    assert asyncio.run(many(database, n)) == [None] * n
    database.close()


def test_several_processes_write_one_file(db: SqliteDatabase, path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_add, args=(path, 200)) for _ in range(3)]
    for other in others:
        other.start()
    for _ in range(50):
        db.write_now(insert_next)
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    assert count(db) == 650


def test_close_finishes_what_was_queued(path: Path) -> None:
    database = SqliteDatabase(path)
    database.write_now(lambda tx: tx.run("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)"))

    async def run() -> None:
        tasks = [asyncio.create_task(database.write(insert_next)) for _ in range(100)]
        await asyncio.sleep(0)
        await asyncio.to_thread(database.close)
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert sqlite3.connect(path).execute("SELECT count(*) FROM t").fetchone() == (100,)
    with pytest.raises(RuntimeError):
        database.write_now(insert_next)
