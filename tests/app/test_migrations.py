"""The migrations give exactly the schema that the tables declare, on both backends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.database import make_engine
from app.migrate import upgrade
from app.tables import metadata
from tests.conftest import Backend


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_no_drift(database_url: Callable[[Backend], str], backend: Backend) -> None:
    url = database_url(backend)
    upgrade(url)  # again: nothing left to do
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []
    engine.dispose()


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_a_device_of_the_first_release_is_the_holders_own(
    backend: Backend, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        url = request.getfixturevalue("postgres").new_database()
    upgrade(url, "0001")
    engine = make_engine(url)
    row = {"wallet": b"w" * 32, "jkt": "a" * 43}
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO wallet_devices (wallet_id, jkt, label, created, seen, generation) "
                "VALUES (:wallet, :jkt, 'phone', 1, 2, 3)"
            ),
            row,
        )
    upgrade(url)
    with engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT label, generation, until FROM wallet_devices")).all()
    engine.dispose()
    assert [tuple(one) for one in kept] == [("phone", 3, None)]
