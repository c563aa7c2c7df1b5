"""SQL is written once, in the common subset of SQLite 3.40 and PostgreSQL 15, with `:name` parameters.

Each driver wants its own spelling; a text is translated once and remembered. String literals, quoted names, comments
and `::` are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_STATEMENTS_REMEMBERED = (
    4096  # the program has some hundreds; texts are never built from input, this only guards memory
)

_TOKEN = re.compile(
    r"""
    (?P<keep> '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: )
  | (?<![\w:]) : (?P<name> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<percent> % )
    """,
    re.VERBOSE | re.DOTALL,
)
_LOCK = re.compile(r"\s+FOR\s+UPDATE(\s+OF\s+\w+)?(\s+SKIP\s+LOCKED|\s+NOWAIT)?\s*;?\s*\Z", re.IGNORECASE)
_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text in a driver's spelling, and whether it can change anything."""

    text: str
    writes: bool


@lru_cache(_STATEMENTS_REMEMBERED)
def for_sqlite(sql: str) -> Statement:
    """`:name` is SQLite's own spelling; only the row lock goes, because a SQLite writer is alone anyway."""
    return Statement(_LOCK.sub("", sql), _writes(sql))


@lru_cache(_STATEMENTS_REMEMBERED)
def for_psycopg(sql: str) -> Statement:
    """`:name` becomes `%(name)s`, and every other percent sign is doubled, inside literals too, as psycopg asks."""

    def spell(found: re.Match[str]) -> str:
        if name := found["name"]:
            return f"%({name})s"
        return found[0].replace("%", "%%")

    return Statement(_TOKEN.sub(spell, sql), _writes(sql))


@lru_cache(_STATEMENTS_REMEMBERED)
def for_libpq(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """`:name` becomes `$1`, `$2`, … in the order of first use; the text, and the names in that order."""
    names: list[str] = []

    def spell(found: re.Match[str]) -> str:
        name = found["name"]
        if not name:
            return found[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _TOKEN.sub(spell, sql).encode(), tuple(names)


def _writes(sql: str) -> bool:
    first = _WORD.match(sql)
    # WITH may hold an INSERT: everything that is not plainly a SELECT counts as a write
    return first is None or first[1].upper() != "SELECT"
