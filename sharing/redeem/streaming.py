"""A file on its way out: sealed bytes, piece by piece, each on condition that the grant still stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from fastapi import Response
from starlette.types import Receive, Scope, Send

from kit.limits import CHUNK_BYTES

Check = Callable[[], Awaitable[bool]]


async def guarded(pieces: AsyncIterator[bytes], still_released: Check) -> AsyncGenerator[bytes, None]:
    """The pieces, for as long as `still_released` says so. It is asked before each that would make it more than one
    sealed chunk (1 MiB) since it was last asked; the first chunk comes straight after the transaction that released it.
    """
    since = 0
    async for piece in pieces:
        if since + len(piece) > CHUNK_BYTES:
            if not await still_released():
                return
            since = 0
        since += len(piece)
        yield piece


class Streamed(Response):
    """Sends pieces as they come. A stream that ends before `content-length` makes the server close the connection, so
    that nobody takes a part for the whole."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], status: int, headers: dict[str, str]) -> None:
        self.status_code = status
        self.background = None
        self._pieces = pieces
        self.init_headers({**headers, "content-type": "application/octet-stream"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.ensure_future(_disconnected(receive))  # else a broken connection would be served to the end
        left = int(self.headers["content-length"])
        try:
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    if gone.done():
                        return
                    left -= len(piece)
                    await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
        finally:
            gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
