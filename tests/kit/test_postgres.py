"""What only PostgreSQL has: deadlocks, broken connections, and a transaction that goes on after an error."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from kit.database import ConstraintViolated, Tx
from kit.errors import Problem
from kit.postgres import PostgresDatabase
from scripts.postgres_server import Postgres


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture(params=[True, False], ids=["prepared", "unprepared"])
def db(url: str, request: pytest.FixtureRequest) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(url, threads=4, prepare=request.param)
    database.write_now(lambda tx: tx.run("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"))
    database.write_now(lambda tx: tx.run("INSERT INTO t VALUES (1, 0), (2, 0)"))
    yield database
    database.close()


def bump(tx: Tx, id: int) -> None:
    tx.run("UPDATE t SET n = n + 1 WHERE id = :id", id=id)


def numbers(db: PostgresDatabase) -> list[int]:
    return [row[0] for row in db.read_now(lambda tx: tx.all("SELECT n FROM t ORDER BY id"))]


def test_a_deadlock_is_resolved_by_running_one_work_again(db: PostgresDatabase) -> None:
    meeting = threading.Barrier(2)
    runs: list[int] = []

    def crossing(first: int, second: int) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            runs.append(first)
            bump(tx, first)
            with contextlib.suppress(threading.BrokenBarrierError):
                meeting.wait(1 if len(runs) > 2 else 10)  # the second run has nobody to meet
            bump(tx, second)

        return work

    async def run() -> None:
        await asyncio.gather(db.write(crossing(1, 2)), db.write(crossing(2, 1)))

    asyncio.run(run())
    assert numbers(db) == [2, 2]
    assert len(runs) == 3


def test_a_lost_connection_is_replaced(db: PostgresDatabase, url: str) -> None:
    def cut_others() -> None:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )

    async def everywhere() -> None:
        await asyncio.gather(*(db.write(lambda tx: bump(tx, 1)) for _ in range(8)))

    asyncio.run(everywhere())
    cut_others()
    asyncio.run(everywhere())
    assert numbers(db) == [16, 0]


def test_a_connection_lost_in_the_middle_stores_the_work_once(db: PostgresDatabase, url: str) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        runs.append(1)
        bump(tx, 1)
        pid = tx.one("SELECT pg_backend_pid()")
        if len(runs) == 1 and pid:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", pid)
        bump(tx, 2)

    db.write_now(work)
    assert (numbers(db), len(runs)) == ([1, 1], 2)


def test_an_unreachable_server_says_busy() -> None:
    db = PostgresDatabase("postgresql://mappe@127.0.0.1:9/none", threads=1)
    with pytest.raises(Problem) as caught:
        db.read_now(lambda tx: tx.one("SELECT 1"))
    assert caught.value.code == "busy"
    db.close()


def test_a_work_that_goes_on_after_an_error_is_not_taken_for_stored(db: PostgresDatabase) -> None:
    def work(tx: Tx) -> None:
        with contextlib.suppress(ConstraintViolated):
            tx.run("INSERT INTO t VALUES (1, 0)")

    with pytest.raises(psycopg.InternalError, match="went on after an error"):
        db.write_now(work)


def test_scrub(db: PostgresDatabase) -> None:
    db.scrub_now()


def test_every_type_comes_back_as_it_was_stored(db: PostgresDatabase) -> None:
    rows = [(1, b"", ""), (-(2**63), b"\x00\\x41'\xff", "Ωñ'\"\\"), (2**63 - 1, None, None)]

    def work(tx: Tx) -> list[tuple[object, ...]]:
        tx.run("CREATE TABLE kinds (i BIGINT PRIMARY KEY, b BYTEA, t TEXT)")
        for i, b, t in rows:
            assert tx.run("INSERT INTO kinds VALUES (:i, :b, :t)", i=i, b=b, t=t) == 1
        assert tx.one("SELECT i FROM kinds WHERE i = 5") is None
        assert tx.one("SELECT sum(i), count(*), max(t) FROM kinds") == (0, 3, max("", "Ωñ'\"\\"))  # a sum is a numeric
        assert tx.one("UPDATE kinds SET t = :t WHERE i = :i RETURNING t", i=1, t="new") == ("new",)
        assert tx.run("UPDATE kinds SET t = '' WHERE t = :t", t="new") == 1
        return tx.all("SELECT i, b, t FROM kinds ORDER BY i = 1 DESC, i")

    assert db.write_now(work) == rows


def test_a_refused_statement_leaves_the_connection_usable(db: PostgresDatabase) -> None:
    for _ in range(3):
        with pytest.raises(ConstraintViolated):
            db.write_now(lambda tx: tx.run("INSERT INTO t VALUES (:id, 0)", id=1))
        with pytest.raises(psycopg.errors.UndefinedTable):
            db.write_now(lambda tx: tx.run("DELETE FROM nowhere WHERE id = :id", id=1))
    assert numbers(db) == [0, 0]
