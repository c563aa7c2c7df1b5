"""The in-process server for the tests of desks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.conftest import Backend
from tests.sharing.grant.world import World, open_world


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite"])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[Backend], str]
) -> AsyncIterator[World]:
    """On SQLite; what rests on locks and statements asks for both backends with `both`."""
    async with open_world(tmp_path, database_url(request.param)) as made:
        yield made
