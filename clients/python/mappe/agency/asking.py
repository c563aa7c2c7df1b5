"""Requests: what an agency asks for, as a code that leads a wallet to it, and the answers that come back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MappeError
from ..formats import strict_json as js
from ..formats.digits import normalise_digits
from ..formats.encoding import b64u, digest
from ..formats.errors import FormatError
from ..formats.locator import GrantLocator, RequestLocator, link
from ..formats.registry import Agency as Listed
from ..formats.registry import Purpose
from ..formats.request import DIGITS, LIFE, Notice, Request, make_request, open_notice, seal_request
from ..recipient.errors import checked
from ..storage import write_private
from .keys import AgencyKeys, HeldKey
from .profile import StoredAnswer
from .session import AgencyServer

PAGES = 200  # of 100 answers each, in one go: a poster holds at most 5,000
MAX_STORED = 64 * 1024  # bytes of a stored request


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask: fields of one purpose. `seconds` None: as long as the mode allows."""

    purpose: str
    mode: str
    required: Sequence[str]
    optional: Sequence[str] = ()
    on_no: str = ""
    language: str = "de"
    digits: bool | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is out; `link` is what the QR code holds."""

    request: bytes
    link: str = field(repr=False)
    nonce: bytes
    mode: str
    digits: bool
    exp: int
    required: tuple[str, ...]
    optional: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is stored in the office."""
        return {
            "v": 1,
            "request": b64u(self.request),
            "link": self.link,
            "nonce": b64u(self.nonce),
            "mode": self.mode,
            "digits": self.digits,
            "exp": self.exp,
            "required": list(self.required),
            "optional": list(self.optional),
        }

    @classmethod
    def load(cls, path: Path) -> Asked:
        """MappeError `no-request`."""
        names = js.list_of(js.string, maximum=512)
        try:
            members = js.closed(
                js.loads(path.read_bytes(), max_bytes=MAX_STORED),
                {
                    "v": js.exactly(1),
                    "request": js.id16,
                    "link": js.string,
                    "nonce": js.id16,
                    "mode": js.one_of(LIFE),
                    "digits": js.boolean,
                    "exp": js.time,
                    "required": names,
                    "optional": names,
                },
            )
        except (FileNotFoundError, FormatError):
            raise MappeError("no-request", f"This office has no request {path.stem}.", "See 'request list'.") from None
        del members["v"]
        return cls(**members)


@dataclass(frozen=True, slots=True)
class Collected:
    """Answers that were read and stored, and how many could not be opened (they stay at the server)."""

    answers: tuple[StoredAnswer, ...]
    unreadable: int


def ask(server: AgencyServer, listed: Listed, key: HeldKey, question: Question, folder: Path) -> Asked:
    """Signs, seals and posts a request; it is stored in `folder` before it is sent.

    MappeError `no-purpose`, `over-asking`, `mode`: refused here, before any wallet would show it in red.
    """
    purpose = _purpose(listed, question)
    if question.mode not in LIFE:
        raise MappeError("mode", f"There is no mode {question.mode!r}.", f"Modes are: {', '.join(LIFE)}.")
    digits = question.mode == "desk" if question.digits is None else question.digits
    locator = RequestLocator.of(secrets.token_bytes(32))
    now = server.now()
    request = Request(
        request=locator.request,
        agency=listed.id,
        audience=server.origin,
        purpose=purpose.id,
        purpose_text=purpose.text.get(question.language) or next(iter(purpose.text.values()), purpose.id),
        basis=purpose.basis,
        required=tuple(question.required),
        optional=tuple(question.optional),
        retention=purpose.retention,
        on_no=question.on_no,
        nonce=secrets.token_bytes(16),
        iat=now,
        exp=now + (LIFE[question.mode] if question.seconds is None else question.seconds),
        mode=question.mode,
        digits=digits,
    )
    try:
        box = seal_request(locator, make_request(key.ed25519, request))
    except FormatError as error:
        raise MappeError(
            "request-wrong", f"This request cannot be made: {error}.", "Change what it asks for."
        ) from None
    asked = Asked(
        request.request,
        link(server.origin, "r", locator.secret),
        request.nonce,
        request.mode,
        digits,
        request.exp,
        request.required,
        request.optional,
    )
    write_private(folder / f"{b64u(asked.request)}.json", json.dumps(asked.to_json(), ensure_ascii=False).encode())
    body = {
        "request": b64u(asked.request),
        "auth": digest(locator.auth),
        "box": box,
        "mode": asked.mode,
        "exp": asked.exp,
        "digits": digits,
    }
    server.post("/v1/agency/requests", body)
    return asked


