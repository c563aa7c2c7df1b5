"""All SQL of the desk slice."""

from __future__ import annotations

from dataclasses import dataclass

from kit.database import Tx

_ADD = """
INSERT INTO desks (desk_id, number, public, jkt, holder, message1, message2, message3, box, exp)
VALUES (:desk, :number, :public, :jkt, NULL, NULL, NULL, NULL, '', :exp)
ON CONFLICT (desk_id) DO NOTHING
"""
_FIND = """
SELECT desk_id, number, public, jkt, holder, message1, message2, message3, box, exp FROM desks
WHERE desk_id = :desk AND exp > :now
"""
_WAITING = "SELECT COUNT(*) FROM desks WHERE exp > :now"
_MEET = "UPDATE desks SET holder = :holder, message1 = :commit WHERE desk_id = :desk AND holder IS NULL"
_ANSWER = "UPDATE desks SET message2 = :nonce WHERE desk_id = :desk AND message2 IS NULL"
_OPEN = "UPDATE desks SET message3 = :opening WHERE desk_id = :desk AND message3 IS NULL"
_GIVE = "UPDATE desks SET box = :box WHERE desk_id = :desk AND box = ''"
_DROP = "DELETE FROM desks WHERE desk_id = :desk"
_OVER = "SELECT desk_id FROM desks WHERE exp <= :now LIMIT :limit"
_ROUTE = """
INSERT INTO desk_numbers (number, desk_id, exp) VALUES (:number, :desk, :exp) ON CONFLICT (number) DO NOTHING
"""
_ROUTED = "SELECT desk_id FROM desk_numbers WHERE number = :number AND exp > :now"
_UNROUTE = "DELETE FROM desk_numbers WHERE number = :number"
_ROUTES_OVER = "SELECT number FROM desk_numbers WHERE exp <= :now LIMIT :limit"
_COUNT = """
INSERT INTO desk_quota (wallet_id, hour, used) VALUES (:wallet, :hour, 1)
ON CONFLICT (wallet_id, hour) DO UPDATE SET used = desk_quota.used + 1
RETURNING used
"""
_OLD_QUOTAS = "SELECT DISTINCT wallet_id FROM desk_quota WHERE hour < :hour LIMIT :limit"
_DROP_OLD_QUOTAS = "DELETE FROM desk_quota WHERE wallet_id = :wallet AND hour < :hour"
_ERASE_QUOTA = "DELETE FROM desk_quota WHERE wallet_id = :wallet"


@dataclass(frozen=True, slots=True)
class Row:
    """A page that waits."""

    desk: bytes
    number: str
    public: bytes
    jkt: str
    holder: bytes | None
    message1: bytes | None
    message2: bytes | None
    message3: bytes | None
    box: str
    exp: int


def add(tx: Tx, desk: bytes, number: str, public: bytes, jkt: str, exp: int) -> bool:
    """False if it waits already."""
    return tx.run(_ADD, desk=desk, number=number, public=public, jkt=jkt, exp=exp) == 1


def find(tx: Tx, desk: bytes, now: int, *, lock: bool = False) -> Row | None:
    """The page while it waits; with `lock` nobody else changes it until the commit."""
    row = tx.one(_FIND + " FOR UPDATE" if lock else _FIND, desk=desk, now=now)
    return None if row is None else Row(*row)


def waiting(tx: Tx, now: int) -> int:
    row = tx.one(_WAITING, now=now)
    assert row is not None
    return int(row[0])


def meet(tx: Tx, desk: bytes, holder: bytes, commit: bytes) -> None:
    tx.run(_MEET, desk=desk, holder=holder, commit=commit)


def answer(tx: Tx, desk: bytes, nonce: bytes) -> None:
    tx.run(_ANSWER, desk=desk, nonce=nonce)


def open_(tx: Tx, desk: bytes, opening: bytes) -> None:
    tx.run(_OPEN, desk=desk, opening=opening)


def give(tx: Tx, desk: bytes, box: str) -> None:
    tx.run(_GIVE, desk=desk, box=box)


def drop(tx: Tx, desk: bytes) -> bool:
    """False if somebody was faster."""
    return tx.run(_DROP, desk=desk) == 1


def over(tx: Tx, now: int, limit: int) -> list[bytes]:
    return [row[0] for row in tx.all(_OVER, now=now, limit=limit)]


def route(tx: Tx, number: str, desk: bytes, exp: int) -> bool:
    """False if another page shows this number."""
    return tx.run(_ROUTE, number=number, desk=desk, exp=exp) == 1


def routed(tx: Tx, number: str, now: int) -> bytes | None:
    row = tx.one(_ROUTED, number=number, now=now)
    return None if row is None else bytes(row[0])


def unroute(tx: Tx, number: str) -> None:
    tx.run(_UNROUTE, number=number)


def routes_over(tx: Tx, now: int, limit: int) -> list[str]:
    return [row[0] for row in tx.all(_ROUTES_OVER, now=now, limit=limit)]


def count_number(tx: Tx, wallet: bytes, hour: int) -> int:
    """How many numbers this wallet has tried in this hour, with this one."""
    row = tx.one(_COUNT, wallet=wallet, hour=hour)
    assert row is not None
    return int(row[0])


def wallets_with_old_quotas(tx: Tx, hour: int, limit: int) -> list[bytes]:
    return [row[0] for row in tx.all(_OLD_QUOTAS, hour=hour, limit=limit)]


def drop_old_quotas(tx: Tx, wallet: bytes, hour: int) -> None:
    tx.run(_DROP_OLD_QUOTAS, wallet=wallet, hour=hour)


def erase_quota(tx: Tx, wallet: bytes) -> None:
    tx.run(_ERASE_QUOTA, wallet=wallet)
