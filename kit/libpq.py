"""Statements straight through libpq, for connections that psycopg has opened.

A redeem is ten statements, and a psycopg cursor spends more time on one than the server does: it waits in a generator,
adapts by Python type, describes every column. Here a statement is prepared once a connection and from then on is one
call that blocks without the interpreter's lock. Only the types of kit.columns exist: bytes, int, str, None. A statement
whose result has another type (a sum is a numeric) goes through a cursor, and so does every one where nothing may be
prepared (PgBouncer in transaction mode).

Each wait for the server is two changes of process and one fight for the interpreter. What nobody waits for yet, BEGIN
and statements sent with `later` or `soon`, therefore travels with the next one that somebody does wait for (libpq's
pipeline mode).
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from kit.database import Row, Value
from kit.sql import for_libpq, for_psycopg

_BYTEA, _INT8, _UNKNOWN = 17, 20, 0  # types of parameters; a text takes the type of its place
_TEXT, _BINARY = 0, 1  # formats
MANY = 256  # statements in one trip: more save nothing, and their results are held in memory
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Answer(NamedTuple):
    """What a statement gave: its rows (none for one that returns nothing), and how many it touched."""

    rows: list[Row]
    touched: int


class _Plan(NamedTuple):
    """A statement as the server knows it; `readers` None: through a cursor."""

    name: bytes
    readers: tuple[Callable[[bytes], Any], ...] | None


class Reply:
    """The rows of a statement that was sent with `soon`; None until it has travelled."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: list[Row] | None = None


class _Call(NamedTuple):
    """A prepared statement with its parameters, ready to be sent, and where its rows go if somebody asks for them."""

    plan: _Plan
    values: list[bytes | None]
    formats: list[int]
    reply: Reply | None = None


