"""Upload and download as bare ASGI: bytes to a file with one fdatasync at the end, bytes from a file. Nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from benchmarks.settings import Comparison

PIECE = 256 * 1024
Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


def make_app() -> Asgi:
    """PATCH /name writes, GET /name reads."""
    folder = Path(Comparison.load().folder)

    async def app(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = folder / Path(scope["path"]).name
        if scope["method"] == "PATCH":
            await _take(path, receive)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
        else:
            await _give(path, send)

    return app


async def _take(path: Path, receive: Any) -> None:
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    more = True
    while more:
        message = await receive()
        os.write(fd, message.get("body", b""))
        more = message.get("more_body", False)
    await asyncio.get_running_loop().run_in_executor(None, os.fdatasync, fd)
    os.close(fd)


async def _give(path: Path, send: Any) -> None:
    fd = os.open(path, os.O_RDONLY)
    left = os.fstat(fd).st_size
    headers = [(b"content-length", str(left).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while left > 0:
        piece = os.read(fd, PIECE)
        left -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
    os.close(fd)
