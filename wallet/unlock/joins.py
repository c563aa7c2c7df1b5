"""Joins that wait: their rows, and the route from a join's id to its wallet (join.md).

A join lies with the wallet's rows, so that what ends it, be it lock-out, stop code, new epoch or deletion, ends it in
the same transaction. Its box is opaque: the key it is sealed to never reached this server.
"""

from __future__ import annotations

from typing import NamedTuple

from mappe.formats.join import JOIN_SECONDS

from kit import outbox
from kit.database import Tx
from wallet.unlock.errors import JOIN_TAKEN, JOINS_CROWDED

MAX_WAITING = 8  # joins of a wallet at a time: a household's new phones, not a store of boxes
SWEEP = "joins-sweep"  # outbox job beside the rows; no payload

_ROUTE = "INSERT INTO join_routes (join_id, wallet_id, exp) VALUES (:join, :wallet, :exp) ON CONFLICT DO NOTHING"
_ROUTED = "SELECT wallet_id FROM join_routes WHERE join_id = :join"
_UNROUTE = "DELETE FROM join_routes WHERE wallet_id = :wallet"
_SWEEP_ROUTES = "DELETE FROM join_routes WHERE exp < :now"

_FIND = "SELECT device, box, mode, approver, exp FROM wallet_joins WHERE wallet_id = :wallet AND join_id = :join"
_COUNT = "SELECT count(*) FROM wallet_joins WHERE wallet_id = :wallet"
_ADD = """
INSERT INTO wallet_joins (wallet_id, join_id, device, box, mode, approver, exp)
VALUES (:wallet, :join, :device, :box, :mode, :approver, :exp)
"""
# the box goes with the first collect, the row stays until its time: the same code is not approved again
_TAKE = "UPDATE wallet_joins SET box = '' WHERE wallet_id = :wallet AND join_id = :join AND box <> ''"
_LAPSE = "DELETE FROM wallet_joins WHERE wallet_id = :wallet AND exp <= :now"
_END_OF = "DELETE FROM wallet_joins WHERE wallet_id = :wallet AND (approver = :jkt OR device = :jkt)"
_END_ALL = "DELETE FROM wallet_joins WHERE wallet_id = :wallet"


class Join(NamedTuple):
    """A device that may come in: `box` for it alone, until `exp` (unix seconds); an empty box was collected."""

    device: str
    box: str
    mode: str
    approver: str
    exp: int


def route(tx: Tx, join: bytes, wallet: bytes, now: int) -> None:
    """Leads from the id to the wallet, first come. Problem `join-taken`."""
    tx.run(_ROUTE, join=join, wallet=wallet, exp=now + JOIN_SECONDS)
    if find_wallet(tx, join) != wallet:
        raise JOIN_TAKEN()


def find_wallet(tx: Tx, join: bytes) -> bytes | None:
    row = tx.one(_ROUTED, join=join)
    return None if row is None else bytes(row[0])


def add(tx: Tx, wallet: bytes, join: bytes, new: Join, now: int) -> int:
    """Lets the join wait, and says until when; the same again changes nothing. The caller holds the wallet's chain.
    Problem `join-taken`, `joins-crowded`.
    """
    tx.run(_LAPSE, wallet=wallet, now=now)
    known = find(tx, wallet, join)
    if known is not None:
        if known._replace(exp=new.exp) != new:
            raise JOIN_TAKEN()
        return known.exp
    waiting = tx.one(_COUNT, wallet=wallet)
    if waiting is not None and waiting[0] >= MAX_WAITING:
        raise JOINS_CROWDED()
    tx.run(_ADD, wallet=wallet, join=join, **new._asdict())
    outbox.enqueue(tx, wallet, SWEEP, "", new.exp)
    return new.exp


def find(tx: Tx, wallet: bytes, join: bytes) -> Join | None:
    row = tx.one(_FIND, wallet=wallet, join=join)
    return None if row is None else Join(*row)


def waiting(tx: Tx, wallet: bytes, join: bytes, jkt: str, now: int) -> Join | None:
    """The join if this device may collect it now."""
    found = find(tx, wallet, join)
    return found if found is not None and found.device == jkt and found.box and now < found.exp else None


def take(tx: Tx, wallet: bytes, join: bytes, jkt: str, now: int) -> Join | None:
    """The same, exactly once: of two who collect at the same moment, one finds nothing."""
    found = waiting(tx, wallet, join, jkt, now)
    return found if found is not None and tx.run(_TAKE, wallet=wallet, join=join) else None


def end_of(tx: Tx, wallet: bytes, jkt: str) -> None:
    """A device was locked out: what it let in, and its own coming in, is void."""
    tx.run(_END_OF, wallet=wallet, jkt=jkt)


def end_all(tx: Tx, wallet: bytes) -> None:
    tx.run(_END_ALL, wallet=wallet)


def lapse(tx: Tx, wallet: bytes, now: int) -> None:
    tx.run(_LAPSE, wallet=wallet, now=now)


def forget_routes(tx: Tx, wallet: bytes) -> None:
    """What led to a deleted wallet."""
    tx.run(_UNROUTE, wallet=wallet)


def sweep_routes(tx: Tx, now: int) -> None:
    tx.run(_SWEEP_ROUTES, now=now)
