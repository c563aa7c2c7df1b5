"""Alembic without its command line: the same history on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for this database."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["url"] = url  # not an option: it may hold a password and percent signs
    return settings


def upgrade(url: str) -> None:
    """Brings the schema to the newest revision; several processes may try at once."""
    command.upgrade(config(url), "head")