def _integer(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _same(data: bytes) -> bytes:
    return data


_READERS: Mapping[int, Callable[[bytes], Any]] = {
    17: _same,  # bytea
    20: _integer,
    21: _integer,
    23: _integer,
    25: bytes.decode,  # text
    1043: bytes.decode,  # varchar
}


class Wire:
    """One connection's prepared statements."""

    def __init__(self, connection: psycopg.Connection[Row], *, prepare: bool) -> None:
        self._connection = connection
        self._prepares = prepare
        self._pg = connection.pgconn
        self._prepared = 0
        self._plans: dict[tuple[str, tuple[int, ...]], _Plan] = {}
        self._poll = select.poll()
        self._poll.register(self._pg.socket, select.POLLIN)
        self._waiting: list[_Call | bytes] = []  # bytes: a command without parameters

    def begin(self, text: bytes) -> None:
        """Starts a transaction; it is sent with the first statement."""
        self._waiting = [text]

    def end(self, text: bytes) -> bytes:
        """COMMIT; the server's word for what it did. A transaction in which nothing was said is not even begun."""
        if len(self._waiting) == 1 and isinstance(self._waiting[0], bytes):
            self._waiting = []
            return text
        return self._send(text).command_status or b""

    def rollback(self) -> None:
        """Undoes; what was not sent yet is forgotten."""
        begun = not (self._waiting and isinstance(self._waiting[0], bytes))
        self._waiting = []
        if begun:
            self._check(self._pg.exec_(b"ROLLBACK"))

    def execute(self, sql: str, params: Mapping[str, Value]) -> Answer:
        """Raises what psycopg raises, also for what was sent with `later` before."""
        call = self._call(sql, params)
        if call is None:
            self._flush()
            return self._through_cursor(sql, params)
        return self._read(self._send(call), call.plan)

    def later(self, sql: str, params: Mapping[str, Value]) -> None:
        """A statement whose outcome nobody asks for: sent, in its order, with the next that is waited for."""
        call = self._call(sql, params)
        if call is None:
            self._flush()
            self._through_cursor(sql, params)
        else:
            self._waiting.append(call)

    def soon(self, sql: str, params: Mapping[str, Value]) -> Reply:
        """Like `later`, but its rows can be asked for: `rows` sends it if nothing has by then."""
        reply = Reply()
        call = self._call(sql, params)
        if call is None:
            self._flush()
            reply.rows = self._through_cursor(sql, params).rows
        else:
            self._waiting.append(call._replace(reply=reply))
        return reply

    def rows(self, reply: Reply) -> list[Row]:
        """Raises what psycopg raises, for everything that travelled together."""
        if reply.rows is None:
            self._flush()
        if reply.rows is None:
            raise RuntimeError("asked for after the end of its transaction")
        return reply.rows

    def _call(self, sql: str, params: Mapping[str, Value]) -> _Call | None:
        """None: through a cursor."""
        if not self._prepares:
            return None
        text, names = for_libpq(sql)
        values: list[bytes | None] = []
        types: list[int] = []
        formats: list[int] = []
        for name in names:
            value = params[name]
            if isinstance(value, bytes):
                values.append(value)
                types.append(_BYTEA)
                formats.append(_BINARY)
            elif isinstance(value, int):
                values.append(value.to_bytes(8, "big", signed=True))
                types.append(_INT8)
                formats.append(_BINARY)
            else:
                values.append(None if value is None else value.encode())
                types.append(_UNKNOWN)
                formats.append(_TEXT)
        key = (sql, tuple(types))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._prepare(text, types)
        return None if plan.readers is None else _Call(plan, values, formats)

    def _read(self, result: PGresult, plan: _Plan) -> Answer:
        if result.status != ExecStatus.TUPLES_OK:
            return Answer([], result.command_tuples or 0)
        assert plan.readers is not None
        get, readers = result.get_value, plan.readers
        rows = []
        for at in range(result.ntuples):
            row = []
            for column, read in enumerate(readers):
                data = get(at, column)
                row.append(None if data is None else read(data))
            rows.append(tuple(row))
        return Answer(rows, result.command_tuples or 0)

    def _flush(self) -> None:
        """Sends what waits, the last of it as what is waited for."""
        if self._waiting:
            self._send(self._waiting.pop())

    def _send(self, last: _Call | bytes) -> PGresult:
        """Everything that waits and then `last`, whose result this is; the first error of any of them."""
        waiting, self._waiting = self._waiting, []
        calls = [*waiting, last]
        results = self._together(calls) if waiting else [self._alone(last)]
        for result in results:
            self._check(result)
        for call, result in zip(calls, results, strict=True):
            if isinstance(call, _Call) and call.reply is not None:
                call.reply.rows = self._read(result, call.plan).rows
        return results[-1]

    def _alone(self, call: _Call | bytes) -> PGresult:
        if isinstance(call, bytes):
            return self._pg.exec_(call)
        return self._pg.exec_prepared(call.plan.name, call.values, call.formats, _BINARY)  # type: ignore[arg-type]  # None is NULL

    def _together(self, calls: list[_Call | bytes]) -> list[PGresult]:
        """One trip. After an error the server skips the rest up to the sync, a COMMIT too."""
        pg = self._pg
        results: list[PGresult] = []
        try:
            pg.enter_pipeline_mode()
            for call in calls:
                if isinstance(call, bytes):
                    pg.send_query_params(call, None)
                else:
                    pg.send_query_prepared(call.plan.name, call.values, call.formats, _BINARY)
            pg.pipeline_sync()
            self._push()
            while not results or results[-1].status != ExecStatus.PIPELINE_SYNC:
                result = self._next()
                if result is not None:  # None stands behind each statement
                    results.append(result)
            pg.exit_pipeline_mode()
        except BaseException:
            self._connection.close()  # half an answer was read: whoever came next would read the other half
            raise
        return results[:-1]  # without the sync

    def _push(self) -> None:
        """Until the socket has taken everything: psycopg's connections do not block, and what libpq still holds is
        answered by nobody. The server may have to be heard before it reads on."""
        pg = self._pg
        if pg.flush() == 0:
            return
        self._poll.modify(pg.socket, select.POLLIN | select.POLLOUT)
        try:
            while pg.flush() == 1:
                if any(event & ~select.POLLOUT for _, event in self._poll.poll()):
                    pg.consume_input()
        finally:
            self._poll.modify(pg.socket, select.POLLIN)

    def _next(self) -> PGresult | None:
        """Waits without the interpreter's lock: the row that the server waits for may be another thread's."""
        pg = self._pg
        while pg.is_busy():
            self._poll.poll()
            pg.consume_input()
        result = pg.get_result()
        if result is None and pg.status == ConnStatus.BAD:
            raise psycopg.OperationalError("the connection is lost")
        return result

    def execute_many(self, sql: str, rows: Iterable[Mapping[str, Value]]) -> None:
        """Once for each row, in trips of MANY statements."""
        if not self._prepares:
            self._flush()
            with self._connection.cursor() as cursor:
                cursor.executemany(for_psycopg(sql).text, rows)
            return
        for row in rows:
            self.later(sql, row)
            if len(self._waiting) >= MANY:
                self._flush()
        self._flush()

    def _prepare(self, text: bytes, types: list[int]) -> _Plan:
        self._prepared += 1
        name = b"mappe_%d" % self._prepared
        self._check(self._pg.prepare(name, text, types))
        told = self._pg.describe_prepared(name)
        self._check(told)
        oids = [told.ftype(column) for column in range(told.nfields)]
        known = all(oid in _READERS for oid in oids)
        return _Plan(name, tuple([_READERS[oid] for oid in oids]) if known else None)

    def _through_cursor(self, sql: str, params: Mapping[str, Value]) -> Answer:
        with self._connection.cursor() as cursor:
            cursor.execute(for_psycopg(sql).text, params)
            return Answer([] if cursor.description is None else cursor.fetchall(), cursor.rowcount)

    def _check(self, result: PGresult) -> None:
        if result.status in _GOOD:
            return
        if self._pg.status == ConnStatus.BAD and result.error_field(DiagnosticField.SQLSTATE) is None:
            raise psycopg.OperationalError("the connection is lost")
        raise error_from_result(result, encoding="utf-8")
