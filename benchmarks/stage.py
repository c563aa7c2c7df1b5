"""The product as it is installed: a real server process with a registry and an office, on the server's core."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mappe.agency.client import Agency
from mappe.formats.jwk import ed25519_thumbprint

from app.database import make_database
from benchmarks import shares
from benchmarks.machine import SERVER_CPU, pin
from benchmarks.redeeming import Caller
from benchmarks.settings import Comparison
from benchmarks.shares import Share
from tests.support.district import District, Office
from tests.support.server import Server

OFFICE = Office(
    "sozialamt-musterstadt",
    "Sozialamt Musterstadt",
    "Rathausplatz 2, 12345 Musterstadt",
    "can-sanction",
    {"competence-check": ("public-task", "Zuständigkeit prüfen", ("person.family_name",))},
)


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder on the machine's disk that the user of a database server may enter; gone at the end."""
    path = Path(tempfile.mkdtemp(prefix="mappe-bench-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Stage:
    """A running product."""

    district: District
    office: Agency
    database: str

    @property
    def server(self) -> Server:
        return self.district.server

    def caller(self) -> Caller:
        """The office's program with a token that is good for minutes."""
        connection = self.office.server
        connection.proof("POST", "/", b"")  # signs in where the token is nearly over
        assert connection.token is not None
        return Caller(self.server.origin, self.office.keys.of("login")[0].ed25519, connection.token)

    def shares(self, count: int) -> list[Share]:
        """As many wallets, with one grant each for the office. Not stored anywhere yet."""
        public = self.office.keys.of("seal")[0].public
        return [shares.make(OFFICE.id, public) for _ in range(count)]

    def seed(self, made: list[Share]) -> None:
        """Writes them into the product's database."""
        database = make_database(self.database)
        try:
            shares.store(database, made)
        finally:
            database.close()

    def comparison(self, port: int, database: Path, secret: str) -> Comparison:
        """What a comparison server needs to know to answer the same office."""
        keys = self.office.keys
        return Comparison(
            f"http://127.0.0.1:{port}",
            str(database),
            str(database.parent),
            secret,
            OFFICE.id,
            ed25519_thumbprint(keys.of("login")[0].ed25519.public_key().public_bytes_raw()),
            keys.of("seal")[0].kid,
        )


@contextmanager
def product(where: Path, env: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Started as an operator does it, with the clock of the machine."""
    server = Server(where / "product", {"MAPPE_WALLETS_PER_HOUR": "1000000", **(env or {})})
    for name in ("MAPPE_TESTING", "MAPPE_CLOCK_FILE"):  # the tests' clock is a file that is read at every request
        server.env.pop(name, None)
    server.folder.mkdir(parents=True, exist_ok=True)
    district = District(server, where / "district").prepare()
    server.run("migrate")
    server.start()
    try:
        pin(server.pid, SERVER_CPU)
        district.enrol(OFFICE)
        database = server.env.get("MAPPE_DATABASE_URL", f"sqlite:///{server.data / 'mappe.db'}")
        yield Stage(district, district.offices[OFFICE.id], database)
    finally:
        server.stop()
