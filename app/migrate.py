"""Alembic without its command line: the same history on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from app.database import make_engine

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for this database."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["url"] = url  # not an option: it may hold a password and percent signs
    return settings


def upgrade(url: str, to: str = "head") -> None:
    """Brings the schema to the newest revision, or to that of a backup; several processes may try at once."""
    command.upgrade(config(url), to)


def revision(url: str) -> str:
    """The revision of this database's schema; empty if nothing was migrated yet."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    finally:
        engine.dispose()
