"""Deleting what unlock keeps of a wallet.

The routes to it, handle and sessions, are other shards: `wallet.unlock.deletion`.
"""

from __future__ import annotations

from kit import outbox
from kit.database import Tx
from wallet.unlock import joins, lending

_TABLES = (
    "wallet_methods",
    "wallet_pins",
    "wallet_joins",
    "wallet_devices",
    "wallet_recoveries",
    "wallet_changes",
    "wallets",
)
_JOBS = (joins.SWEEP, lending.END)
_ERASE = tuple(f"DELETE FROM {table} WHERE wallet_id = :wallet" for table in _TABLES)  # noqa: S608  (constants)


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet: afterwards no row of unlock in the wallet's shard holds its id."""
    for statement in _ERASE:
        tx.run(statement, wallet=wallet)
    for kind in _JOBS:
        outbox.forget(tx, wallet, kind)
