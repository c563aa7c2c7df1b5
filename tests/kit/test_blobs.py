"""The contract of kit.blobs, on files and on a real S3 server."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from kit import blobs_local, blobs_s3
from kit.blobs import BlobExists, BlobMissing, BlobStat, BlobStore, blob_key, check_key
from kit.blobs_local import LocalBlobs
from kit.blobs_s3 import S3Blobs
from kit.errors import Problem
from kit.limits import MIB

LIMIT = 64 * MIB


@pytest.fixture(params=["local", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return LocalBlobs(tmp_path / "blobs")
    s3 = request.getfixturevalue("s3")
    url = s3.new_bucket(f"t{secrets.token_hex(8)}")
    return S3Blobs.open(
        f"{url}/some/prefix",
        endpoint=s3.endpoint,
        region=s3.region,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
    )


@pytest.fixture
def key() -> str:
    return blob_key("attachment", secrets.token_bytes(24))


async def pieces(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]
        await asyncio.sleep(0)


async def broken(data: bytes) -> AsyncIterator[bytes]:
    async for piece in pieces(data):
        yield piece
    raise ConnectionResetError


async def whole(blobs: BlobStore, key: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in blobs.read(key, start, end)])


async def refused(code: str, awaitable: Awaitable[object]) -> Problem:
    with pytest.raises(Problem) as caught:
        await awaitable
    assert caught.value.code == code
    return caught.value


def play(test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await test()

    asyncio.run(run())


def test_the_life_of_a_blob(blobs: BlobStore, key: str) -> None:
    data = os.urandom(9 * MIB + 17)

    async def story() -> None:
        assert await blobs.stat(key) is None
        await blobs.create(key)
        assert await blobs.stat(key) == BlobStat(0, False)
        middle = 5 * MIB + 3
        assert await blobs.append(key, 0, pieces(data[:middle]), limit=LIMIT) == middle
        assert await blobs.stat(key) == BlobStat(middle, False)
        assert await blobs.append(key, middle, pieces(data[middle:]), limit=len(data)) == len(data)
        with pytest.raises(BlobMissing):
            await whole(blobs, key, 0, 1)  # unfinished is unreadable
        await blobs.finish(key)
        await blobs.finish(key)
        assert await blobs.stat(key) == BlobStat(len(data), True)
        assert await whole(blobs, key, 0, len(data)) == data
        for start, end in ((0, 1), (middle - 1, middle + 1), (4 * MIB - 5, 8 * MIB + 5), (len(data) - 1, len(data))):
            assert await whole(blobs, key, start, end) == data[start:end]
        async for piece in blobs.read(key, 0, len(data)):
            assert len(piece) <= MIB
        with pytest.raises(BlobMissing):
            await whole(blobs, key, 0, len(data) + 1)
        assert [row async for row in blobs.list("attachment")] == [(key, BlobStat(len(data), True))]
        assert [row async for row in blobs.list("deposit")] == []
        await blobs.delete(key)
        await blobs.delete(key)
        assert await blobs.stat(key) is None
        with pytest.raises(BlobMissing):
            await whole(blobs, key, 0, 1)

    play(story)


def test_nothing_stored_is_ever_overwritten(blobs: BlobStore, key: str) -> None:
    async def story() -> None:
        await blobs.create(key)
        with pytest.raises(BlobExists):
            await blobs.create(key)
        await blobs.append(key, 0, pieces(b"first"), limit=LIMIT)
        problem = await refused("offset-mismatch", blobs.append(key, 0, pieces(b"FIRST"), limit=LIMIT))
        assert problem.extra == {"offset": 5}
        await refused("offset-mismatch", blobs.append(key, 6, pieces(b"gap"), limit=LIMIT))
        await blobs.finish(key)
        with pytest.raises(BlobExists):
            await blobs.create(key)
        await refused("upload-closed", blobs.append(key, 5, pieces(b"more"), limit=LIMIT))
        assert await whole(blobs, key, 0, 5) == b"first"

    play(story)


def test_a_broken_connection_leaves_a_prefix_that_can_be_continued(blobs: BlobStore, key: str) -> None:
    data = os.urandom(6 * MIB)

    async def story() -> None:
        await blobs.create(key)
        with pytest.raises(ConnectionResetError):
            await blobs.append(key, 0, broken(data[: 5 * MIB + 100]), limit=LIMIT)
        found = await blobs.stat(key)
        assert found == BlobStat(5 * MIB + 100, False)
        await blobs.append(key, found.size, pieces(data[found.size :]), limit=LIMIT)
        await blobs.finish(key)
        assert await whole(blobs, key, 0, len(data)) == data

    play(story)


def test_a_cancelled_sender_leaves_a_prefix(blobs: BlobStore, key: str) -> None:
    data = os.urandom(3 * MIB)

    async def endless() -> AsyncIterator[bytes]:
        async for piece in pieces(data):
            yield piece
        await asyncio.sleep(60)

    async def story() -> None:
        await blobs.create(key)
        sending = asyncio.create_task(blobs.append(key, 0, endless(), limit=LIMIT))
        await asyncio.sleep(0.5)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        found = await blobs.stat(key)
        assert found is not None
        await blobs.append(key, found.size, pieces(data[found.size :]), limit=LIMIT)
        await blobs.finish(key)
        assert await whole(blobs, key, 0, len(data)) == data

    play(story)


def test_a_silent_sender_is_told(blobs: BlobStore, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs_local, "IDLE_SECONDS", 0.3)
    monkeypatch.setattr(blobs_s3, "IDLE_SECONDS", 0.3)

    async def silent() -> AsyncIterator[bytes]:
        yield b"start"
        await asyncio.sleep(60)

    async def story() -> None:
        await blobs.create(key)
        await refused("upload-stalled", blobs.append(key, 0, silent(), limit=LIMIT))
        assert await blobs.stat(key) == BlobStat(5, False)

    play(story)


def test_too_many_bytes_leave_nothing_of_the_append(blobs: BlobStore, key: str) -> None:
    async def story() -> None:
        await blobs.create(key)
        await blobs.append(key, 0, pieces(b"x" * 100), limit=LIMIT)
        problem = await refused("too-large", blobs.append(key, 100, pieces(bytes(5 * MIB)), limit=5 * MIB))
        assert problem.extra == {"limit": 5 * MIB}
        assert await blobs.stat(key) == BlobStat(100, False)
        assert await blobs.append(key, 100, pieces(bytes(5 * MIB - 100)), limit=5 * MIB) == 5 * MIB

    play(story)


def test_two_senders_at_once_are_one_sender(blobs: BlobStore, key: str) -> None:
    one, other = os.urandom(5 * MIB), os.urandom(5 * MIB)

    async def story() -> None:
        await blobs.create(key)
        results = await asyncio.gather(
            *(blobs.append(key, 0, pieces(data), limit=LIMIT) for data in (one, other)), return_exceptions=True
        )
        won = [r for r in results if r == 5 * MIB]
        lost = [r for r in results if isinstance(r, Problem)]
        assert (len(won), [problem.code for problem in lost]) == (1, ["upload-busy"])
        await blobs.finish(key)
        assert await whole(blobs, key, 0, 5 * MIB) == (one if results[0] == 5 * MIB else other)

    play(story)


def test_nothing_can_be_done_with_what_is_not_there(blobs: BlobStore, key: str) -> None:
    async def story() -> None:
        with pytest.raises(BlobMissing):
            await blobs.append(key, 0, pieces(b"x"), limit=LIMIT)
        with pytest.raises(BlobMissing):
            await blobs.finish(key)

    play(story)


@pytest.mark.parametrize("name", ["../../etc/passwd", "attachment/../x", "attachment/" + "g" * 32, "a/" + "0" * 31, ""])
def test_a_key_is_never_a_path(name: str) -> None:
    with pytest.raises(ValueError, match="blob key"):
        check_key(name)


def test_local_files_are_private(tmp_path: Path, key: str) -> None:
    async def story() -> None:
        blobs = LocalBlobs(tmp_path / "blobs")
        await blobs.create(key)
        await blobs.append(key, 0, pieces(b"sealed"), limit=LIMIT)
        await blobs.finish(key)

    play(story)
    for path in (tmp_path / "blobs").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    assert sum(path.is_file() for path in (tmp_path / "blobs").rglob("*")) == 1
    assert key.split("/")[1] in str(next(p for p in (tmp_path / "blobs").rglob("*") if p.is_file()))


def test_a_full_disk_keeps_what_was_there(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwritev

    def full(fd: int, buffers: list[bytes], at: int) -> int:
        if at >= 2 * MIB:
            raise OSError(28, "No space left on device")
        return real(fd, buffers, at)

    async def story() -> None:
        blobs = LocalBlobs(tmp_path / "blobs")
        await blobs.create(key)
        await blobs.append(key, 0, pieces(b"before"), limit=LIMIT)
        monkeypatch.setattr(os, "pwritev", full)
        await refused("storage-full", blobs.append(key, 6, pieces(bytes(6 * MIB)), limit=LIMIT))
        assert await blobs.stat(key) == BlobStat(6, False)

    play(story)