def collect(server: AgencyServer, keys: AgencyKeys, asked: Asked, digits: str | None, folder: Path) -> Collected:
    """The answers that wait; each is stored in `folder` before the server erases it.

    MappeError `not-digits`; ServerProblem `digits-required`, `digits-wrong`, `answer-erased`.
    """
    path = f"/v1/agency/requests/{b64u(asked.request)}/collect"
    body: dict[str, Any] = {} if digits is None else {"digits": _typed(digits)}
    answers: dict[bytes, StoredAnswer] = {}
    unreadable: set[int] = set()
    for _ in range(PAGES):
        page = server.post(path, body)
        done = []
        for id_, token in notices_of(page):
            answer = _open(keys, asked, token)
            if answer is None:
                unreadable.add(id_)
                continue
            store_answer(folder, answer)
            answers[answer.grant] = answer
            done.append(id_)
        if not done:
            break
        body["done"] = done
    return Collected(tuple(answers.values()), len(unreadable))


def notices_of(page: Any) -> list[tuple[int, str]]:
    """Number and sealed notice of each row of an answer; NotAuthentic `malformed`."""
    with checked({"malformed": "The server's list of answers cannot be read."}):
        return [(int(row["id"]), str(row["notice"])) for row in page["notices"]]


def store_answer(folder: Path, answer: StoredAnswer) -> None:
    """Keeps where a grant is."""
    write_private(folder / f"{b64u(answer.grant)}.json", json.dumps(answer.to_json()).encode())


def read_notice(keys: AgencyKeys, request: bytes | None, token: str) -> Notice | None:
    """The notice, opened with whichever seal key it was sealed to; None if with none of ours."""
    for key in keys.of("seal"):
        try:
            notice = open_notice(key.seal, request, token)
        except FormatError:
            continue
        return notice if GrantLocator.of(notice.locator).grant == notice.grant else None
    return None


def _open(keys: AgencyKeys, asked: Asked, token: str) -> StoredAnswer | None:
    notice = read_notice(keys, asked.request, token)
    if notice is None or notice.nonce != asked.nonce:
        return None
    return StoredAnswer(notice.locator, notice.request, notice.nonce, notice.grant, notice.time)


def _purpose(listed: Listed, question: Question) -> Purpose:
    purpose = listed.purpose(question.purpose)
    if purpose is None:
        known = ", ".join(one.id for one in listed.purposes) or "none"
        raise MappeError("no-purpose", f"The registry has no purpose {question.purpose!r}.", f"Ours are: {known}.")
    beyond = [name for name in (*question.required, *question.optional) if name not in purpose.fields]
    if beyond:
        raise MappeError(
            "over-asking",
            f"The registry does not allow {', '.join(beyond)} for this purpose.",
            f"Allowed are: {', '.join(sorted(purpose.fields))}.",
        )
    if not question.required and not question.optional:
        raise MappeError("no-fields", "Nothing is asked for.", "Name at least one field with --required or --optional.")
    return purpose


def _typed(digits: str) -> str:
    try:
        return normalise_digits(digits, DIGITS)
    except FormatError:
        raise MappeError(
            "not-digits", "The wallet shows six digits.", "Type the digits from the person's screen."
        ) from None


__all__ = ["Asked", "Collected", "Question", "ask", "collect", "notices_of", "read_notice", "store_answer"]
