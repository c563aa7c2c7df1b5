"""Devices of a wallet, and the sessions that hang on them."""

from __future__ import annotations

from secrets import randbelow
from typing import NamedTuple

from audit import ledger
from kit.clock import HOUR
from kit.database import Tx
from kit.ids import unb64u
from kit.tokens import Secret, new_token
from wallet.unlock import joins, pins
from wallet.unlock.deps import SESSION_SECONDS, TOKEN_PREFIX, HolderDevice

MAX_LENT = 4  # lent ones at a time; with one more the one that ends first goes. They never displace the holder's own
MAX_DEVICES = 32  # rows; whoever signs in with one more displaces the one unused for longest
GENERATIONS = 1 << 62  # a key that comes back starts at a random one: no session of its former row lives again
SEEN_STEP = 1 * HOUR  # how exactly the last use is kept: enough for "idle", too coarse for a diary

_FIND = "SELECT generation, until FROM wallet_devices WHERE wallet_id = :wallet AND jkt = :jkt"
_ENROL = """
INSERT INTO wallet_devices (wallet_id, jkt, label, created, seen, generation, until)
VALUES (:wallet, :jkt, :label, :now, :now, :generation, :until)
ON CONFLICT (wallet_id, jkt) DO UPDATE SET seen = :now
RETURNING generation
"""
_LIST = """
SELECT jkt, label, created, seen, until FROM wallet_devices WHERE wallet_id = :wallet ORDER BY created, jkt
"""
_REMOVE = "DELETE FROM wallet_devices WHERE wallet_id = :wallet AND jkt = :jkt"
_SURPLUS = """
SELECT jkt FROM wallet_devices WHERE wallet_id = :wallet AND jkt <> :jkt AND until IS NULL
ORDER BY seen DESC, jkt LIMIT 1 OFFSET :kept
"""
_SURPLUS_LENT = """
SELECT jkt FROM wallet_devices WHERE wallet_id = :wallet AND jkt <> :jkt AND until IS NOT NULL
ORDER BY until DESC, jkt LIMIT 1 OFFSET :kept
"""
_TOUCH = "UPDATE wallet_devices SET seen = :now WHERE wallet_id = :wallet AND jkt = :jkt"
_END_ALL = "UPDATE wallet_devices SET generation = generation + 1 WHERE wallet_id = :wallet"
_OPEN_SESSION = """
INSERT INTO wallet_sessions (token_hash, wallet_id, jkt, generation, exp)
VALUES (:token, :wallet, :jkt, :generation, :exp)
"""
_END_SESSION = "DELETE FROM wallet_sessions WHERE token_hash = :token"
_FORGET_DEVICE = "DELETE FROM wallet_sessions WHERE wallet_id = :wallet AND jkt = :jkt"
_FORGET_WALLET = "DELETE FROM wallet_sessions WHERE wallet_id = :wallet"
_SWEEP = "DELETE FROM wallet_sessions WHERE exp < :now"


class Enrolled(NamedTuple):
    """A device row that stands now; `new` if it did not before, `displaced` the device that went for it, `until` the
    end of a lent one."""

    generation: int
    new: bool
    displaced: str | None
    until: int | None


class Known(NamedTuple):
    """A device row that stands already."""

    generation: int
    until: int | None


class DeviceRow(NamedTuple):
    jkt: str
    label: str
    created: int
    seen: int
    until: int | None


def find(tx: Tx, wallet: bytes, jkt: str) -> Known | None:
    row = tx.one(_FIND, wallet=wallet, jkt=jkt)
    return None if row is None else Known(*row)


def enrol(tx: Tx, wallet: bytes, jkt: str, label: str, now: int, until: int | None = None) -> Enrolled:
    """Adds the device, or notes that it was used again."""
    new = find(tx, wallet, jkt) is None
    generation = randbelow(GENERATIONS)
    row = tx.one(_ENROL, wallet=wallet, jkt=jkt, label=label, now=now, generation=generation, until=until)
    assert row is not None
    surplus, kept = (_SURPLUS, MAX_DEVICES - 1) if until is None else (_SURPLUS_LENT, MAX_LENT - 1)
    displaced = tx.one(surplus, wallet=wallet, jkt=jkt, kept=kept) if new else None
    if displaced is not None:
        remove(tx, wallet, displaced[0])
    return Enrolled(row[0], new, None if displaced is None else displaced[0], until)


def devices(tx: Tx, wallet: bytes) -> list[DeviceRow]:
    return [DeviceRow(*row) for row in tx.all(_LIST, wallet=wallet)]


def enrolled(tx: Tx, wallet: bytes, jkt: str) -> bool:
    return find(tx, wallet, jkt) is not None


def remove(tx: Tx, wallet: bytes, jkt: str) -> bool:
    """Locks a device out; from this transaction on its sessions, its PIN and the joins it approved are dead. False if
    there is no such device."""
    joins.end_of(tx, wallet, jkt)
    if not tx.run(_REMOVE, wallet=wallet, jkt=jkt):
        return False
    pins.erase(tx, wallet, jkt)
    ledger.record(tx, wallet, "device-removed", unb64u(jkt, 32))
    return True


def touch(tx: Tx, device: HolderDevice, now: int) -> None:
    """Notes that the device was used."""
    tx.run(_TOUCH, wallet=device.wallet, jkt=device.jkt, now=now)


def touch_due(device: HolderDevice, now: int) -> bool:
    return now - device.seen >= SEEN_STEP


def end_all_sessions(tx: Tx, wallet: bytes) -> None:
    """Signs every device out; each may come back with a method."""
    tx.run(_END_ALL, wallet=wallet)


def open_session(tx: Tx, wallet: bytes, jkt: str, enrolled: Enrolled, now: int) -> tuple[Secret, int]:
    """A token and when it expires. A transaction of its own: the route is keyed by the token, not by the wallet."""
    token, token_hash = new_token(TOKEN_PREFIX)
    exp = now + SESSION_SECONDS if enrolled.until is None else enrolled.until
    tx.run(_OPEN_SESSION, token=token_hash, wallet=wallet, jkt=jkt, generation=enrolled.generation, exp=exp)
    return token, exp


def end_session(tx: Tx, token_hash: bytes) -> None:
    tx.run(_END_SESSION, token=token_hash)


def forget_sessions(tx: Tx, wallet: bytes, jkt: str | None = None) -> None:
    """Tidies routes that lead to nothing any more."""
    if jkt is None:
        tx.run(_FORGET_WALLET, wallet=wallet)
    else:
        tx.run(_FORGET_DEVICE, wallet=wallet, jkt=jkt)


def sweep_sessions(tx: Tx, now: int) -> None:
    tx.run(_SWEEP, now=now)
