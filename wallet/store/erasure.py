"""Deleting what the store keeps of a wallet. Bytes of blobs go through the outbox, after the rows are gone for good."""

from __future__ import annotations

from kit import outbox
from kit.database import Tx
from wallet.store.attachments import BLOB_DELETE, UPLOAD_EXPIRE

_BLOBS = "DELETE FROM wallet_blobs WHERE wallet_id = :wallet RETURNING blob_key"
_TABLES = ("vault_objects", "vault_usage", "attachments")
_ERASE = tuple(f"DELETE FROM {table} WHERE wallet_id = :wallet" for table in _TABLES)  # noqa: S608  (constants)
_NOW = 0  # due at once


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet: afterwards no row of the store holds its id."""
    outbox.forget(tx, wallet, UPLOAD_EXPIRE)
    for (blob_key,) in tx.all(_BLOBS, wallet=wallet):
        outbox.enqueue(tx, wallet, BLOB_DELETE, blob_key, _NOW)
    for statement in _ERASE:
        tx.run(statement, wallet=wallet)
