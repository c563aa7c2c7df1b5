"""Fixtures shared by all tests: real servers, a real PostgreSQL, a real S3. Nothing is skipped when one is missing."""

from __future__ import annotations

import itertools
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, Protocol

import pytest

from app.migrate import upgrade
from kit.clock import ManualClock
from scripts.postgres_server import Postgres
from scripts.s3_server import S3Server
from tests.support.server import Server

Backend = Literal["sqlite", "postgres"]
Blobs = Literal["local", "s3"]


class ServerFactory(Protocol):
    """`server(database="postgres", blobs="s3", workers=2, WALLET_BYTES="1000")`"""

    def __call__(
        self, *, database: Backend = "sqlite", blobs: Blobs = "local", workers: int = 1, start: bool = True, **env: str
    ) -> Server: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that needs S3 runs in one worker, so that only one gateway is started."""
    for item in items:
        if "s3" in getattr(item, "fixturenames", ()) or "s3" in item.name:
            item.add_marker(pytest.mark.xdist_group("s3"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A cluster of our own. Not under tmp_path: pytest closes its folders to other users, also to PostgreSQL's."""
    with Postgres.start(Path(tempfile.mkdtemp(prefix="mappe-postgres-"))) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server."""
    with S3Server.start(tmp_path_factory.mktemp("s3") / "ceph") as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Backend], str]:
    """Makes the URL of a fresh, migrated database."""

    def make(backend: Backend) -> str:
        if backend == "sqlite":
            url = f"sqlite:///{tmp_path / f'{secrets.token_hex(4)}.db'}"
        else:
            url = request.getfixturevalue("postgres").new_database()
        upgrade(url)
        return url

    return make


@pytest.fixture
def server(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[Backend], str]
) -> Iterator[ServerFactory]:
    """Starts server processes; they end with the test."""
    made: list[Server] = []
    numbers = itertools.count()

    def make(
        *, database: Backend = "sqlite", blobs: Blobs = "local", workers: int = 1, start: bool = True, **env: str
    ) -> Server:
        settings = {f"MAPPE_{name}": value for name, value in env.items()}
        settings["MAPPE_WORKERS"] = str(workers)
        settings.setdefault("MAPPE_DATABASE_URL", database_url(database))
        if blobs == "s3":
            s3: S3Server = request.getfixturevalue("s3")
            settings |= {
                "MAPPE_BLOBS": s3.new_bucket(f"t{secrets.token_hex(8)}"),
                "MAPPE_S3_ENDPOINT": s3.endpoint,
                "MAPPE_S3_REGION": s3.region,
                "MAPPE_S3_ACCESS_KEY": s3.access_key,
                "MAPPE_S3_SECRET_KEY": s3.secret_key,
            }
        folder = tmp_path / f"server-{next(numbers)}"
        folder.mkdir()
        one = Server(folder, settings)
        made.append(one)
        return one.start() if start else one

    yield make
    for one in made:
        one.remove()
