"""What a request may be and who may answer it: decisions without I/O (request.md).

The server sees the sealed box, the mode, the end and whether digits are used, and enforces exactly these. Purpose and
fields lie inside the box, so over-asking is flagged by the wallet, which reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Literal

from kit.clock import DAY, HOUR, MINUTE

Mode = Literal["desk", "poster", "link", "api"]
State = Literal["open", "answered", "expired"]

DESK_SECONDS = 120  # a code on a counter: too short to be photographed and used elsewhere
LINK_SECONDS = 30 * DAY
POSTER_SECONDS = 366 * DAY
SKEW_SECONDS = MINUTE  # an agency's clock may be ahead; the end counts on the server's clock all the same
DESK_KEPT_SECONDS = HOUR  # the clerk is there; an answer that was not collected by then never will be
ANSWER_KEPT_SECONDS = 30 * DAY
DIGIT_TRIES = 5  # one in 200,000 for a guesser; the person is there to show the digits
ANSWERS_WAITING = 5_000  # of one poster
ANSWERS_AN_HOUR = 500  # of these, from the last hour: junk takes ten hours to fill a poster that nobody collects

LONGEST: dict[Mode, int] = {"desk": DESK_SECONDS, "poster": POSTER_SECONDS, "link": LINK_SECONDS, "api": LINK_SECONDS}


@dataclass(frozen=True, slots=True)
class Stored:
    """A request as its row says."""

    agency: str
    auth: bytes
    box: str
    mode: Mode
    digits: bool
    exp: int
    answers: int
    erased: bool


def effective_end(mode: Mode, digits: bool, exp: int, now: int) -> int | None:
    """When the server stops serving it, or None if mode, digits and end do not go together."""
    if exp <= now or exp > now + LONGEST[mode] + SKEW_SECONDS:
        return None
    if (mode == "desk" and not digits) or (mode == "poster" and digits):
        return None
    return min(exp, now + LONGEST[mode])


def kept_until(mode: Mode, exp: int) -> int:
    """When everything about it is erased."""
    return exp + (DESK_KEPT_SECONDS if mode == "desk" else ANSWER_KEPT_SECONDS)


def state(request: Stored, now: int) -> State:
    """What the agency learns. Never "seen", never "declined"."""
    if request.erased:
        return "expired"
    if request.answers and request.mode != "poster":
        return "answered"
    return "open" if now < request.exp else "expired"


def digits_fit(salt: bytes, expected: bytes, typed: str) -> bool:
    """`digits` = SHA-256(salt ‖ ASCII digits)."""
    return compare_digest(sha256(salt + typed.encode("ascii")).digest(), expected)
