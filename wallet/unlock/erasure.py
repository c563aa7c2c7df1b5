"""Deleting what unlock keeps of a wallet.

The routes to it, handle and sessions, are other shards: `wallet.unlock.deletion`.
"""

from __future__ import annotations

from kit.database import Tx

_TABLES = ("wallet_methods", "wallet_devices", "wallet_recoveries", "wallet_changes", "wallets")
_ERASE = tuple(f"DELETE FROM {table} WHERE wallet_id = :wallet" for table in _TABLES)  # noqa: S608  (constants)


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet: afterwards no row of unlock in the wallet's shard holds its id."""
    for statement in _ERASE:
        tx.run(statement, wallet=wallet)
