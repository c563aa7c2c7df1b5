"""Devices with an end: the office computer that is lent for half an hour (join.md, "Assisted mode").

The end stands in the device's row and is compared with the session at every request (`deps`), so it needs no job to
hold; a job only tidies and writes down that it is over. What a lent device may not do is refused by
`deps.own_device`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mappe.formats.join import ASSISTED_SECONDS as ASSISTED_SECONDS

from audit import chain
from audit.events import SERVER
from kit.database import Tx

END: Final = "assisted-end"  # outbox job beside the row, payload: jkt

_END = "DELETE FROM wallet_devices WHERE wallet_id = :wallet AND jkt = :jkt AND until IS NOT NULL"
_END_DUE = f"{_END} AND until <= :now"
_END_ALL = "DELETE FROM wallet_devices WHERE wallet_id = :wallet AND until IS NOT NULL"


def end(tx: Tx, wallet: bytes, jkt: str, now: int, reason: str, actor: Mapping[str, str] = SERVER) -> bool:
    """Forgets a lent device and writes it down; False if there is none. Its sessions are the caller's to forget."""
    if not tx.run(_END, wallet=wallet, jkt=jkt):
        return False
    _log(tx, wallet, jkt, now, reason, actor)
    return True


def end_due(tx: Tx, wallet: bytes, jkt: str, now: int) -> bool:
    """The same at its time; a key that was enrolled anew since is left alone."""
    if not tx.run(_END_DUE, wallet=wallet, jkt=jkt, now=now):
        return False
    _log(tx, wallet, jkt, now, "over", SERVER)
    return True


def end_all(tx: Tx, wallet: bytes) -> None:
    """The stop code: its own entry says it for all."""
    tx.run(_END_ALL, wallet=wallet)


def _log(tx: Tx, wallet: bytes, jkt: str, now: int, reason: str, actor: Mapping[str, str]) -> None:
    detail = {"device": jkt, "reason": reason}
    chain.append(tx, wallet=wallet, kind="assisted-ended", actor=actor, now=now, detail=detail)
