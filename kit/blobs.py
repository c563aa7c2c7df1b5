"""Sealed files: written once, piece by piece, never overwritten, read by range.

A blob grows by appends at its exact end until `finish` closes it for ever. What an append has stored is durable when it
returns, and also when the sender's connection broke: the next append goes on from `stat().size`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from kit.errors import problem

IDLE_SECONDS = 30  # a sender that is silent for longer has gone; the upload can be resumed
_KEY = re.compile(r"[a-z]{1,16}/[0-9a-f]{32,64}\Z")

WRONG_OFFSET = problem(
    "offset-mismatch",
    409,
    "The upload does not continue where the stored part ends.",
    "Ask for the stored size and send the bytes from there.",
    "after-change",
)
UPLOAD_BUSY = problem(
    "upload-busy",
    409,
    "Another connection is sending to this upload.",
    "Wait a moment, ask for the stored size and go on from there.",
    "later",
    headers={"Retry-After": "2"},
)
UPLOAD_CLOSED = problem(
    "upload-closed",
    409,
    "This upload is complete; its bytes cannot be changed.",
    "Use it as it is, or start a new upload with a new key.",
)
UPLOAD_STALLED = problem(
    "upload-stalled",
    408,
    "No bytes have arrived for too long; what came before is stored.",
    "Ask for the stored size and go on from there.",
    "same-request",
)
STORAGE_FULL = problem(
    "storage-full",
    507,
    "The server has no room for this; nothing of it was kept.",
    "Try again later, or tell the operator.",
    "later",
    headers={"Retry-After": "300"},
)


class BlobMissing(Exception):
    """There is no blob under this key; the caller decides what that means to whom."""


class BlobExists(Exception):
    """Something is already stored under this key."""


@dataclass(frozen=True, slots=True)
class BlobStat:
    """How much is stored, and whether it is complete."""

    size: int
    finished: bool


class BlobStore(Protocol):
    """Either backend; chosen once in `app`. A key is `kind/hex`, made from a random id by `blob_key`."""

    async def create(self, key: str) -> None:
        """Starts an empty upload. Raises BlobExists."""
        ...

    async def stat(self, key: str) -> BlobStat | None:
        """What is stored under the key, if anything."""
        ...

    async def append(self, key: str, offset: int, chunks: AsyncIterator[bytes], *, limit: int) -> int:
        """Stores the chunks from `offset` on and returns the new size.

        Raises BlobMissing, WRONG_OFFSET, UPLOAD_BUSY, UPLOAD_CLOSED. Past `limit` bytes in all, or without room, this
        append's bytes are dropped (TOO_LARGE, STORAGE_FULL). If `chunks` raises, what came before it is kept.
        """
        ...

    async def finish(self, key: str) -> None:
        """Closes the blob for ever; finishing twice is no error. Raises BlobMissing."""
        ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes [start, end) of a finished blob in pieces of at most 1 MiB. Raises BlobMissing."""
        ...

    async def delete(self, key: str) -> None:
        """Removes the blob or the unfinished upload; removing nothing is no error."""
        ...

    def list(self, kind: str) -> AsyncIterator[tuple[str, BlobStat]]:
        """Every key of the kind, for `fsck` and sweeps."""
        ...

    async def close(self) -> None: ...


def blob_key(kind: str, id: bytes) -> str:
    """`blob_key("attachment", id)`; the id alone names the blob, it says nothing about whose it is."""
    return check_key(f"{kind}/{id.hex()}")


def check_key(key: str) -> str:
    """Keys become file names: anything but the one shape is a programming error."""
    if not _KEY.match(key):
        raise ValueError("not a blob key")
    return key
