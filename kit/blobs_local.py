"""Blobs as files of mode 0600 in sharded directories.

An upload in progress is `<id>.part`; `finish` gives it its name, which is what makes it readable. Every directory entry
that a caller may rely on is fsynced. Bytes cross to a thread in pieces of about a megabyte: one hop for each network
read would cost more than the write itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from kit.blobs import (
    IDLE_SECONDS,
    STORAGE_FULL,
    UPLOAD_BUSY,
    UPLOAD_CLOSED,
    UPLOAD_STALLED,
    WRONG_OFFSET,
    BlobExists,
    BlobMissing,
    BlobStat,
    check_key,
)
from kit.errors import TOO_LARGE, Problem
from kit.failpoints import reached
from kit.limits import MIB

T = TypeVar("T")

HOP_BYTES = 1 * MIB  # handed to the writing thread at once
HOP_PIECES = 512  # below the kernel's IOV_MAX; tiny pieces cannot pile up either
READ_BYTES = 512 * 1024  # one piece of a download
THREADS = 4  # the disk is the limit, not the number of threads


class _DiskError(OSError):
    """The disk failed, not the sender: a broken connection is an OSError too."""


class LocalBlobs:
    """A directory of sealed files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._threads = ThreadPoolExecutor(THREADS, "blobs")

    async def create(self, key: str) -> None:
        await self._hop(self._create, self._path(key))

    async def stat(self, key: str) -> BlobStat | None:
        return _stat(self._path(key))

    async def append(self, key: str, offset: int, chunks: AsyncIterator[bytes], *, limit: int) -> int:
        path = self._path(key)
        fd = _open_part(path, offset)
        try:
            end = await self._receive(fd, offset, chunks, limit)
        except _DiskError as error:
            await self._hop(_cut, fd, offset)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise STORAGE_FULL() from error
            raise
        finally:
            os.close(fd)  # and with it the lock
        return end

    async def _receive(self, fd: int, offset: int, chunks: AsyncIterator[bytes], limit: int) -> int:
        """One batch is written while the next arrives: at most two are in memory."""
        loop = asyncio.get_running_loop()
        waiting: list[bytes] = []
        end = written = offset  # what has arrived, what was handed to the disk
        writing: asyncio.Future[None] | None = None
        heard = loop.time()
        try:
            async with asyncio.timeout(IDLE_SECONDS) as idle:
                async for chunk in chunks:
                    end += len(chunk)
                    if end > limit:
                        raise TOO_LARGE(limit=limit)
                    waiting.append(chunk)
                    if end - written >= HOP_BYTES or len(waiting) >= HOP_PIECES:
                        if writing is not None:
                            await _whole(writing)
                        writing = loop.run_in_executor(self._threads, _write, fd, waiting, written)
                        waiting, written = [], end
                    if (now := loop.time()) - heard > 1:  # a timer for each network read would cost too much
                        heard = now
                        idle.reschedule(now + IDLE_SECONDS)
        except TimeoutError:
            raise UPLOAD_STALLED() from None
        except Problem:
            waiting.clear()
            if writing is not None:
                await _whole(writing)
                writing = None
            await self._hop(_cut, fd, offset)
            raise
        finally:
            # also after a broken connection: what arrived is kept, the sender goes on from there
            if writing is not None:
                await _whole(writing)
            await self._hop(_write_durably, fd, waiting, written)
        return end

    async def finish(self, key: str) -> None:
        await self._hop(self._finish, self._path(key))

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        try:
            fd = os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise BlobMissing(key) from None
        try:
            while start < end:
                piece = await self._piece(fd, min(READ_BYTES, end - start), start)
                if not piece:
                    raise BlobMissing(key)  # shorter than promised: never pass a truncated file off as whole
                start += len(piece)
                yield piece
        finally:
            os.close(fd)

    async def _piece(self, fd: int, size: int, start: int) -> bytes:
        return await self._hop(os.pread, fd, size, start)

    async def delete(self, key: str) -> None:
        await self._hop(self._delete, self._path(key))

    async def list(self, kind: str) -> AsyncIterator[tuple[str, BlobStat]]:
        for path in sorted((self._root / kind).glob("*/*/*")):
            name = path.name.removesuffix(".part")
            with contextlib.suppress(ValueError):
                key = check_key(f"{kind}/{name}")
                found = await self.stat(key)
                if found is not None:
                    yield key, found

    async def close(self) -> None:
        self._threads.shutdown(wait=True)

    def _path(self, key: str) -> Path:
        kind, name = check_key(key).split("/")
        return self._root / kind / name[:2] / name[2:4] / name

    async def _hop(self, fn: Callable[..., T], /, *args: object) -> T:
        """Runs `fn` in a thread and waits for its end even when cancelled: nobody may close a file under a writer."""
        return await _whole(asyncio.get_running_loop().run_in_executor(self._threads, fn, *args))

    def _create(self, path: Path) -> None:
        if path.exists():
            raise BlobExists(path.name)
        missing = [parent for parent in (path.parent, *path.parent.parents) if not parent.exists()]
        for parent in reversed(missing):  # one by one: mkdir(parents=True) gives the mode to the last alone
            parent.mkdir(mode=0o700, exist_ok=True)
        try:
            os.close(os.open(_part(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            raise BlobExists(path.name) from None
        reached("blob-created")
        for directory in (path.parent, *(new.parent for new in missing)):
            _sync_directory(directory)

    def _finish(self, path: Path) -> None:
        try:
            os.link(_part(path), path)  # unlike rename, link never replaces a finished blob
        except FileExistsError:
            pass
        except FileNotFoundError:
            if not path.exists():
                raise BlobMissing(path.name) from None
        reached("blob-named")
        _part(path).unlink(missing_ok=True)
        _sync_directory(path.parent)

    def _delete(self, path: Path) -> None:
        reached("blob-before-delete")
        _part(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_directory(path.parent)


async def _whole(running: asyncio.Future[T]) -> T:
    """Waits for the end of what a thread does even when cancelled."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _stat(path: Path) -> BlobStat | None:
    for candidate, finished in ((path, True), (_part(path), False), (path, True)):  # it may be finished in between
        with contextlib.suppress(FileNotFoundError):
            return BlobStat(candidate.stat().st_size, finished)
    return None


def _open_part(path: Path, offset: int) -> int:
    try:
        fd = os.open(_part(path), os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        if path.exists():
            raise UPLOAD_CLOSED() from None
        raise BlobMissing(path.name) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(fd).st_size
        if size != offset:
            raise WRONG_OFFSET(offset=size)
        if path.exists():
            raise UPLOAD_CLOSED()
    except BlockingIOError:
        os.close(fd)
        raise UPLOAD_BUSY() from None
    except BaseException:
        os.close(fd)
        raise
    return fd


def _write(fd: int, pieces: list[bytes], at: int) -> None:
    while pieces:
        try:
            written = os.pwritev(fd, pieces, at)
        except OSError as error:
            raise _DiskError(error.errno, "write failed") from error
        at += written
        while pieces and written >= len(pieces[0]):
            written -= len(pieces.pop(0))
        if pieces and written:
            pieces[0] = pieces[0][written:]


def _write_durably(fd: int, pieces: list[bytes], at: int) -> None:
    _write(fd, pieces, at)
    reached("blob-before-sync")
    os.fdatasync(fd)
    reached("blob-synced")


def _cut(fd: int, size: int) -> None:
    os.ftruncate(fd, size)
    os.fsync(fd)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
