"""A server that lies between the real one and a client: each lie is a path and what happens to the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx2

Alter = Callable[[bytes], bytes]


class Liar(httpx2.BaseTransport):
    """Passes everything on to the real server, but for the paths in `lies`. `told` counts the lies."""

    def __init__(self) -> None:
        self._inner = httpx2.HTTPTransport()
        self.lies: list[tuple[re.Pattern[str], Alter]] = []
        self.told = 0
        self._lost: list[re.Pattern[str]] = []
        self.asked: list[str] = []

    def lie(self, path: str, alter: Alter) -> None:
        self.lies.append((re.compile(path), alter))

    def lie_json(self, path: str, alter: Callable[[Any], Any]) -> None:
        """`alter` changes the JSON in place, or returns another."""

        def change(raw: bytes) -> bytes:
            body = json.loads(raw)
            return json.dumps(alter(body) or body, ensure_ascii=False).encode()

        self.lie(path, change)

    def break_once(self, path: str) -> None:
        """The next answer from there gets lost on its way; what was asked has been done."""
        self._lost.append(re.compile(path))

    def client(self) -> httpx2.Client:
        return httpx2.Client(transport=self)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        answer = self._inner.handle_request(request)
        for lost in self._lost:
            if lost.search(request.url.path):
                self._lost.remove(lost)
                answer.close()
                raise httpx2.ReadError("lost on the way", request=request)
        for path, alter in self.lies:
            if path.search(request.url.path) and answer.status_code < 300:
                content = alter(answer.read())
                self.told += 1
                headers = {k: v for k, v in answer.headers.items() if k not in ("content-length", "content-encoding")}
                return httpx2.Response(answer.status_code, headers=headers, stream=httpx2.ByteStream(content))
        return answer
