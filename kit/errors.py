"""The one error base of the server, and the catalogue of every code it can answer with.

A `Problem` is public API: its code is stable, its sentence says what happened, `next_step` says what the caller can do
now, and `retry` says whether the same request can ever succeed. Slices declare their own with `problem(...)` in their
`errors.py`; `app` turns them into application/problem+json (RFC 9457) in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Retry = Literal["never", "later", "after-change", "same-request"]


class Problem(Exception):
    """A refusal with a stable code.

    With `record_kept` the changes that the transaction made so far are committed before the error reaches the caller:
    a refusal's log entry must survive the refusal.
    """

    def __init__(
        self,
        code: str,
        status: int,
        title: str,
        next_step: str,
        *,
        retry: Retry = "never",
        headers: Mapping[str, str] | None = None,
        record_kept: bool = False,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.title = title
        self.next_step = next_step
        self.retry: Retry = retry
        self.headers: Mapping[str, str] = headers or {}
        self.record_kept = record_kept
        self.extra: Mapping[str, object] = extra or {}


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One row of the error catalogue; call it to make the exception: `raise NOT_FOUND()`."""

    code: str
    status: int
    title: str
    next_step: str
    retry: Retry = "never"
    headers: Mapping[str, str] = field(default_factory=dict)
    record_kept: bool = False

    def __call__(
        self,
        *,
        record_kept: bool | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: object,
    ) -> Problem:
        return Problem(
            self.code,
            self.status,
            self.title,
            self.next_step,
            retry=self.retry,
            headers={**self.headers, **(headers or {})},
            record_kept=self.record_kept if record_kept is None else record_kept,
            extra=extra,
        )


_catalogue: dict[str, ProblemKind] = {}


def problem(
    code: str,
    status: int,
    title: str,
    next_step: str,
    retry: Retry = "never",
    *,
    headers: Mapping[str, str] | None = None,
    record_kept: bool = False,
) -> ProblemKind:
    """Declares one code for the whole program; declaring a code twice with other words is a programming error."""
    kind = ProblemKind(code, status, title, next_step, retry, headers or {}, record_kept)
    if _catalogue.setdefault(code, kind) != kind:
        raise ValueError(f"problem code declared twice: {code}")
    return kind


def catalogue() -> Iterator[ProblemKind]:
    """Every declared code, in alphabetical order; the specification's error table is generated from it."""
    return iter(sorted(_catalogue.values(), key=lambda kind: kind.code))


NOT_FOUND = problem(
    "not-found",
    404,
    "There is nothing here for you.",
    "Check the address or the code; if somebody gave it to you, ask them for a new one.",
)
METHOD_NOT_ALLOWED = problem(
    "method-not-allowed",
    405,
    "This address does not answer this method.",
    "Use one of the methods named in the Allow header.",
)
INVALID_REQUEST = problem(
    "invalid-request",
    422,
    "The request does not have the shape that this address takes.",
    "Compare the members named in 'where' with the specification and send the request again.",
    "after-change",
)
TOO_LARGE = problem(
    "too-large",
    413,
    "The request is larger than this address accepts.",
    "Send at most as many bytes as 'limit' says.",
    "after-change",
)
UNSUPPORTED_MEDIA = problem(
    "unsupported-media-type",
    415,
    "The content type of the request is not one that this address reads.",
    "Send the content type that the specification names.",
    "after-change",
)
BUSY = problem(
    "busy",
    503,
    "The server could not take the request just now; nothing was changed.",
    "Wait as long as Retry-After says, then send the same request.",
    "same-request",
    headers={"Retry-After": "2"},
)
INTERNAL = problem(
    "internal",
    500,
    "The server made a mistake; what was to be released was not.",
    "Send the same request again later; if it fails again, tell the operator the time.",
    "same-request",
)
