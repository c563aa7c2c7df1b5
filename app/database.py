"""The one place that looks at a database URL."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from kit.database import Database
from kit.limits import DATABASE_THREADS
from kit.postgres import PostgresDatabase
from kit.sqlite import SqliteDatabase, prepare_file


def make_database(url: str, *, threads: int = DATABASE_THREADS, prepare: bool = True) -> Database:
    """`sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user@host/name`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(_file(parsed), threads=threads)
    if parsed.get_backend_name() == "postgresql":
        dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresDatabase(dsn, threads=threads, prepare=prepare)
    raise ValueError("the database URL must begin with sqlite:// or postgresql://")


def make_engine(url: str) -> Engine:
    """A SQLAlchemy engine for migrations and for tests that look at the schema; the server itself does not use it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = _file(parsed)
        prepare_file(path)
        return sa.create_engine(parsed, poolclass=sa.NullPool)
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ValueError("an embedded database needs a file")
    return Path(url.database)
