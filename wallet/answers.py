"""Answers as ready bytes: the handlers know their members, a response model would only check them again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from json import JSONEncoder

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kit.ranges import Slice

encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def json_answer(value: object, status: int = 200) -> Response:
    return Response(encode(value).encode(), status, media_type="application/json")


def no_content() -> Response:
    return Response(status_code=204)


class BlobResponse(Response):
    """Bytes of a blob as they are read: the next piece is fetched while this one is sent.

    The first piece is read before the status leaves, so that a missing blob is an error and not an empty file. A reader
    that stops (revoked, truncated) ends the connection: the promised length is never filled up.
    """

    def __init__(self, pieces: AsyncIterator[bytes], part: Slice, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(None, part.status, {**part.headers(), **(headers or {})}, "application/octet-stream")
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        piece = await anext(self._pieces, None)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        ahead: asyncio.Task[bytes | None] | None = None
        try:
            while piece is not None:
                ahead = asyncio.ensure_future(_next(self._pieces))
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await ahead
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if ahead is not None and not ahead.done():
                ahead.cancel()
                await asyncio.wait([ahead])
            if isinstance(self._pieces, AsyncGenerator):
                await self._pieces.aclose()


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
