"""Attachments and the counted references to their bytes.

An attachment version is immutable, so a grant does not copy it: it counts a reference to the same blob (D11). The blob
goes with its last reference, through the outbox: bytes are erased only after the row that named them is gone for good.
The size counts against the wallet's quota for as long as any reference is there.
"""

from __future__ import annotations

from audit import ledger
from kit import outbox
from kit.blobs import blob_key as new_blob_key
from kit.database import Tx
from kit.ids import new_id
from wallet.store import usage
from wallet.store.errors import ATTACHMENT_EXISTS, ATTACHMENT_MISSING
from wallet.unlock import wallets
from wallet.unlock.errors import WALLET_SUSPENDED

BLOB_DELETE = "blob-delete"  # outbox job, payload: the key of the blob
UPLOAD_EXPIRE = "upload-expire"  # outbox job, payload: "<attachment> <version>"

_FIND = """
SELECT blob_key, size, complete FROM attachments
WHERE wallet_id = :wallet AND attachment_id = :attachment AND version = :version
"""
_ADD = """
INSERT INTO attachments (wallet_id, attachment_id, version, blob_key, size, complete)
VALUES (:wallet, :attachment, :version, :blob_key, :size, :complete)
ON CONFLICT (wallet_id, attachment_id, version) DO NOTHING
"""
_REMOVE = """
DELETE FROM attachments WHERE wallet_id = :wallet AND attachment_id = :attachment AND version = :version
RETURNING blob_key
"""
_NAMED = "SELECT attachment_id, version FROM attachments WHERE wallet_id = :wallet AND blob_key = :blob_key"
_COMPLETE = """
UPDATE attachments SET complete = 1
WHERE wallet_id = :wallet AND attachment_id = :attachment AND version = :version AND blob_key = :blob_key
"""
_COUNT_FIRST = "INSERT INTO wallet_blobs (wallet_id, blob_key, size, refs) VALUES (:wallet, :blob_key, :size, 1)"
_COUNT = "UPDATE wallet_blobs SET refs = refs + 1 WHERE wallet_id = :wallet AND blob_key = :blob_key"
_UNCOUNT = """
UPDATE wallet_blobs SET refs = refs - 1 WHERE wallet_id = :wallet AND blob_key = :blob_key RETURNING refs, size
"""
_FORGET = "DELETE FROM wallet_blobs WHERE wallet_id = :wallet AND blob_key = :blob_key"
_SIZE = "SELECT size FROM wallet_blobs WHERE wallet_id = :wallet AND blob_key = :blob_key"


class Stored:
    """What the rows say about one attachment version."""

    __slots__ = ("blob_key", "complete", "size")

    def __init__(self, blob_key: str, size: int, complete: int) -> None:
        self.blob_key = blob_key
        self.size = size
        self.complete = bool(complete)


def find(tx: Tx, wallet: bytes, attachment: bytes, version: int) -> Stored | None:
    """The attachment version, complete or not."""
    row = tx.one(_FIND, wallet=wallet, attachment=attachment, version=version)
    return None if row is None else Stored(*row)


def acquire(tx: Tx, wallet: bytes, attachment: bytes, version: int) -> str:
    """Counts one more reference to a complete attachment and returns its blob's key. Problem `attachment-missing`."""
    row = tx.one(_FIND + " FOR UPDATE", wallet=wallet, attachment=attachment, version=version)
    if row is None or not row[2]:
        raise ATTACHMENT_MISSING()
    tx.run(_COUNT, wallet=wallet, blob_key=row[0])
    return str(row[0])


def size_of(tx: Tx, wallet: bytes, blob_key: str) -> int | None:
    """The bytes of a blob to which something of this wallet refers."""
    row = tx.one(_SIZE, wallet=wallet, blob_key=blob_key)
    return None if row is None else int(row[0])


def release(tx: Tx, wallet: bytes, blob_key: str, now: int) -> None:
    """Takes one reference back; with the last one the bytes are erased and the quota is free again."""
    row = tx.one(_UNCOUNT, wallet=wallet, blob_key=blob_key)
    if row is None or row[0] > 0:
        return
    tx.run(_FORGET, wallet=wallet, blob_key=blob_key)
    usage.count(tx, wallet, size=-row[1])
    outbox.enqueue(tx, wallet, BLOB_DELETE, blob_key, now)


def adopt(tx: Tx, wallet: bytes, attachment: bytes, version: int, blob_key: str, size: int) -> None:
    """A blob that is stored already becomes an attachment: an accepted deposit needs no second upload.

    Problem `attachment-exists`, `quota-exceeded`.
    """
    usage.count(tx, wallet, size=size)
    _insert(tx, wallet, attachment, version, blob_key, size, complete=1)


def begin(tx: Tx, wallet: bytes, attachment: bytes, version: int, size: int) -> str:
    """Reserves room for an upload and returns the key of its blob. Problem `attachment-exists`, `quota-exceeded`,
    `wallet-suspended`."""
    if wallets.suspended(tx, wallet):
        raise WALLET_SUSPENDED()
    blob_key = new_blob_key("attachment", new_id())
    usage.count(tx, wallet, size=size)
    _insert(tx, wallet, attachment, version, blob_key, size, complete=0)
    return blob_key


def complete(tx: Tx, wallet: bytes, attachment: bytes, version: int, blob_key: str) -> bool:
    """All bytes are stored and closed; False if the attachment was deleted in the meantime."""
    return tx.run(_COMPLETE, wallet=wallet, attachment=attachment, version=version, blob_key=blob_key) == 1


def remove(tx: Tx, wallet: bytes, attachment: bytes, version: int, now: int) -> bool:
    """Deletes an attachment version; its bytes go with the last reference. False if there is none."""
    row = tx.one(_REMOVE, wallet=wallet, attachment=attachment, version=version)
    if row is None:
        return False
    release(tx, wallet, row[0], now)
    ledger.record(tx, wallet, "attachment-removed", row[0].encode())
    return True


def replay_removed(tx: Tx, wallet: bytes, blob_key: str, now: int) -> None:
    """After a restore: an attachment that was deleted since the backup goes again (D21). Its key names this upload
    alone, so the same id sent again stays."""
    for attachment, version in tx.all(_NAMED, wallet=wallet, blob_key=blob_key):
        remove(tx, wallet, attachment, version, now)


def _insert(tx: Tx, wallet: bytes, attachment: bytes, version: int, blob_key: str, size: int, *, complete: int) -> None:
    added = tx.run(
        _ADD,
        wallet=wallet,
        attachment=attachment,
        version=version,
        blob_key=blob_key,
        size=size,
        complete=complete,
    )
    if not added:
        raise ATTACHMENT_EXISTS()
    tx.run(_COUNT_FIRST, wallet=wallet, blob_key=blob_key, size=size)
