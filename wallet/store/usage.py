"""Quotas: counted with what they count, in the same transaction, each by one atomic statement."""

from __future__ import annotations

from dataclasses import dataclass

from kit.context import Config
from kit.database import Tx
from wallet.store.errors import QUOTA_EXCEEDED
from wallet.unlock import wallets

_ADD = """
INSERT INTO vault_usage (wallet_id, objects, bytes) VALUES (:wallet, :objects, :bytes)
ON CONFLICT (wallet_id) DO UPDATE
SET objects = vault_usage.objects + :objects, bytes = vault_usage.bytes + :bytes
RETURNING objects, bytes
"""
_READ = "SELECT objects, bytes FROM vault_usage WHERE wallet_id = :wallet"


@dataclass(frozen=True, slots=True)
class Quota:
    """What a wallet may hold: live objects, and bytes of bodies and blobs."""

    objects: int
    bytes: int
