"""Devices of a wallet, and the sessions that hang on them."""

from __future__ import annotations

from secrets import randbelow
from typing import NamedTuple

from audit import ledger
from kit.clock import HOUR
from kit.database import Tx
from kit.ids import unb64u
from kit.tokens import Secret, new_token
from wallet.unlock.deps import SESSION_SECONDS, TOKEN_PREFIX, HolderDevice

MAX_DEVICES = 32  # rows; whoever signs in with one more displaces the one unused for longest
GENERATIONS = 1 << 62  # a key that comes back starts at a random one: no session of its former row lives again
SEEN_STEP = 1 * HOUR  # how exactly the last use is kept: enough for "idle", too coarse for a diary

_FIND = "SELECT generation FROM wallet_devices WHERE wallet_id = :wallet AND jkt = :jkt"
_ENROL = """
INSERT INTO wallet_devices (wallet_id, jkt, label, created, seen, generation)
VALUES (:wallet, :jkt, :label, :now, :now, :generation)
ON CONFLICT (wallet_id, jkt) DO UPDATE SET seen = :now
RETURNING generation
"""
_LIST = "SELECT jkt, label, created, seen FROM wallet_devices WHERE wallet_id = :wallet ORDER BY created, jkt"
_REMOVE = "DELETE FROM wallet_devices WHERE wallet_id = :wallet AND jkt = :jkt"
_SURPLUS = """
SELECT jkt FROM wallet_devices WHERE wallet_id = :wallet AND jkt <> :jkt ORDER BY seen DESC, jkt LIMIT 1 OFFSET :kept
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
    """A device row that stands now; `new` if it did not before, `displaced` the device that went for it."""

    generation: int
    new: bool
    displaced: str | None


class DeviceRow(NamedTuple):
    jkt: str
    label: str
    created: int
    seen: int


def enrol(tx: Tx, wallet: bytes, jkt: str, label: str, now: int) -> Enrolled:
    """Adds the device, or notes that it was used again."""
    new = tx.one(_FIND, wallet=wallet, jkt=jkt) is None
    row = tx.one(_ENROL, wallet=wallet, jkt=jkt, label=label, now=now, generation=randbelow(GENERATIONS))
    assert row is not None
    surplus = tx.one(_SURPLUS, wallet=wallet, jkt=jkt, kept=MAX_DEVICES - 1) if new else None
    if surplus is not None:
        remove(tx, wallet, surplus[0])
    return Enrolled(row[0], new, None if surplus is None else surplus[0])


def devices(tx: Tx, wallet: bytes) -> list[DeviceRow]:
    return [DeviceRow(*row) for row in tx.all(_LIST, wallet=wallet)]


def enrolled(tx: Tx, wallet: bytes, jkt: str) -> bool:
    return tx.one(_FIND, wallet=wallet, jkt=jkt) is not None


def remove(tx: Tx, wallet: bytes, jkt: str) -> bool:
    """Locks a device out; from this transaction on its sessions are dead. False if there is no such device."""
    if not tx.run(_REMOVE, wallet=wallet, jkt=jkt):
        return False
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


def open_session(tx: Tx, wallet: bytes, jkt: str, generation: int, now: int) -> tuple[Secret, int]:
    """A token and when it expires. A transaction of its own: the route is keyed by the token, not by the wallet."""
    token, token_hash = new_token(TOKEN_PREFIX)
    exp = now + SESSION_SECONDS
    tx.run(_OPEN_SESSION, token=token_hash, wallet=wallet, jkt=jkt, generation=generation, exp=exp)
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
