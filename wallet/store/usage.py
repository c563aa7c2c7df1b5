"""Quotas: counted with what they count, in the same transaction, by one atomic statement."""

from __future__ import annotations

from kit.database import Tx
from wallet.store.errors import QUOTA_EXCEEDED
from wallet.unlock import wallets

_COUNT = """
INSERT INTO vault_usage (wallet_id, objects, stored) VALUES (:wallet, :objects, :stored)
ON CONFLICT (wallet_id) DO UPDATE
SET objects = vault_usage.objects + :objects, stored = vault_usage.stored + :stored
RETURNING objects, stored
"""
_READ = "SELECT objects, stored FROM vault_usage WHERE wallet_id = :wallet"


def count(tx: Tx, wallet: bytes, *, objects: int = 0, size: int = 0) -> int:
    """Adds to what the wallet holds (negative: takes away) and returns its live objects.

    Problem `quota-exceeded` if that is more than it may hold; raised, it undoes the counting with everything else. What
    only takes away is never refused, so an allowance that was lowered does not hinder cleaning up.
    """
    row = tx.one(_COUNT, wallet=wallet, objects=objects, stored=size)
    assert row is not None
    if objects > 0 or size > 0:
        allowed = wallets.allowance(tx, wallet)
        if (objects > 0 and row[0] > allowed.objects) or (size > 0 and row[1] > allowed.bytes):
            raise QUOTA_EXCEEDED(objects_allowed=allowed.objects, bytes_allowed=allowed.bytes)
    return int(row[0])


def read(tx: Tx, wallet: bytes) -> tuple[int, int]:
    """Live objects and bytes."""
    row = tx.one(_READ, wallet=wallet)
    return (0, 0) if row is None else (row[0], row[1])
