"""SQLite: one writer thread that commits many works with one fsync, and a bounded pool of readers.

An fsync costs more than a hundred small statements. So callers queue their works, and the writer takes all that wait,
runs them in one transaction and lets the callers go after its single COMMIT (synchronous=FULL). Under no load a batch
is one work; under load it grows by itself, and no timer is needed.

A work that fails must not harm its neighbours. Each work gets a savepoint, but only at its first statement that can
change something and only if it is not alone: a refusal that has only read costs nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from kit.database import Asked, ConstraintViolated, Row, Value, Work
from kit.errors import BUSY, Problem
from kit.failpoints import reached
from kit.handoff import Crew, Deliveries, Job
from kit.limits import DATABASE_THREADS, MIB, WRITE_BATCH, WRITE_QUEUE
from kit.sql import for_sqlite

T = TypeVar("T")
_log = logging.getLogger(__name__)

BUSY_MILLISECONDS = 10_000  # another process may be checkpointing or migrating; longer than that is a fault
SCRUB_MILLISECONDS = 500  # it holds up writers while a reader keeps it waiting, as a backup does; the next one may do
CHECKPOINT_PAGES = 4_000  # 16 MiB of WAL: fewer stalls on the write path than the default 1,000
CACHED_STATEMENTS = 512  # the program's whole vocabulary stays prepared
_STOP = object()


def prepare_file(path: Path) -> None:
    """Makes the file readable for its owner alone; SQLite gives its log and index files the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with the settings that durability and erasure rest on."""
    con = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=CACHED_STATEMENTS)
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # deleted sealed boxes are overwritten, not only unlinked
        "temp_store=MEMORY",  # savepoint journals never touch the disk
        f"mmap_size={256 * MIB}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        f"query_only={'ON' if read_only else 'OFF'}",
    ):
        con.execute(f"PRAGMA {pragma}").fetchall()
    return con


class _Answered:
    """Here nothing is ever on its way."""

    __slots__ = ("_row",)

    def __init__(self, row: Row | None) -> None:
        self._row = row

    def one(self) -> Row | None:
        return self._row


class SqliteTx:
    """A work's view of its transaction."""

    __slots__ = ("_callbacks", "_con", "_guarded", "_isolate")

    def __init__(self, con: sqlite3.Connection, *, isolate: bool) -> None:
        self._con = con
        self._isolate = isolate
        self._guarded = False
        self._callbacks: list[Callable[[], None]] | None = None

    def _execute(self, sql: str, params: Mapping[str, Value]) -> sqlite3.Cursor:
        statement = for_sqlite(sql)
        if statement.writes and self._isolate and not self._guarded:
            self._con.execute("SAVEPOINT work")
            self._guarded = True
        try:
            return self._con.execute(statement.text, params)
        except sqlite3.IntegrityError as error:
            raise ConstraintViolated(str(error)) from error

    def run(self, sql: str, /, **params: Value) -> int:
        return self._execute(sql, params).rowcount

    def later(self, sql: str, /, **params: Value) -> None:
        self._execute(sql, params)

    def soon(self, sql: str, /, **params: Value) -> Asked:
        return _Answered(self._execute(sql, params).fetchone())

    def run_many(self, sql: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        for row in rows:
            self._execute(sql, row)

    def one(self, sql: str, /, **params: Value) -> Row | None:
        row: Row | None = self._execute(sql, params).fetchone()
        return row

    def all(self, sql: str, /, **params: Value) -> list[Row]:
        return self._execute(sql, params).fetchall()

    def after_commit(self, fn: Callable[[], None]) -> None:
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append(fn)

    def keep(self) -> list[Callable[[], None]]:
        """The work's changes become part of the batch."""
        if self._guarded:
            self._con.execute("RELEASE work")
        return self._callbacks or []

    def undo(self) -> None:
        """The work's changes go; its neighbours' stay."""
        if self._guarded:
            self._con.execute("ROLLBACK TO work")
            self._con.execute("RELEASE work")


class SqliteDatabase:
    """The embedded backend; any number of processes may open the same file."""

    def __init__(self, path: Path, *, threads: int = DATABASE_THREADS) -> None:
        self._path = path
        prepare_file(path)
        self._lock = os.open(f"{path}-writer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._deliveries = Deliveries()
        self._readers = Crew(threads, "sqlite-read")
        self._closed = False
        self._connection = connect(path)
        self._writer = threading.Thread(target=self._write_forever, name="sqlite-write", daemon=True)
        self._writer.start()

    async def read(self, work: Work[T]) -> T:
        return await self._readers.run(lambda: self._read(work))

    def read_now(self, work: Work[T]) -> T:
        return self._readers.run_now(lambda: self._read(work))

    async def write(self, work: Work[T]) -> T:
        job = self._deliveries.job(work)
        self._put(job)
        value: T = await job.future
        return value

    def write_now(self, work: Work[T]) -> T:
        job = self._deliveries.job_now(work)
        self._put(job)
        value: T = job.future.result()
        return value

    def scrub_now(self) -> None:
        """Moves the log into the file and empties it: `secure_delete` has zeroed the pages, the log held old copies."""
        with contextlib.closing(connect(self._path)) as con:
            con.execute(f"PRAGMA busy_timeout={SCRUB_MILLISECONDS}")
            con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._queue.put(_STOP)
        self._writer.join()
        self._readers.close()
        for con in self._open:
            con.close()
        os.close(self._lock)

    def _put(self, job: Job) -> None:
        if self._closed:
            raise RuntimeError("the database is closed")
        if self._queue.qsize() >= WRITE_QUEUE:
            raise BUSY()
        self._queue.put(job)

    def _read(self, work: Work[T]) -> T:
        con: sqlite3.Connection | None = getattr(self._local, "con", None)
        if con is None:
            con = self._local.con = connect(self._path, read_only=True)
            self._open.append(con)
        con.execute("BEGIN")
        try:
            return work(SqliteTx(con, isolate=False))
        finally:
            con.execute("ROLLBACK" if con.in_transaction else "SELECT 1")

    def _write_forever(self) -> None:
        take = self._queue.get
        take_now = self._queue.get_nowait
        stopping = False
        while not stopping:
            batch: list[Job] = []
            item = take()
            try:
                while item is not _STOP:
                    batch.append(item)
                    if len(batch) == WRITE_BATCH:
                        break
                    item = take_now()
                else:
                    stopping = True
            except queue.Empty:
                pass
            if batch:
                self._commit(batch)
        self._connection.close()

    def _commit(self, batch: list[Job]) -> None:
        callbacks: list[Callable[[], None]] = []
        con = self._connection
        # Between processes the kernel's lock wakes the next writer at once; SQLite's own would poll. kill -9 frees it.
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            con.execute("BEGIN IMMEDIATE")
            alone = len(batch) == 1
            for job in batch:
                callbacks += self._run(con, job, isolate=not alone)
            if con.in_transaction:  # a lone work that failed has rolled everything back
                reached("before-commit")
                con.execute("COMMIT")
                reached("after-commit")
        except BaseException as error:
            self._reopen()
            _fail(batch, error)
            callbacks = []
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        for callback in callbacks:
            try:
                callback()
            except Exception:
                _log.exception("after_commit failed")
        self._deliveries.deliver(batch)

    def _run(self, con: sqlite3.Connection, job: Job, *, isolate: bool) -> list[Callable[[], None]]:
        tx = SqliteTx(con, isolate=isolate)
        try:
            job.value = job.task(tx)
            return tx.keep()
        except Problem as refusal:
            job.error = refusal
            if refusal.record_kept:
                return tx.keep()
        except BaseException as error:
            job.error = error
        if not con.in_transaction:
            # a full disk or an I/O error makes SQLite drop the whole transaction: the neighbours are gone too
            raise job.error
        if isolate:
            tx.undo()
        else:
            con.execute("ROLLBACK")
        return []

    def _reopen(self) -> None:
        """After a failed commit nothing this connection believes is trusted."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        self._connection = connect(self._path)


def _fail(batch: list[Job], error: BaseException) -> None:
    busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
    for job in batch:
        job.value = None
        job.error = BUSY() if busy else error
