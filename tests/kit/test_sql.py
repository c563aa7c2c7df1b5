"""The translator changes names and locks and nothing else."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sql import for_libpq, for_psycopg, for_sqlite

NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="':\"%-/*\x00"), max_size=12)
LITERAL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)


@given(st.lists(st.one_of(PLAIN.map(lambda t: (t, None)), LITERAL.map(lambda t: (t, "")), NAME.map(lambda n: (n, n)))))
def test_names_are_respelt_and_the_rest_stays(parts: list[tuple[str, str | None]]) -> None:
    given_sql = " ".join(f":{text}" if name else text for text, name in parts)
    wanted = " ".join(f"%({text})s" if name else text.replace("%", "%%") for text, name in parts)
    assert for_psycopg(given_sql).text == wanted


@pytest.mark.parametrize(
    ("sql", "postgres"),
    [
        ("SELECT a FROM t WHERE a=:a", "SELECT a FROM t WHERE a=%(a)s"),
        ("SELECT ':a' , \":a\", :a", "SELECT ':a' , \":a\", %(a)s"),
        ("SELECT 'it''s :a' || :b", "SELECT 'it''s :a' || %(b)s"),
        ("SELECT :a::bigint", "SELECT %(a)s::bigint"),
        ("SELECT a LIKE 'x%'", "SELECT a LIKE 'x%%'"),
        ("SELECT 5 % 2", "SELECT 5 %% 2"),
        ("SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, %(b)s"),
        ("SELECT /* :a */ :b", "SELECT /* :a */ %(b)s"),
        ("SELECT a FROM t FOR UPDATE", "SELECT a FROM t FOR UPDATE"),
        ("SELECT a[1:2]", "SELECT a[1:2]"),
    ],
)
def test_postgres_spelling(sql: str, postgres: str) -> None:
    assert for_psycopg(sql).text == postgres


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT a FROM t WHERE a=:a AND b=:b", b"SELECT a FROM t WHERE a=$1 AND b=$2", ("a", "b")),
        ("SELECT :b, :a, :b", b"SELECT $1, $2, $1", ("b", "a")),
        ("SELECT ':a', :a::bigint, 5 % 2 -- :c", b"SELECT ':a', $1::bigint, 5 % 2 -- :c", ("a",)),
        ("SELECT a LIKE 'x%'", b"SELECT a LIKE 'x%'", ()),
    ],
)
def test_libpq_spelling(sql: str, text: bytes, names: tuple[str, ...]) -> None:
    assert for_libpq(sql) == (text, names)


@pytest.mark.parametrize(
    "lock", ["FOR UPDATE", "for update", " FOR\n UPDATE ", "FOR UPDATE SKIP LOCKED", "FOR UPDATE;"]
)
def test_sqlite_drops_only_a_trailing_lock(lock: str) -> None:
    text = for_sqlite(f"SELECT 'x FOR UPDATE' WHERE 1=:one {lock}").text
    assert text == "SELECT 'x FOR UPDATE' WHERE 1=:one"
    assert sqlite3.connect(":memory:").execute(text, {"one": 1}).fetchall() == [("x FOR UPDATE",)]


def test_what_counts_as_a_write() -> None:
    assert not for_sqlite("SELECT 1").writes
    assert not for_sqlite("  -- why\n select 1").writes
    for sql in ("INSERT INTO t VALUES (1)", "WITH a AS (SELECT 1) UPDATE t SET x=1", "DELETE FROM t", ""):
        assert for_sqlite(sql).writes


def test_no_statement_of_the_program_is_built_from_pieces_that_hide_a_name() -> None:
    assert re.fullmatch(r"%\(long_name1\)s", for_psycopg(":long_name1").text)
