"""The wallet's own row and its change chain: what sign-in shows, and what every write is compared with."""

from __future__ import annotations

from typing import NamedTuple

from kit.database import Tx

_FIND = """
SELECT genesis, signing, identity_box, epoch, head_number, head_change, created, suspended FROM wallets
WHERE wallet_id = :wallet
"""
_ADD = """
INSERT INTO wallets (wallet_id, handle_hash, genesis, signing, stop_hash, created, allowed_objects, allowed_bytes,
                     suspended, identity_box, epoch, head_number, head_hash, head_change)
VALUES (:wallet, :handle_hash, :genesis, :signing, :stop_hash, :created, :allowed_objects, :allowed_bytes,
        0, :identity_box, 1, 1, :head_hash, :head_change)
ON CONFLICT (wallet_id) DO NOTHING
"""
# The comparison and the step are one statement: of two writers on one head, one finds no row.
_ADVANCE = """
UPDATE wallets SET head_number = :number, head_hash = :hash, head_change = :change
WHERE wallet_id = :wallet AND head_number = :previous AND head_hash = :parent
RETURNING epoch, identity_box, suspended
"""
_SEAL_ANEW = "UPDATE wallets SET epoch = :epoch, identity_box = :identity_box WHERE wallet_id = :wallet"
_HEAD = "SELECT head_number, head_hash FROM wallets WHERE wallet_id = :wallet"
_KEEP = "INSERT INTO wallet_changes (wallet_id, number, token) VALUES (:wallet, :number, :change)"
_CHANGES = """
SELECT number, token FROM wallet_changes WHERE wallet_id = :wallet AND number > :number ORDER BY number LIMIT :limit
"""
_ALLOWANCE = "SELECT allowed_objects, allowed_bytes FROM wallets WHERE wallet_id = :wallet"
_ALLOW = """
UPDATE wallets SET allowed_objects = :objects, allowed_bytes = :bytes
WHERE wallet_id = :wallet AND (allowed_objects < :objects OR allowed_bytes < :bytes)
"""
_SUSPENDED = "SELECT suspended FROM wallets WHERE wallet_id = :wallet"
_STOP_HASH = "SELECT stop_hash FROM wallets WHERE wallet_id = :wallet"
_HANDLE_HASH = "SELECT handle_hash FROM wallets WHERE wallet_id = :wallet"


class WalletRow(NamedTuple):
    """What is public to the holder's devices, as the client sent it."""

    genesis: str
    signing: bytes
    identity_box: str
    epoch: int
    head_number: int
    head_change: str
    created: int
    suspended: int


class Advanced(NamedTuple):
    """The state that a change was put on top of."""

    epoch: int
    identity_box: str
    suspended: int


class Allowance(NamedTuple):
    """What a wallet may hold: live objects, and bytes of bodies and blobs."""

    objects: int
    bytes: int


def find(tx: Tx, wallet: bytes) -> WalletRow | None:
    row = tx.one(_FIND, wallet=wallet)
    return None if row is None else WalletRow(*row)


def add(
    tx: Tx,
    *,
    wallet: bytes,
    handle_hash: bytes,
    genesis: str,
    signing: bytes,
    stop_hash: bytes,
    created: int,
    allowance: Allowance,
    identity_box: str,
    head_hash: bytes,
    head_change: str,
) -> bool:
    """Makes the wallet with its first change; False if it is there already."""
    added = tx.run(
        _ADD,
        wallet=wallet,
        handle_hash=handle_hash,
        genesis=genesis,
        signing=signing,
        stop_hash=stop_hash,
        created=created,
        allowed_objects=allowance.objects,
        allowed_bytes=allowance.bytes,
        identity_box=identity_box,
        head_hash=head_hash,
        head_change=head_change,
    )
    if added:
        tx.run(_KEEP, wallet=wallet, number=1, change=head_change)
    return bool(added)


def advance(tx: Tx, wallet: bytes, number: int, parent: bytes, hash: bytes, change: str) -> Advanced | None:
    """Puts a verified change on the head; None if the head is another one."""
    row = tx.one(_ADVANCE, wallet=wallet, number=number, previous=number - 1, parent=parent, hash=hash, change=change)
    if row is None:
        return None
    tx.run(_KEEP, wallet=wallet, number=number, change=change)
    return Advanced(*row)


def seal_anew(tx: Tx, wallet: bytes, epoch: int, identity_box: str) -> None:
    """A change brought a new identity box, perhaps of a new epoch."""
    tx.run(_SEAL_ANEW, wallet=wallet, epoch=epoch, identity_box=identity_box)


def head(tx: Tx, wallet: bytes) -> tuple[int, bytes]:
    """Number and hash of the head; (0, empty) for a wallet that is not there."""
    row = tx.one(_HEAD, wallet=wallet)
    return (0, b"") if row is None else (row[0], row[1])


def changes_after(tx: Tx, wallet: bytes, number: int, limit: int) -> list[tuple[int, str]]:
    """The next changes, number and token."""
    return [(row[0], row[1]) for row in tx.all(_CHANGES, wallet=wallet, number=number, limit=limit)]


def allowance(tx: Tx, wallet: bytes) -> Allowance:
    """How much the wallet may hold; nothing for a wallet that is not there."""
    row = tx.one(_ALLOWANCE, wallet=wallet)
    return Allowance(0, 0) if row is None else Allowance(*row)


def allow(tx: Tx, wallet: bytes, granted: Allowance) -> None:
    """Raises the allowance, never lowers it."""
    tx.run(_ALLOW, wallet=wallet, objects=granted.objects, bytes=granted.bytes)


def suspended(tx: Tx, wallet: bytes) -> bool:
    """Whether the operator lets the wallet only be read and deleted."""
    row = tx.one(_SUSPENDED, wallet=wallet)
    return row is None or bool(row[0])


def stop_hash(tx: Tx, wallet: bytes) -> bytes | None:
    row = tx.one(_STOP_HASH, wallet=wallet)
    return None if row is None else bytes(row[0])


def handle_hash(tx: Tx, wallet: bytes) -> bytes | None:
    row = tx.one(_HANDLE_HASH, wallet=wallet)
    return None if row is None else bytes(row[0])
