"""Statements straight through libpq, for connections that psycopg has opened.

A redeem is ten statements, and a psycopg cursor spends more time on one than the server does: it waits in a generator,
adapts by Python type, describes every column. Here a statement is prepared once a connection and from then on is one
call that blocks without the interpreter's lock. Only the types of kit.columns exist: bytes, int, str, None. A statement
whose result has another type (a sum is a numeric) goes through a cursor, and so does every one where nothing may be
prepared (PgBouncer in transaction mode).
"""

from __future__ import annotations

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
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Answer(NamedTuple):
    """What a statement gave: its rows (none for one that returns nothing), and how many it touched."""

    rows: list[Row]
    touched: int


class _Plan(NamedTuple):
    """A statement as the server knows it; `readers` None: through a cursor."""

    name: bytes
    readers: tuple[Callable[[bytes], Any], ...] | None


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

    def command(self, text: bytes) -> bytes:
        """BEGIN, COMMIT or ROLLBACK; the server's word for what it did."""
        result = self._pg.exec_(text)
        self._check(result)
        return result.command_status or b""

    def execute(self, sql: str, params: Mapping[str, Value]) -> Answer:
        """Raises what psycopg raises."""
        if not self._prepares:
            return self._through_cursor(sql, params)
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
        if plan.readers is None:
            return self._through_cursor(sql, params)
        result = self._pg.exec_prepared(plan.name, values, formats, _BINARY)  # type: ignore[arg-type]  # None is NULL
        status = result.status
        if status != ExecStatus.TUPLES_OK:
            self._check(result)
            return Answer([], result.command_tuples or 0)
        get, readers = result.get_value, plan.readers
        rows = []
        for at in range(result.ntuples):
            row = []
            for column, read in enumerate(readers):
                data = get(at, column)
                row.append(None if data is None else read(data))
            rows.append(tuple(row))
        return Answer(rows, result.command_tuples or 0)

    def execute_many(self, sql: str, rows: Iterable[Mapping[str, Value]]) -> None:
        """A cursor sends them all before it waits, which is what counts for many."""
        with self._connection.cursor() as cursor:
            cursor.executemany(for_psycopg(sql).text, rows)

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
