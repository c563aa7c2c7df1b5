"""A thin ASGI layer around everything: security headers, a limit on request bodies, and counting.

It is written by hand because it runs for every request: a BaseHTTPMiddleware would cost more than many a handler.
There is no CORS: the API answers only its own pages and programs that are no browser.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.errors import problem_response
from kit.errors import INTERNAL, TOO_LARGE, UNSUPPORTED_MEDIA
from kit.limits import BODY_BYTES
from kit.metrics import Metrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

API_CSP = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_DEFAULTS = (
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=(), browsing-topics=()"),
    (b"content-security-policy", API_CSP.encode()),
    (b"cache-control", b"no-store"),
)


class Shell:
    """Wraps the application.

    `body_limits` maps a path prefix, or a method and a path prefix, to its limit in bytes; the longest wins.
    """

    def __init__(
        self, app: Asgi, *, body_limits: dict[str, int], metrics: Callable[[], Metrics | None], https: bool
    ) -> None:
        self._app = app
        self._limits = sorted(body_limits.items(), key=lambda item: -len(item[0]))
        self._metrics = metrics
        self._always = (*_ALWAYS, _HSTS) if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(message)
            await send(message)

        try:
            await self._answer(scope, receive, send_with_headers)
        except Exception as error:  # our own mistake, and the last place that can still give it the right headers
            _log.error("unhandled", exc_info=error)
            if status:
                raise  # too late for an answer: the server cuts the connection
            await problem_response(INTERNAL())(scope, receive, send_with_headers)
        metrics = self._metrics()
        if metrics is not None:
            route = _template(scope)
            metrics.requests.labels(route, status).inc()
            metrics.seconds.labels(route).observe(time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit(scope["method"], scope["path"])
        length, encoded = _framing(scope["headers"])
        if length is not None and length > limit:
            await problem_response(TOO_LARGE(limit=limit))(scope, receive, send)
        elif encoded:  # a decompression bomb needs a decompressor: there is none
            await problem_response(UNSUPPORTED_MEDIA())(scope, receive, send)
        else:
            await self._app(scope, receive if length is not None else _counted(receive, limit), send)

    def _limit(self, method: str, path: str) -> int:
        target = f"{method} {path}"
        for prefix, limit in self._limits:
            if (path if prefix.startswith("/") else target).startswith(prefix):
                return limit
        return BODY_BYTES

    def _complete(self, message: Message) -> None:
        headers = list(message.get("headers", ()))
        present = {name for name, _ in headers}
        headers.extend(self._always)
        headers.extend(pair for pair in _DEFAULTS if pair[0] not in present)
        message["headers"] = headers


def _framing(headers: list[tuple[bytes, bytes]]) -> tuple[int | None, bool]:
    """The declared length, and whether the body is compressed. The HTTP parser has refused nonsense already."""
    length: int | None = None
    encoded = False
    for name, value in headers:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            return None, encoded
        elif name == b"content-encoding":
            encoded = value.strip().lower() != b"identity"
    return length if length is not None else 0, encoded


def _counted(receive: Receive, limit: int) -> Receive:
    """A body without a declared length is counted while it arrives."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TOO_LARGE(limit=limit)
        return message

    return counted


def _template(scope: Scope) -> str:
    """`/v1/wallets/{wallet}`, never the path itself."""
    route = scope.get("route")
    return getattr(route, "path", "unrouted")
