"""What a recipient remembers, so that a server cannot show it two truths.

For each grant the highest version and its record; for each log the largest tree; for each registry the newest version;
for each server the keys that have signed. A small SQLite file: several programs of one office may read at once, and a
pin is on the disk before anything is shown.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..formats.grant import Seen
from .errors import NotAuthentic

BUSY_SECONDS = 10.0  # how long one program waits for another that is writing a pin

_TABLES = """
CREATE TABLE IF NOT EXISTS grant_seen (
    id BLOB PRIMARY KEY, version INTEGER NOT NULL, record BLOB NOT NULL, token TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (id BLOB NOT NULL, token TEXT NOT NULL, PRIMARY KEY (id, token)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS newest (
    kind TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
"""


class Pins:
    """`path` None: remembered for the life of the object only, as a link holder without an office would."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None)
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def seen(self, grant: bytes) -> Seen | None:
        """The highest version of this grant that was read here."""
        row = self._db.execute("SELECT version, record FROM grant_seen WHERE id = ?", (grant,)).fetchone()
        return None if row is None else Seen(row[0], row[1])

    def record(self, grant: bytes) -> str | None:
        """The record of that version, signed by the holder."""
        row = self._db.execute("SELECT token FROM grant_seen WHERE id = ?", (grant,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, grant: bytes, seen: Seen, token: str) -> None:
        """Raises the pin; `token` is the record itself. NotAuthentic `rolled-back`, `two-faced` against what another
        program of this office has read meanwhile."""
        with self._writing() as db:
            row = db.execute("SELECT version, record FROM grant_seen WHERE id = ?", (grant,)).fetchone()
            if row is not None and seen.version < row[0]:
                raise NotAuthentic("rolled-back", "An older version was sent than the one read here before.")
            if row is None or seen.version > row[0]:
                db.execute(
                    "INSERT OR REPLACE INTO grant_seen (id, version, record, token) VALUES (?, ?, ?, ?)",
                    (grant, seen.version, seen.record, token),
                )
                return
        if seen.record != row[1]:
            self.keep_evidence(grant, token)
            raise NotAuthentic("two-faced", "Two different contents exist under one version of this grant.")

    def keep_evidence(self, grant: bytes, token: str) -> None:
        """Keeps a record that contradicts the pinned one: both are signed by the holder's key, or one is forged."""
        with self._writing() as db:
            row = db.execute("SELECT token FROM grant_seen WHERE id = ?", (grant,)).fetchone()
            for text in [token, *([row[0]] if row else [])]:
                db.execute("INSERT OR IGNORE INTO evidence (id, token) VALUES (?, ?)", (grant, text))

    def evidence(self, grant: bytes) -> list[str]:
        """The contradicting records of a grant, to be shown to the holder."""
        rows = self._db.execute("SELECT token FROM evidence WHERE id = ? ORDER BY token", (grant,))
        return [row[0] for row in rows]

    def newest(self, kind: str, name: str) -> tuple[int, bytes] | None:
        """Number and hash of the newest of its kind: `registry` of a bundle, `tree` of a log."""
        row = self._db.execute("SELECT number, hash FROM newest WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return None if row is None else (row[0], row[1])

    def raise_newest(self, kind: str, name: str, number: int, hash: bytes) -> None:
        """Remembers a newer one; one that is not newer than the pin changes nothing."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO newest (kind, name, number, hash) VALUES (?, ?, ?, ?) ON CONFLICT (kind, name) DO UPDATE "
                "SET number = excluded.number, hash = excluded.hash WHERE excluded.number > newest.number",
                (kind, name, number, hash),
            )
