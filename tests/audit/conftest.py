"""A log on a real, migrated database, with wallets whose log keys the test holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats.encoding import b64u
from mappe.formats.log import Event, LogPin, Row, check_rows

from app.database import make_database
from audit import reading
from audit.chain import Appended, append, open_chain
from audit.ledger_file import LedgerFile
from audit.sequencer import Sequencer
from kit.database import Database, Tx
from kit.ids import new_id
from kit.signing import SigningKey, new_signing_key

NOW = 1_800_000_000
LOG = "mappe.example/mappe-log"


@dataclass
class Wallet:
    """A wallet as its holder knows it."""

    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    def check(self, page: reading.ChainPage, pin: LogPin | None = None) -> tuple[LogPin, list[tuple[Row, Event]]]:
        """The holder's check of log.md, by the client's own code."""
        rows = [Row(entry.seq, entry.leaf, b64u(entry.body)) for entry in page.entries]
        return check_rows(self.key, self.id, rows, pin or LogPin())


@dataclass
class Log:
    """The log of one deployment; `sequence` does what the background runner does every second."""

    db: Database
    url: str
    folder: Path
    key: SigningKey = field(default_factory=lambda: new_signing_key("log", NOW))

    def __post_init__(self) -> None:
        self.ledger = LedgerFile(self.folder / "ledger")
        self.sequencer = Sequencer(self.db, LOG, self.key, self.ledger)

    def wallet(self) -> Wallet:
        wallet = Wallet()
        public = wallet.key.public_key().public_bytes_raw()
        self.db.write_now(lambda tx: open_chain(tx, wallet.id, public))
        return wallet

    def append(self, wallet: Wallet, count: int = 1, **event: Any) -> list[Appended]:
        return self.db.write_now(lambda tx: [write(tx, wallet.id, **event) for _ in range(count)])

    def sequence(self, now: int = NOW) -> int:
        return self.sequencer.round(now)

    def page(self, wallet: Wallet, after: int = 0, limit: int = 10_000) -> reading.ChainPage:
        return self.db.read_now(lambda tx: reading.chain(tx, wallet.id, after, limit))

    def run(self, sql: str, **params: Any) -> int:
        """A hand in the database."""
        return self.db.write_now(lambda tx: tx.run(sql, **params))

    def all(self, sql: str, **params: Any) -> list[Any]:
        return self.db.read_now(lambda tx: tx.all(sql, **params))


def write(tx: Tx, wallet: bytes, **event: Any) -> Appended:
    """An entry that is never capped, unless the test says otherwise."""
    given: dict[str, Any] = {"kind": "grant-created", "actor": {"type": "device", "id": "d"}, "now": NOW} | event
    return append(tx, wallet=wallet, **given)


def new_grant() -> str:
    return b64u(new_id())


@pytest.fixture(params=["sqlite", "postgres"])
def log(request: pytest.FixtureRequest, database_url: Callable[[Any], str], tmp_path: Path) -> Iterator[Log]:
    """On both backends."""
    url = database_url(request.param)
    db = make_database(url)
    yield Log(db, url, tmp_path)
    db.close()


@pytest.fixture
def sqlite_log(database_url: Callable[[Any], str], tmp_path: Path) -> Iterator[Log]:
    """Where the backend makes no difference."""
    url = database_url("sqlite")
    db = make_database(url)
    yield Log(db, url, tmp_path)
    db.close()


@pytest.fixture
def postgres_log(database_url: Callable[[Any], str], tmp_path: Path) -> Iterator[Log]:
    """What only PostgreSQL does."""
    url = database_url("postgres")
    db = make_database(url)
    yield Log(db, url, tmp_path)
    db.close()
