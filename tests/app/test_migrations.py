"""The migrations give exactly the schema that the tables declare, on both backends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
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
