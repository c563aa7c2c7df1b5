"""An agency asks, a wallet answers by capability. Neither side's row leads to the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from hmac import compare_digest

from kit.clock import HOUR
from kit.context import Context
from kit.database import Tx
from kit.errors import INVALID_REQUEST, NOT_FOUND
from sharing.request import repository
from sharing.request.errors import (
    ANSWER_ERASED,
    DIGITS_REQUIRED,
    DIGITS_WRONG,
    REQUEST_ANSWERED,
    REQUEST_BUSY,
    REQUEST_EXISTS,
    REQUEST_EXPIRED,
    REQUEST_FULL,
    REQUEST_LIMITS,
    REQUESTS_USED_UP,
)
from sharing.request.rules import (
    ANSWER_KEPT_SECONDS,
    ANSWERS_AN_HOUR,
    ANSWERS_WAITING,
    DIGIT_TRIES,
    Stored,
    digits_fit,
    effective_end,
    kept_until,
    state,
)
from sharing.request.schemas import Collect, NewAnswer, NewRequest

REQUESTS_AN_HOUR = 2_000  # of one agency; a large office's counters make some hundred
NOTICES_A_PAGE = 100
SWEEP_BATCH = 1_000  # requests a run
_NOBODY = bytes(32)  # what a capability is compared with where there is no request; SHA-256 never gives it

IsActive = Callable[[str], bool]


def count_request(tx: Tx, agency: str, now: int) -> None:
    """In the agency's shard, before the request is stored in its own."""
    if repository.count_request(tx, agency, now // HOUR) > REQUESTS_AN_HOUR:
        raise REQUESTS_USED_UP()


def create(tx: Tx, agency: str, new: NewRequest, now: int) -> int:
    """Stores a request and returns when it ends. The same one sent again is the same request."""
    end = effective_end(new.mode, new.digits, new.exp, now)
    if end is None:
        raise REQUEST_LIMITS()
    wanted = Stored(agency, new.auth, new.box, new.mode, new.digits, end, 0, False)
    if repository.add(tx, new.request, wanted, kept_until(new.mode, end)):
        return end
    found = repository.find(tx, new.request)
    if found is None or (found.agency, found.auth, found.box, found.mode) != (agency, new.auth, new.box, new.mode):
        raise REQUEST_EXISTS()
    return found.exp


def status(tx: Tx, agency: str, request: bytes, now: int) -> dict[str, object]:
    """What its agency learns of a request."""
    found = repository.find(tx, request)
    if found is None or found.agency != agency:
        raise NOT_FOUND()
    return {"state": state(found, now), "answers": 0 if found.erased else found.answers}


def collect(tx: Tx, agency: str, request: bytes, body: Collect) -> dict[str, object]:
    """Hands out what waits, against the digits where they are used.

    Order: (1) lock the request, its own agency's; (2) spend a try and compare, give it back if right: the lock makes
    five parallel guesses five tries; (3) hand out. What `done` names is erased; the rest is handed out again, so that
    a broken connection loses nothing.
    """
    found = repository.find(tx, request, lock=True)  # (1)
    if found is None or found.agency != agency:
        raise NOT_FOUND()
    if found.erased:
        raise ANSWER_ERASED()
    waiting = repository.answers(tx, request, NOTICES_A_PAGE + len(body.done) + 1)
    if found.digits and waiting:  # (2)
        if body.digits is None:
            raise DIGITS_REQUIRED()
        answer = waiting[0]
        assert answer.salt is not None and answer.digits is not None
        if not digits_fit(answer.salt, answer.digits, body.digits):
            left = DIGIT_TRIES - repository.count_wrong(tx, request, answer.number)
            if left <= 0:
                repository.erase_answer(tx, request, answer.number)
            raise DIGITS_WRONG(tries_left=max(0, left))
    for number in body.done:
        repository.drop_answer(tx, request, number)
    rest = [answer for answer in waiting if answer.number not in body.done]
    return {  # (3)
        "notices": [{"id": a.number, "notice": a.notice, "time": a.time} for a in rest[:NOTICES_A_PAGE]],
        "more": len(rest) > NOTICES_A_PAGE,
    }


def fetch(tx: Tx, request: bytes, auth: bytes, is_active: IsActive, now: int) -> dict[str, object]:
    """The sealed request, for whoever holds its capability. That it was fetched is not kept."""
    found = _proved(repository.find(tx, request), auth)
    _refuse_if_over(found, is_active, now)
    if found.answers and found.mode != "poster":
        raise REQUEST_ANSWERED()
    return {"box": found.box, "exp": found.exp}


def answer(tx: Tx, request: bytes, body: NewAnswer, is_active: IsActive, now: int) -> None:
    """Stores the sealed notice. The same one sent again is the same answer, also after the end."""
    found = _proved(repository.find(tx, request, lock=True), body.auth)
    digest = sha256(body.notice.encode()).digest()
    if repository.known_answer(tx, request, digest):
        return
    _refuse_if_over(found, is_active, now)
    if found.answers and found.mode != "poster":
        raise REQUEST_ANSWERED()
    if found.digits != (body.salt is not None) or found.digits != (body.digits is not None):
        raise INVALID_REQUEST(where=["body.salt", "body.digits"])
    if found.mode == "poster" and repository.waiting(tx, request) >= ANSWERS_WAITING:
        raise REQUEST_FULL()
    if found.mode == "poster" and repository.waiting(tx, request, now - HOUR) >= ANSWERS_AN_HOUR:
        raise REQUEST_BUSY()
    repository.add_answer(tx, request, digest, body.notice, body.salt, body.digits, now)


def _proved(found: Stored | None, auth: bytes) -> Stored:
    """The request, if the capability is its own; a stranger gets the one 404 after the same work."""
    expected = _NOBODY if found is None else found.auth
    if not compare_digest(sha256(auth).digest(), expected) or found is None:
        raise NOT_FOUND()
    return found


def _refuse_if_over(found: Stored, is_active: IsActive, now: int) -> None:
    if found.erased or now >= found.exp or not is_active(found.agency):
        raise REQUEST_EXPIRED()


def sweep(ctx: Context, now: int) -> None:
    """Erases requests and answers that have run out. For the background runner."""
    before, hour = now - ANSWER_KEPT_SECONDS, now // HOUR - 1
    for request in ctx.db.read_now(lambda tx: repository.over(tx, now, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop, request=request))
    for request in ctx.db.read_now(lambda tx: repository.with_old_answers(tx, before, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop_old_answers, request=request, before=before))
    for agency in ctx.db.read_now(lambda tx: repository.agencies_with_old_quotas(tx, hour, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop_old_quotas, agency=agency, hour=hour))
