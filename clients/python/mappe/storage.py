"""Private files: whole or not at all, readable by their owner only, on the disk before anybody is told."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import MappeError


def write_private(path: Path, data: bytes) -> None:
    """Replaces `path` in one step; the folder is made if need be, for the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_new(path: Path, data: bytes, what: str) -> None:
    """As `write_private`, but nothing is ever replaced: MappeError `exists`."""
    if path.exists():
        raise MappeError("exists", f"{path} exists already; {what} is never overwritten.", "Choose another path.")
    write_private(path, data)


def check_private(path: Path) -> None:
    """MappeError `exposed` where others of this machine may read the file."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise MappeError(
            "exposed",
            f"Others on this machine can read {path}.",
            f"Run 'chmod 600 {path}'; if others had access to it, make new keys.",
        )


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
