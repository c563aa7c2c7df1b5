"""What a client tells its caller when something is refused, and by whom.

Three things must never blur: the server said no (`ServerProblem`), the server lied (`ServerLied`: stop, send nothing,
show it), and the caller asked for something impossible (`MappeError`). Each has a stable code, a sentence, a next step.
"""

from __future__ import annotations

from collections.abc import Mapping


class MappeError(Exception):
    """Base of all errors of this package.

    `code` is stable, `str(error)` is a sentence, `next_step` says what the person can do now.
    """

    def __init__(self, code: str, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.next_step = next_step


class ServerProblem(MappeError):
    """An RFC 9457 answer. `retry` is one of never, later, after-change, same-request; `extra` the further members."""

    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(
            str(body.get("code", "unknown")),
            str(body.get("title") or body.get("detail") or f"The server answered {status}."),
            str(body.get("next", "")),
        )
        self.status = status
        self.retry = str(body.get("retry", "never"))
        self.extra = dict(body)


class ServerLied(MappeError):
    """The server's answer contradicts what this device knows or what the holder signed. Nothing was sent afterwards."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(
            code,
            sentence,
            "Do not continue on this server. Show this message to somebody you trust at an advice office; "
            "your other devices and your recovery sheet still hold what is true.",
        )


class Unreachable(MappeError):
    """No answer came; nothing is known about whether the request took effect."""

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(
            "unreachable",
            f"{origin} does not answer ({reason}).",
            "Check the connection and try the same command again; repeating it is safe.",
        )
