"""The contract of kit.database, on both backends: durable before released, undone alone, kept when it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from app.database import make_database
from kit.database import ConstraintViolated, Database, Tx
from kit.errors import Problem, ProblemKind
from tests.conftest import Backend

REFUSED = ProblemKind("test-refused-kept", 403, "Refused by the test.", "Nothing.", record_kept=True)
FORGOTTEN = ProblemKind("test-forgotten", 403, "Refused by the test.", "Nothing.")


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, database_url: Callable[[Backend], str]) -> Iterator[Database]:
    database = make_database(database_url(request.param), threads=4)
    database.write_now(lambda tx: tx.run("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, b BYTEA)"))
    yield database
    database.close()


def insert(tx: Tx, id: int, n: int = 0) -> None:
    tx.run("INSERT INTO t (id, n, b) VALUES (:id, :n, :b)", id=id, n=n, b=bytes([id % 256]))


def ids(db: Database) -> list[int]:
    return [row[0] for row in db.read_now(lambda tx: tx.all("SELECT id FROM t ORDER BY id"))]


def test_values_come_back_as_they_went(db: Database) -> None:
    big = 2**63 - 1
    db.write_now(lambda tx: tx.run("INSERT INTO t VALUES (:i, :n, :b)", i=big, n=-1, b=b"\x00\xff"))
    db.write_now(lambda tx: tx.run("INSERT INTO t VALUES (:i, :n, :b)", i=1, n=0, b=None))
    rows = db.read_now(lambda tx: tx.all("SELECT id, n, b, 'ሰላም %' FROM t ORDER BY id"))
    assert rows == [(1, 0, None, "ሰላም %"), (big, -1, b"\x00\xff", "ሰላም %")]
    assert db.read_now(lambda tx: tx.one("SELECT 1 FROM t WHERE id = :i", i=7)) is None


def test_rowcount_returning_and_many(db: Database) -> None:
    def work(tx: Tx) -> tuple[int, object, object]:
        tx.run_many("INSERT INTO t (id, n) VALUES (:id, :n)", ({"id": i, "n": 0} for i in range(5)))
        changed = tx.run("UPDATE t SET n = n + 1 WHERE id < :top", top=3)
        one = tx.one("UPDATE t SET n = n + 1 WHERE id = :id RETURNING n", id=0)
        return changed, one, tx.one("SELECT n FROM t WHERE id = :id FOR UPDATE", id=0)

    assert db.write_now(work) == (3, (2,), (2,))


def test_a_plan_made_while_a_table_was_empty_goes_by_key(database_url: Callable[[Backend], str]) -> None:
    """PostgreSQL thinks a table that was empty at its last VACUUM is free to read whole, and keeps that plan."""
    database = make_database(database_url("postgres"), threads=1)
    try:
        database.write_now(lambda tx: tx.run("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, b BYTEA)"))
        database.scrub_now()
        for sql in ("SELECT n FROM t WHERE id = 1", "UPDATE t SET n = 1 WHERE id = 1", "DELETE FROM t WHERE id = 1"):
            plan = "\n".join(row[0] for row in database.read_now(lambda tx, sql=sql: tx.all(f"EXPLAIN {sql}")))  # type: ignore[misc]
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan
    finally:
        database.close()


def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match=r"read-only|readonly|read only"):
        db.read_now(lambda tx: insert(tx, 1))
    assert ids(db) == []


def test_a_failing_work_is_undone_alone(db: Database) -> None:
    async def run() -> list[object]:
        def bad(tx: Tx) -> None:
            insert(tx, 1000)
            raise LookupError("bad")

        def refusing(tx: Tx) -> None:
            insert(tx, 2000)
            raise FORGOTTEN()

        def kept(tx: Tx) -> None:
            insert(tx, 3000)
            raise REFUSED()

        works: list[Callable[[Tx], None]] = [partial(insert, id=i) for i in range(50)]
        works[10:10] = [bad]
        works[20:20] = [refusing]
        works[30:30] = [kept]
        return await asyncio.gather(*(db.write(work) for work in works), return_exceptions=True)

    results = asyncio.run(run())
    failed = [r for r in results if r is not None]
    assert [type(r).__name__ for r in failed] == ["LookupError", "Problem", "Problem"]
    assert ids(db) == [*range(50), 3000]


def test_a_lone_refusal_keeps_its_record_only_if_it_says_so(db: Database) -> None:
    def refuse(id: int, error: Problem) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            insert(tx, id)
            raise error

        return work

    for id, error in ((1, REFUSED()), (2, FORGOTTEN()), (3, FORGOTTEN(record_kept=True))):
        with pytest.raises(Problem) as caught:
            db.write_now(refuse(id, error))
        assert caught.value is error
    assert ids(db) == [1, 3]


def test_constraints_have_one_exception(db: Database) -> None:
    db.write_now(lambda tx: insert(tx, 1))
    with pytest.raises(ConstraintViolated):
        db.write_now(lambda tx: insert(tx, 1))
    assert ids(db) == [1]


def put_later(tx: Tx, id: int, n: int = 0, b: bytes = b"") -> None:
    tx.later("INSERT INTO t (id, n, b) VALUES (:id, :n, :b)", id=id, n=n, b=b)


def test_what_is_sent_later_keeps_its_order_and_is_there_at_the_commit(db: Database) -> None:
    def work(tx: Tx) -> object:
        put_later(tx, 1)
        tx.later("UPDATE t SET n = n + 5 WHERE id = :id", id=1)
        seen = tx.one("SELECT n FROM t WHERE id = :id", id=1)
        tx.later("UPDATE t SET n = n * 2 WHERE id = :id", id=1)
        return seen

    assert db.write_now(work) == (5,)
    assert db.read_now(lambda tx: tx.one("SELECT n FROM t WHERE id = :id", id=1)) == (10,)


@pytest.mark.parametrize("asks", [False, True])
def test_what_fails_later_is_undone_whole_and_harms_nobody_after(db: Database, asks: bool) -> None:
    db.write_now(lambda tx: insert(tx, 1))
    released: list[str] = []

    def work(tx: Tx) -> None:
        tx.after_commit(lambda: released.append("callback"))
        put_later(tx, 2)
        put_later(tx, 1)
        put_later(tx, 3)
        if asks:
            tx.one("SELECT n FROM t WHERE id = :id", id=3)

    for _ in range(3):  # on the same connections
        with pytest.raises(ConstraintViolated):
            db.write_now(work)
    assert released == []
    assert ids(db) == [1]
    db.write_now(lambda tx: put_later(tx, 2))
    assert ids(db) == [1, 2]


def test_what_is_asked_for_soon_sees_what_came_before_it_and_not_what_comes_after(db: Database) -> None:
    def work(tx: Tx) -> list[object]:
        put_later(tx, 1, n=1)
        first = tx.soon("SELECT n FROM t WHERE id = :id", id=1)
        changed = tx.soon("UPDATE t SET n = n + 5 WHERE id = :id RETURNING n", id=1)
        nothing = tx.soon("SELECT n FROM t WHERE id = :id", id=2)
        put_later(tx, 2)
        last = tx.one("SELECT n FROM t WHERE id = :id", id=1)
        return [last, nothing.one(), changed.one(), first.one(), first.one()]

    for _ in range(2):  # through a cursor where nothing may be prepared, and where everything is known already
        assert db.write_now(work) == [(6,), None, (6,), (1,), (1,)]
        db.write_now(lambda tx: tx.run("DELETE FROM t"))


def test_the_last_thing_asked_for_is_sent_by_asking(db: Database) -> None:
    db.write_now(lambda tx: insert(tx, 1))
    assert db.write_now(lambda tx: tx.soon("SELECT count(*) FROM t").one()) == (1,)
    assert db.read_now(lambda tx: tx.soon("SELECT id FROM t").one()) == (1,)


def test_what_nobody_asks_for_is_still_done(db: Database) -> None:
    def work(tx: Tx) -> None:
        tx.soon("INSERT INTO t (id, n, b) VALUES (:id, 0, :b) RETURNING id", id=1, b=b"")

    db.write_now(work)
    assert ids(db) == [1]


def test_what_fails_soon_is_undone_whole(db: Database) -> None:
    db.write_now(lambda tx: insert(tx, 1))

    def work(tx: Tx, asks: bool) -> None:
        put_later(tx, 2)
        asked = tx.soon("INSERT INTO t (id, n, b) VALUES (:id, 0, :b) RETURNING id", id=1, b=b"")
        if asks:
            asked.one()

    for asks in (True, False, True):
        with pytest.raises(ConstraintViolated):
            db.write_now(partial(work, asks=asks))
    assert ids(db) == [1]


def test_what_was_not_sent_yet_goes_with_a_refusal(db: Database) -> None:
    def work(tx: Tx, error: Problem) -> None:
        put_later(tx, 1 if error.record_kept else 2)
        raise error

    for error in (FORGOTTEN(), REFUSED(), FORGOTTEN()):
        with pytest.raises(Problem):
            db.write_now(partial(work, error=error))
    assert ids(db) == [1]


def test_more_than_the_buffers_hold_may_wait(db: Database) -> None:
    large = bytes(1 << 20)

    def work(tx: Tx) -> object:
        for id in range(12):
            put_later(tx, id, b=large)
        return tx.one("SELECT count(*) FROM t WHERE b = :b", b=large)

    assert db.write_now(work) == (12,)


def test_a_work_that_says_nothing(db: Database) -> None:
    assert db.write_now(lambda tx: 7) == 7
    with pytest.raises(ZeroDivisionError):
        db.write_now(lambda tx: 1 // 0)
    assert ids(db) == []


def test_after_commit_runs_only_after_a_commit(db: Database) -> None:
    seen: list[object] = []

    def work(tx: Tx, id: int, fail: bool) -> None:
        insert(tx, id)
        tx.after_commit(lambda: seen.append((id, ids(db))))
        if fail:
            raise FORGOTTEN()

    db.write_now(lambda tx: work(tx, 1, False))
    with pytest.raises(Problem):
        db.write_now(lambda tx: work(tx, 2, True))
    assert seen == [(1, [1])]


def test_concurrent_counters_lose_nothing(db: Database) -> None:
    db.write_now(lambda tx: insert(tx, 1))

    def bump(tx: Tx) -> int:
        row = tx.one("SELECT n FROM t WHERE id = :id FOR UPDATE", id=1)
        assert row is not None
        tx.run("UPDATE t SET n = :n WHERE id = :id", n=row[0] + 1, id=1)
        return int(row[0])

    async def run() -> list[int]:
        return await asyncio.gather(*(db.write(bump) for _ in range(200)))

    assert sorted(asyncio.run(run())) == list(range(200))


def test_a_read_sees_one_moment(db: Database) -> None:
    db.write_now(lambda tx: insert(tx, 1))

    def twice(tx: Tx) -> tuple[object, object]:
        before = tx.one("SELECT count(*) FROM t")
        db.write_now(lambda other: insert(other, 2))
        return before, tx.one("SELECT count(*) FROM t")

    assert db.read_now(twice) == ((1,), (1,))


def test_a_caller_that_goes_away_harms_nobody(db: Database) -> None:
    async def run() -> None:
        tasks = [asyncio.create_task(db.write(partial(insert, id=i))) for i in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    assert set(ids(db)) >= set(range(1, 20, 2))
