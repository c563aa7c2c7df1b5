"""Column types shared by every slice's tables. Only bytes, int, str and None ever reach the database.

No booleans, no JSON, no datetimes: what is stored reads the same on SQLite and PostgreSQL, and every time is a whole
number of seconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field


def binary(*, primary_key: bool = False, nullable: bool = False, index: bool = False, foreign_key: Any = None) -> Any:
    """A BYTEA or BLOB column: ids, hashes, keys, sealed objects."""
    return _column(sa.LargeBinary(), primary_key, nullable, index, foreign_key)


def integer(*, primary_key: bool = False, nullable: bool = False, index: bool = False, foreign_key: Any = None) -> Any:
    """A 64-bit whole number: counters, sizes, unix seconds; 0 and 1 for no and yes."""
    return _column(sa.BigInteger(), primary_key, nullable, index, foreign_key)


def text(*, primary_key: bool = False, nullable: bool = False, index: bool = False, foreign_key: Any = None) -> Any:
    """A TEXT column: short public words such as states and kinds; never anything about a person."""
    return _column(sa.Text(), primary_key, nullable, index, foreign_key)


def _column(kind: Any, primary_key: bool, nullable: bool, index: bool, foreign_key: Any) -> Any:
    args: list[Any] = [kind]
    if foreign_key is not None:
        args.append(sa.ForeignKey(foreign_key))
    # autoincrement off: a lone integer key comes from the caller, or the two backends would number differently
    column = sa.Column(*args, primary_key=primary_key, nullable=nullable, index=index, autoincrement=False)
    return Field(default=None if nullable else ..., sa_column=column)
