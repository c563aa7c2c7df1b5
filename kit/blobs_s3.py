"""Blobs in an S3 bucket, resumable without any state of our own.

S3 cannot append. So every piece that arrives becomes an object of its own, `<key>/<offset>`, made with "create only if
absent": a stored piece is never overwritten, and of two senders at one offset exactly one wins. The size is where the
last piece ends; after a crash of the server nothing needs repair. `finish` puts `<key>/end`, which holds the size.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError
from obstore.store import S3Store

from kit.blobs import (
    IDLE_SECONDS,
    UPLOAD_BUSY,
    UPLOAD_CLOSED,
    UPLOAD_STALLED,
    WRONG_OFFSET,
    BlobExists,
    BlobMissing,
    BlobStat,
    check_key,
)
from kit.errors import TOO_LARGE
from kit.limits import MIB

PIECE_BYTES = 4 * MIB  # one object; what a transfer holds in memory while it is sent
PIECES_MAX = 4_096  # of one blob: a sender of tiny pieces would otherwise fill the bucket with objects
READ_BYTES = 1 * MIB  # one piece of a download
_BEGIN = "begin"
_END = "end"


class _Piece(NamedTuple):
    offset: int
    size: int


class _Found(NamedTuple):
    pieces: list[_Piece]
    begun: bool
    finished: bool

    @property
    def size(self) -> int:
        """Up to the first gap: a piece behind a gap is none of ours."""
        end = 0
        for piece in self.pieces:
            if piece.offset != end:
                break
            end += piece.size
        return end


class S3Blobs:
    """A bucket, or a prefix in one."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str, *, endpoint: str, region: str, access_key: str, secret_key: str) -> S3Blobs:
        """`s3://bucket/prefix`; an endpoint for servers other than Amazon's."""
        parts = urlsplit(url)
        options: dict[str, Any] = {"region": region, "virtual_hosted_style_request": False}
        if endpoint:
            options["endpoint"] = endpoint
        if access_key:
            options |= {"access_key_id": access_key, "secret_access_key": secret_key}
        client: Any = {"allow_http": endpoint.startswith("http://")}
        return cls(S3Store(parts.netloc, prefix=parts.path.strip("/") or None, client_options=client, **options))

    async def create(self, key: str) -> None:
        if (await self._find(check_key(key))).begun or not await self._put_new(f"{key}/{_BEGIN}", b""):
            raise BlobExists(key)

    async def stat(self, key: str) -> BlobStat | None:
        found = await self._find(check_key(key))
        return BlobStat(found.size, found.finished) if found.begun else None

    async def append(self, key: str, offset: int, chunks: AsyncIterator[bytes], *, limit: int) -> int:
        found = await self._find(check_key(key))
        if not found.begun:
            raise BlobMissing(key)
        if found.finished:
            raise UPLOAD_CLOSED()
        if found.size != offset:
            raise WRONG_OFFSET(offset=found.size)
        if len(found.pieces) >= PIECES_MAX:
            raise TOO_LARGE(limit=limit)
        stored = _Stored(self, key, offset)
        loop = asyncio.get_running_loop()
        held = bytearray()
        try:
            async with asyncio.timeout(IDLE_SECONDS) as idle:
                async for chunk in chunks:
                    if stored.end + len(held) + len(chunk) > limit:
                        held.clear()
                        await stored.drop()
                        raise TOO_LARGE(limit=limit)
                    held += chunk
                    if len(held) >= PIECE_BYTES:
                        piece, held = held, bytearray()
                        await stored.add(piece)
                    idle.reschedule(loop.time() + IDLE_SECONDS)
        except TimeoutError:
            raise UPLOAD_STALLED() from None
        finally:
            if held:  # also after a broken connection: what arrived is kept
                await asyncio.shield(stored.add(held))
        return stored.end

    async def finish(self, key: str) -> None:
        found = await self._find(check_key(key))
        if not found.begun:
            raise BlobMissing(key)
        if not found.finished:
            await self._put_new(f"{key}/{_END}", str(found.size).encode())

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        found = await self._find(check_key(key))
        if not found.finished:
            raise BlobMissing(key)
        for piece in found.pieces:
            at, stop = max(start, piece.offset), min(end, piece.offset + piece.size)
            while at < stop:
                part = await self._get(key, piece, at, min(stop, at + READ_BYTES))
                at += len(part)
                start = at
                yield part
        if start < end:
            raise BlobMissing(key)

    async def _get(self, key: str, piece: _Piece, at: int, stop: int) -> bytes:
        try:
            part = await obstore.get_range_async(
                self._store, _name(key, piece.offset), start=at - piece.offset, end=stop - piece.offset
            )
        except (NotFoundError, FileNotFoundError):  # deleted while it was read: a revoked grant stops here
            raise BlobMissing(key) from None
        return bytes(part)

    async def delete(self, key: str) -> None:
        # the marks go first: whoever looks now finds nothing, and a crash leaves only pieces that `list` still shows
        names = [name async for name in self._names(f"{check_key(key)}/")]
        for name in sorted(names, key=lambda name: name.rpartition("/")[2] not in (_BEGIN, _END)):
            await obstore.delete_async(self._store, name)

    async def list(self, kind: str) -> AsyncIterator[tuple[str, BlobStat]]:
        rows = sorted([row async for row in self._rows(f"{kind}/")])
        for key, group in groupby(rows, key=lambda row: row[0].rpartition("/")[0]):
            found = _found([(name.rpartition("/")[2], size) for name, size in group])
            yield key, BlobStat(found.size, found.finished)

    async def close(self) -> None:
        """The client closes its connections by itself."""

    async def put_piece(self, key: str, offset: int, data: bytes) -> bool:
        """Stores one piece unless there is one at this offset."""
        return await self._put_new(_name(key, offset), data)

    async def drop_piece(self, key: str, offset: int) -> None:
        await obstore.delete_async(self._store, _name(key, offset))

    async def _put_new(self, name: str, data: bytes) -> bool:
        try:
            await obstore.put_async(self._store, name, data, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    async def _find(self, key: str) -> _Found:
        return _found([(name.rpartition("/")[2], size) async for name, size in self._rows(f"{key}/")])

    async def _rows(self, prefix: str) -> AsyncIterator[tuple[str, int]]:
        async for batch in obstore.list(self._store, prefix=prefix):
            for row in batch:
                yield row["path"], row["size"]

    async def _names(self, prefix: str) -> AsyncIterator[str]:
        async for name, _ in self._rows(prefix):
            yield name


class _Stored:
    """The pieces of one append."""

    def __init__(self, blobs: S3Blobs, key: str, offset: int) -> None:
        self._blobs = blobs
        self._key = key
        self._mine: list[int] = []
        self.end = offset

    async def add(self, data: bytearray) -> None:
        if not await self._blobs.put_piece(self._key, self.end, bytes(data)):
            raise UPLOAD_BUSY()
        self._mine.append(self.end)
        self.end += len(data)

    async def drop(self) -> None:
        """Last first, so that there is never a gap."""
        for offset in reversed(self._mine):
            await self._blobs.drop_piece(self._key, offset)


def _name(key: str, offset: int) -> str:
    return f"{key}/{offset:016x}"


def _found(rows: list[tuple[str, int]]) -> _Found:
    names = {name for name, _ in rows}
    pieces = sorted(_Piece(int(name, 16), size) for name, size in rows if name not in (_BEGIN, _END))
    return _Found(pieces, _BEGIN in names, _END in names)
