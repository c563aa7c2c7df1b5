"""PostgreSQL through psycopg 3: a bounded pool of threads, each with its own connection, one transaction for each work.

Writes run READ COMMITTED: services lock the row that they decide on with FOR UPDATE or change it with one atomic
statement, and see the newest state after the lock. Reads run REPEATABLE READ, so that several SELECTs agree, as they do
on SQLite.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg

from kit.database import UNCERTAIN, Asked, ConstraintViolated, Row, Value, Work
from kit.errors import BUSY, Problem
from kit.failpoints import reached
from kit.handoff import Crew
from kit.libpq import Answer, Reply, Wire
from kit.limits import DATABASE_THREADS

T = TypeVar("T")
_log = logging.getLogger(__name__)

ATTEMPTS = 5  # deadlocks and serialization failures resolve at once or not at all
PAUSE_SECONDS = 0.02
CONNECT_SECONDS = 5
_AGAIN = (pg.SerializationFailure, pg.DeadlockDetected)  # nothing was stored, and the same work may succeed
# A prepared statement keeps its plan. One made while its table was empty, as the queue of the log often is, would read
# the whole table for ever after; every statement here goes by a key, so an index is never the wrong way.
_BY_KEY = "SET enable_seqscan = off"
_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = b"BEGIN ISOLATION LEVEL READ COMMITTED"


class _Constraints:
    """Within it a violated constraint has the same name as on SQLite."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, pg.IntegrityError):
            raise ConstraintViolated(error.diag.message_primary or "constraint") from error


_CONSTRAINTS = _Constraints()


class PostgresTx:
    """A work's view of its transaction."""

    __slots__ = ("_callbacks", "_wire")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._callbacks: list[Callable[[], None]] = []

    def _execute(self, sql: str, params: Mapping[str, Value]) -> Answer:
        with _CONSTRAINTS:
            return self._wire.execute(sql, params)

    def run(self, sql: str, /, **params: Value) -> int:
        return self._execute(sql, params).touched

    def run_many(self, sql: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        with _CONSTRAINTS:
            self._wire.execute_many(sql, rows)

    def later(self, sql: str, /, **params: Value) -> None:
        with _CONSTRAINTS:
            self._wire.later(sql, params)

    def soon(self, sql: str, /, **params: Value) -> Asked:
        with _CONSTRAINTS:
            return _OnItsWay(self, self._wire.soon(sql, params))

    def _rows(self, reply: Reply) -> list[Row]:
        with _CONSTRAINTS:
            return self._wire.rows(reply)

    def one(self, sql: str, /, **params: Value) -> Row | None:
        rows = self._execute(sql, params).rows
        return rows[0] if rows else None

    def all(self, sql: str, /, **params: Value) -> list[Row]:
        return self._execute(sql, params).rows

    def after_commit(self, fn: Callable[[], None]) -> None:
        self._callbacks.append(fn)

    def committed(self) -> None:
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                _log.exception("after_commit failed")


class _OnItsWay:
    __slots__ = ("_reply", "_tx")

    def __init__(self, tx: PostgresTx, reply: Reply) -> None:
        self._tx, self._reply = tx, reply

    def one(self) -> Row | None:
        rows = self._tx._rows(self._reply)
        return rows[0] if rows else None


class PostgresDatabase:
    """The networked backend."""

    def __init__(self, dsn: str, *, threads: int = DATABASE_THREADS, prepare: bool = True) -> None:
        """`prepare=False` is for PgBouncer in transaction mode, where a prepared statement may land on a stranger."""
        self._dsn = dsn
        self._prepare = prepare
        self._crew = Crew(threads, "postgres")
        self._local = threading.local()
        self._open: list[psycopg.Connection[Row]] = []

    async def read(self, work: Work[T]) -> T:
        return await self._crew.run(lambda: self._transact(work, _READ))

    async def write(self, work: Work[T]) -> T:
        return await self._crew.run(lambda: self._transact(work, _WRITE))

    def read_now(self, work: Work[T]) -> T:
        return self._crew.run_now(lambda: self._transact(work, _READ))

    def write_now(self, work: Work[T]) -> T:
        return self._crew.run_now(lambda: self._transact(work, _WRITE))

    def scrub_now(self) -> None:
        """Gives dead rows back for reuse; what the server's own log and replicas hold is the operator's to expire."""

        def vacuum() -> None:
            self._connection().execute("VACUUM")

        self._crew.run_now(vacuum)

    def close(self) -> None:
        self._crew.close()
        for connection in self._open:
            connection.close()

    def _connection(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(
                self._dsn,
                autocommit=True,  # BEGIN is said by hand, once, with its isolation level
                connect_timeout=CONNECT_SECONDS,
                prepare_threshold=3 if self._prepare else None,
            )
            if self._prepare:
                connection.execute(_BY_KEY)
            self._local.connection, self._local.wire = connection, Wire(connection, prepare=self._prepare)
            self._open = [c for c in self._open if not c.closed] + [connection]
        return connection

    def _transact(self, work: Work[T], begin: bytes) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._attempt(work, begin)
            except _AGAIN:
                if attempt == ATTEMPTS:
                    raise BUSY() from None
                time.sleep(random.uniform(0, PAUSE_SECONDS * attempt))  # noqa: S311 - so that the same two do not meet again
            except psycopg.OperationalError as error:
                # the connection broke before COMMIT was sent: nothing was stored, a new connection may do
                _log.warning("database connection failed: %s", type(error).__name__)
                if attempt == ATTEMPTS or not self._dropped():
                    raise BUSY() from None
        raise AssertionError("unreachable")

    def _dropped(self) -> bool:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        return connection is not None and connection.closed

    def _attempt(self, work: Work[T], begin: bytes) -> T:
        self._connection()
        wire: Wire = self._local.wire
        refusal: Problem | None = None
        tx = PostgresTx(wire)
        wire.begin(begin)
        try:
            try:
                value = work(tx)
            except Problem as problem:
                if not problem.record_kept:
                    raise
                refusal = problem
        except BaseException:
            with contextlib.suppress(psycopg.Error):
                wire.rollback()
            raise
        self._commit(wire)
        tx.committed()
        if refusal is not None:
            raise refusal
        return value

    def _commit(self, wire: Wire) -> None:
        reached("before-commit")
        try:
            said = wire.end(b"COMMIT")
        except psycopg.Error as error:
            if isinstance(error, psycopg.OperationalError) and not isinstance(error, _AGAIN):
                self._connection().close()
                raise UNCERTAIN() from None
            with contextlib.suppress(psycopg.Error):
                wire.rollback()  # a statement that travelled with the COMMIT failed, so the COMMIT was skipped
            with _CONSTRAINTS:
                raise
        reached("after-commit")
        # COMMIT of a transaction in error answers ROLLBACK instead of failing
        if said != b"COMMIT":
            raise psycopg.InternalError("the transaction was rolled back: a work went on after an error")
