"""One server as one principal sees it: JSON in, JSON out, a DPoP proof on every request (RFC 9449).

The origin is what the client believes and signs; it comes from the profile, the QR code or the command line, never from
an answer. Only idempotent requests are repeated by this module (lost answers of others are the caller's to resolve).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import MappeError, ServerProblem, Unreachable
from ..formats import dpop, strict_json
from ..formats.errors import FormatError

ANSWER_LIMIT = 64 << 20  # bytes of JSON that a client is willing to hold: a first sync of 256 KiB objects, with room
PROBLEM_LIMIT = 64 << 10  # bytes of an error
TIMEOUT = httpx2.Timeout(60.0, connect=10.0)  # seconds; a slow phone line uploads 1 MiB in 6
Key = Ed25519PrivateKey | EllipticCurvePrivateKey


class Server:
    """`origin` such as https://mappe.example; `key` signs the proofs; `token` (if any) is sent and bound to them."""

    def __init__(
        self,
        origin: str,
        key: Key | None = None,
        *,
        token: str | None = None,
        http: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(origin)
        if parts.scheme not in ("https", "http") or not parts.netloc or parts.path not in ("", "/"):
            raise MappeError("bad-origin", f"{origin!r} is not the address of a server.", "Give it as https://host.")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise MappeError(
                "bad-origin", "Only https is used beyond this machine.", "Give the address as https://host."
            )
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.key = key
        self.token = token
        self._http = http or httpx2.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
        self._now = now
        self._meta: dict[str, Any] | None = None

    def meta(self) -> dict[str, Any]:
        """`GET /v1/meta`, once a connection; an origin other than ours is refused."""
        if self._meta is None:
            meta: dict[str, Any] = self.get("/v1/meta")
            if meta.get("origin") != self.origin:
                raise MappeError(
                    "other-origin",
                    f"The server calls itself {meta.get('origin')!r}, not {self.origin!r}.",
                    "Use the address that the office gave you; if it is the same, tell the operator.",
                )
            self._meta = meta
        return self._meta

    def now(self) -> int:
        """Whole seconds by this device's clock."""
        return int(self._now())

    @property
    def http(self) -> httpx2.Client:
        """The connection, for another principal on the same server."""
        return self._http

    def with_key(self, key: Key, token: str | None = None) -> Server:
        """The same connection for another principal."""
        return Server(self.origin, key, token=token, http=self._http, now=self._now)

    def proof(self, method: str, path: str, body: bytes | None) -> dict[str, str]:
        """Headers that prove possession of the key for this one request."""
        if self.key is None:
            return {}
        headers = {
            "DPoP": dpop.make(
                self.key, method, self.origin + path.split("?")[0], token=self.token, body=body, now=self.now()
            )
        }
        if self.token is not None:
            headers["Authorization"] = f"DPoP {self.token}"
        return headers

    def get(self, path: str) -> Any:
        return self._json("GET", path, None)

    def post(self, path: str, body: object | None = None) -> Any:
        return self._json("POST", path, {} if body is None else body)

    def put(self, path: str, body: object) -> Any:
        return self._json("PUT", path, body)

    def _json(self, method: str, path: str, body: object | None) -> Any:
        raw = None if body is None else strict_json.dumps(body)
        headers = self.proof(method, path, raw)
        if raw is not None:
            headers["Content-Type"] = "application/json"
        return parse_answer(self._exchange(method, path, raw, headers))

    def _exchange(
        self, method: str, path: str, content: bytes | Iterator[bytes] | None, headers: Mapping[str, str]
    ) -> bytes:
        """The body of an answer, taken in pieces and never beyond ANSWER_LIMIT; ServerProblem for a refusal.

        No compression is asked for and none is taken: a small answer must not unpack into a large one.
        """
        try:
            with self._http.stream(method, self.origin + path, content=content, headers=_plain(headers)) as answer:
                if answer.status_code >= 300:
                    raise problem_of(answer.status_code, _problem(answer))
                return _bounded(answer, ANSWER_LIMIT)
        except httpx2.HTTPError as error:
            raise Unreachable(self.origin, type(error).__name__) from error

    def text(self, path: str) -> str:
        """A plain text such as a checkpoint."""
        try:
            return self._exchange("GET", path, None, {}).decode()
        except UnicodeDecodeError:
            raise bad_answer() from None

    def append(self, path: str, offset: int, data: Iterable[bytes], headers: Mapping[str, str] | None = None) -> Any:
        """PATCH bytes after `offset` (Upload-Offset); the answer's JSON. The body streams: the proof names none."""
        all_headers = {
            **self.proof("PATCH", path, None),
            "Upload-Offset": str(offset),
            "Content-Type": "application/octet-stream",
            **(headers or {}),
        }
        return parse_answer(self._exchange("PATCH", path, iter(data), all_headers))

    @contextmanager
    def stream(
        self, method: str, path: str, *, body: object | None = None, start: int = 0
    ) -> Iterator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """Headers and bytes of a large answer, from byte `start` on."""
        raw = None if body is None else strict_json.dumps(body)
        headers = self.proof(method, path, raw)
        if raw is not None:
            headers["Content-Type"] = "application/json"
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            with self._http.stream(method, self.origin + path, content=raw, headers=_plain(headers)) as answer:
                if answer.status_code >= 300:
                    raise problem_of(answer.status_code, _problem(answer))
                if start and answer.status_code != 206:
                    raise MappeError("no-range", "The server does not continue where the download broke off.")
                yield answer.headers, answer.iter_raw(1 << 20)
        except httpx2.HTTPError as error:
            raise Unreachable(self.origin, type(error).__name__) from error


def _bounded(answer: httpx2.Response, limit: int) -> bytes:
    """The bytes of an answer, of which no more is taken than `limit`."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise bad_answer()
    body = bytearray()
    for piece in answer.iter_raw():
        body += piece
        if len(body) > limit:
            raise bad_answer()
    return bytes(body)


def _problem(answer: httpx2.Response) -> bytes:
    """What is too long to be an error of ours (a page of some proxy) is not read; its status is what counts."""
    try:
        return _bounded(answer, PROBLEM_LIMIT)
    except MappeError:
        return b""


def bad_answer() -> MappeError:
    """The error of an answer that cannot be what was asked for."""
    return MappeError(
        "bad-answer", "The server's answer could not be read.", "Try again; if it stays, tell the operator."
    )


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "Accept-Encoding": "identity"}


def parse_answer(content: bytes) -> Any:
    """The JSON of an answer, or None for an empty one."""
    if not content:
        return None
    try:
        return strict_json.loads(content, max_bytes=ANSWER_LIMIT)
    except FormatError as error:
        raise bad_answer() from error


def problem_of(status: int, content: bytes) -> ServerProblem:
    """The error that a failed answer means; an unreadable one still has its status."""
    try:
        body = json.loads(content)
    except ValueError:
        body = {}
    return ServerProblem(status, body if isinstance(body, dict) else {})
