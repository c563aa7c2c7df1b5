"""The ledger outside the database: append-only files, one JSON object a line, fsynced before anything relies on them.

`facts-<day>.jsonl` holds what a restored backup must not undo, `checkpoints-<day>.jsonl` what this log has signed, and
`leaves-<day>.jsonl` the leaves under it, so that a restored tree can be brought up to its last checkpoint. The
operator replicates the directory apart from the database (D21) and keeps each file longer than the oldest backup. A
line that a crash cut short was never relied upon; it is ended and skipped. Several hosts may each have a directory of
their own: after a restore all of their files are replayed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit.failpoints import reached
from kit.ids import b64u, unb64u


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the ledger, as `audit.ledger.record` took it."""

    wallet: bytes
    kind: str
    key: bytes
    value: int


class LedgerFile:
    """The directory; several processes may append, because each append is one write of whole lines."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._last: dict[str, tuple[int, bytes]] = {}

    def append(self, facts: Iterable[Fact], now: int) -> None:
        """Writes facts; durable when it returns."""
        self._write(
            "facts",
            now,
            (
                {"wallet": b64u(f.wallet), "kind": f.kind, "key": b64u(f.key), "value": f.value, "time": now}
                for f in facts
            ),
        )

    def facts(self) -> Iterator[Fact]:
        """Every fact, oldest first."""
        for path in self._files("facts"):
            for line in _lines(path):
                yield Fact(unb64u(line["wallet"], 32), line["kind"], unb64u(line["key"]), line["value"])

    def add_checkpoint(self, log: str, size: int, root: bytes, now: int) -> None:
        """Remembers a checkpoint before it leaves; durable when it returns."""
        self._write("checkpoints", now, [{"log": log, "size": size, "root": b64u(root), "time": now}])
        self._last[log] = (size, root)

    def add_leaves(self, log: str, first: int, leaves: bytes, now: int) -> None:
        """Remembers consecutive leaves of the tree, 32 bytes each, before a checkpoint over them is signed."""
        self._write("leaves", now, [{"log": log, "first": first, "leaves": b64u(leaves), "time": now}])

    def leaves(self, log: str) -> Iterator[tuple[int, bytes]]:
        """Runs of leaves as they were written: index of the first, and the hashes. Runs may overlap."""
        for path in self._files("leaves"):
            for line in _lines(path):
                if line["log"] == log:
                    yield line["first"], unb64u(line["leaves"])

    def add_statement(self, name: str, text: str) -> Path:
        """Keeps a signed text beside the ledger, under a name of its own; durable when it returns."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / name
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _sync_directory(self._directory)
        return path

    def last_checkpoint(self, log: str) -> tuple[int, bytes] | None:
        """Size and root of the last checkpoint of this log. Read from the files once; see `reload`."""
        if log not in self._last:
            for path in reversed(self._files("checkpoints")):
                sizes = [(line["size"], unb64u(line["root"], 32)) for line in _lines(path) if line["log"] == log]
                if sizes:
                    self._last[log] = max(sizes)
                    break
        return self._last.get(log)

    def reload(self) -> None:
        """Forgets what was read: for a process that takes over from another one."""
        self._last.clear()

    def _files(self, prefix: str) -> list[Path]:
        return sorted(self._directory.glob(f"{prefix}-*.jsonl"))

    def _write(self, prefix: str, now: int, lines: Iterable[Mapping[str, object]]) -> None:
        data = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / f"{prefix}-{datetime.fromtimestamp(now, UTC).date().isoformat()}.jsonl"
        fresh = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                data = b"\n" + data
            while data:
                data = data[os.write(fd, data) :]
            reached("ledger-before-sync")
            os.fsync(fd)
        finally:
            os.close(fd)
        if fresh:
            _sync_directory(self._directory)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut short by a crash, before anything relied on it
            if isinstance(line, dict):
                yield line


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
