"""A backup on disk: tables as JSON lines, blobs as files, and a manifest, written last, that vouches for all of it.

    DIR/manifest.json
    DIR/tables/<table>.jsonl      one row a line, in the order of the manifest's columns; bytes are {"b": base64url}
    DIR/blobs.jsonl               {"key", "size", "sha256"} of each blob
    DIR/blobs/<kind>/<id>

The same files come from SQLite and from PostgreSQL and go into either. Without a manifest there is no backup.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from kit.blobs import check_key
from kit.database import Row, Value
from kit.ids import b64u, unb64u

FORMAT = 1


class BackupBroken(Exception):
    """The directory is no whole backup; a sentence says why."""


@dataclass
class Manifest:
    """What was saved, from which log, with which schema. `files`: name -> SHA-256; `tables`: columns and rows."""

    format: int
    made: int
    schema: str
    log: str
    log_keys: list[str]
    tree_size: int
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    blobs: int = 0


def encode_row(row: Row) -> str:
    """One line."""
    return json.dumps([{"b": b64u(v)} if isinstance(v, bytes) else v for v in row], separators=(",", ":"))


def decode_row(line: str) -> list[Value]:
    """The values of one line."""
    return [unb64u(v["b"]) if isinstance(v, dict) else v for v in json.loads(line)]


class Writer:
    """Writes into a new directory that nobody else can read."""

    def __init__(self, directory: Path) -> None:
        if directory.exists() and any(directory.iterdir()):
            raise BackupBroken(f"{directory} is not empty; a backup needs a directory of its own")
        for part in ("tables", "blobs"):
            (directory / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._directory = directory
        self._hashes: dict[str, str] = {}

    def lines(self, name: str, lines: Iterable[str]) -> int:
        """Writes a text file durably; how many lines."""
        count, digest = 0, sha256()
        with _create(self._directory / name) as file:
            for line in lines:
                data = line.encode() + b"\n"
                digest.update(data)
                file.write(data)
                count += 1
            _flush(file)
        self._hashes[name] = digest.hexdigest()
        return count

    def blob(self, key: str) -> Any:
        """An open file for one blob's bytes."""
        path = blob_path(self._directory, key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _create(path)

    def finish(self, manifest: Manifest) -> None:
        """From now on it is a backup."""
        manifest.files = self._hashes
        for folder in (self._directory / "tables", *(self._directory / "blobs").glob("*"), self._directory):
            sync_directory(folder)
        with _create(self._directory / "manifest.json") as file:
            file.write(json.dumps(asdict(manifest), indent=1).encode() + b"\n")
            _flush(file)
        sync_directory(self._directory)


def read_manifest(directory: Path) -> Manifest:
    """The manifest, after every file that it names has the hash that it says. BackupBroken."""
    try:
        manifest = Manifest(**json.loads((directory / "manifest.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise BackupBroken(f"{directory} holds no finished backup: there is no readable manifest.json") from None
    if manifest.format != FORMAT:
        raise BackupBroken(f"format {manifest.format} is not one that this version reads")
    for name, expected in manifest.files.items():
        try:
            with (directory / name).open("rb") as file:
                found = _digest(file)
        except OSError:
            raise BackupBroken(f"{name} is missing") from None
        if found != expected:
            raise BackupBroken(f"{name} was changed or damaged after the backup was made")
    return manifest


def read_lines(directory: Path, name: str) -> Iterator[str]:
    with (directory / name).open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def blob_path(directory: Path, key: str) -> Path:
    return directory / "blobs" / check_key(key)


def sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _create(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _digest(file: Any) -> str:
    digest = sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
