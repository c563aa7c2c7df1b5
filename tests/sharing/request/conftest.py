"""The in-process server for the tests of requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.conftest import Backend
from tests.sharing.office import Office, open_office


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def office(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[Backend], str]
) -> AsyncIterator[Office]:
    """On SQLite, unless a test asks for both with `both_databases`."""
    async with open_office(tmp_path, database_url(getattr(request, "param", "sqlite"))) as made:
        yield made
