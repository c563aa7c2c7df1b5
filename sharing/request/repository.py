"""All SQL of the request slice."""

from __future__ import annotations

from dataclasses import dataclass

from kit.database import Tx
from sharing.request.rules import Mode, Stored

_COUNT = """
INSERT INTO request_quota (agency, hour, used) VALUES (:agency, :hour, 1)
ON CONFLICT (agency, hour) DO UPDATE SET used = request_quota.used + 1
RETURNING used
"""
_ADD = """
INSERT INTO request_boxes (request_id, agency, auth, box, mode, digits, exp, until, answers, erased)
VALUES (:request, :agency, :auth, :box, :mode, :digits, :exp, :until, 0, 0)
ON CONFLICT (request_id) DO NOTHING
"""
_FIND = """
SELECT agency, auth, box, mode, digits, exp, answers, erased FROM request_boxes WHERE request_id = :request
"""
_ANSWERED = "UPDATE request_boxes SET answers = answers + 1 WHERE request_id = :request RETURNING answers"
_KNOWN = "SELECT number FROM request_answers WHERE request_id = :request AND digest = :digest"
_WAITING = "SELECT COUNT(*) FROM request_answers WHERE request_id = :request AND time > :since"
_ADD_ANSWER = """
INSERT INTO request_answers (request_id, number, digest, notice, salt, digits, tries, time)
VALUES (:request, :number, :digest, :notice, :salt, :digits, 0, :time)
"""
_ANSWERS = """
SELECT number, notice, time, salt, digits FROM request_answers WHERE request_id = :request ORDER BY number LIMIT :limit
"""
_WRONG = """
UPDATE request_answers SET tries = tries + 1 WHERE request_id = :request AND number = :number RETURNING tries
"""
_DROP_ANSWER = "DELETE FROM request_answers WHERE request_id = :request AND number = :number"
_ERASED = "UPDATE request_boxes SET erased = 1 WHERE request_id = :request"
_OVER = "SELECT request_id FROM request_boxes WHERE until <= :now LIMIT :limit"
_DROP_ANSWERS = "DELETE FROM request_answers WHERE request_id = :request"
_DROP = "DELETE FROM request_boxes WHERE request_id = :request"
_WITH_OLD_ANSWERS = "SELECT DISTINCT request_id FROM request_answers WHERE time <= :before LIMIT :limit"
_DROP_OLD_ANSWERS = "DELETE FROM request_answers WHERE request_id = :request AND time <= :before"
_OLD_QUOTAS = "SELECT DISTINCT agency FROM request_quota WHERE hour < :hour LIMIT :limit"
_DROP_OLD_QUOTAS = "DELETE FROM request_quota WHERE agency = :agency AND hour < :hour"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits."""

    number: int
    notice: str
    time: int
    salt: bytes | None
    digits: bytes | None


def count_request(tx: Tx, agency: str, hour: int) -> int:
    """How many this agency has made in this hour, with this one."""
    row = tx.one(_COUNT, agency=agency, hour=hour)
    assert row is not None
    return int(row[0])


def add(tx: Tx, request: bytes, new: Stored, until: int) -> bool:
    """False if the id is taken."""
    return (
        tx.run(
            _ADD,
            request=request,
            agency=new.agency,
            auth=new.auth,
            box=new.box,
            mode=new.mode,
            digits=int(new.digits),
            exp=new.exp,
            until=until,
        )
        == 1
    )


def find(tx: Tx, request: bytes, *, lock: bool = False) -> Stored | None:
    """The request; with `lock` nobody else changes it until the commit."""
    row = tx.one(_FIND + " FOR UPDATE" if lock else _FIND, request=request)
    if row is None:
        return None
    agency, auth, box, mode, digits, exp, answers, erased = row
    kind: Mode = mode
    return Stored(agency, auth, box, kind, bool(digits), exp, answers, bool(erased))


def known_answer(tx: Tx, request: bytes, digest: bytes) -> bool:
    return tx.one(_KNOWN, request=request, digest=digest) is not None


def waiting(tx: Tx, request: bytes, since: int = 0) -> int:
    """How many answers wait that came after `since`."""
    row = tx.one(_WAITING, request=request, since=since)
    assert row is not None
    return int(row[0])


def add_answer(
    tx: Tx, request: bytes, digest: bytes, notice: str, salt: bytes | None, digits: bytes | None, now: int
) -> None:
    row = tx.one(_ANSWERED, request=request)
    assert row is not None
    tx.run(
        _ADD_ANSWER,
        request=request,
        number=row[0],
        digest=digest,
        notice=notice,
        salt=salt,
        digits=digits,
        time=now,
    )


def answers(tx: Tx, request: bytes, limit: int) -> list[Waiting]:
    """What waits, oldest first."""
    return [Waiting(*row) for row in tx.all(_ANSWERS, request=request, limit=limit)]


def count_wrong(tx: Tx, request: bytes, number: int) -> int:
    """Spends a try and returns how many are spent."""
    row = tx.one(_WRONG, request=request, number=number)
    assert row is not None
    return int(row[0])


def drop_answer(tx: Tx, request: bytes, number: int) -> None:
    tx.run(_DROP_ANSWER, request=request, number=number)


def erase_answer(tx: Tx, request: bytes, number: int) -> None:
    """Too many wrong tries: the answer goes, and no other takes its place."""
    drop_answer(tx, request, number)
    tx.run(_ERASED, request=request)


def over(tx: Tx, now: int, limit: int) -> list[bytes]:
    return [row[0] for row in tx.all(_OVER, now=now, limit=limit)]


def drop(tx: Tx, request: bytes) -> None:
    tx.run(_DROP_ANSWERS, request=request)
    tx.run(_DROP, request=request)


def with_old_answers(tx: Tx, before: int, limit: int) -> list[bytes]:
    return [row[0] for row in tx.all(_WITH_OLD_ANSWERS, before=before, limit=limit)]


def drop_old_answers(tx: Tx, request: bytes, before: int) -> None:
    tx.run(_DROP_OLD_ANSWERS, request=request, before=before)


def agencies_with_old_quotas(tx: Tx, hour: int, limit: int) -> list[str]:
    return [row[0] for row in tx.all(_OLD_QUOTAS, hour=hour, limit=limit)]


def drop_old_quotas(tx: Tx, agency: str, hour: int) -> None:
    tx.run(_DROP_OLD_QUOTAS, agency=agency, hour=hour)
