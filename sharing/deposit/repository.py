"""All SQL of the deposit slice."""

from __future__ import annotations

from typing import NamedTuple

from kit.database import Tx
from sharing.deposit.rules import Code

_ROUTE = """
INSERT INTO deposit_routes (code_id, wallet_id) VALUES (:code, :wallet) ON CONFLICT (code_id) DO NOTHING
"""
_ROUTE_OF = "SELECT wallet_id FROM deposit_routes WHERE code_id = :code"
_UNROUTE = "DELETE FROM deposit_routes WHERE code_id = :code AND wallet_id = :wallet"
_LOCK_OWNER = """
INSERT INTO deposit_owners (wallet_id, codes) VALUES (:wallet, 1)
ON CONFLICT (wallet_id) DO UPDATE SET codes = deposit_owners.codes + 1
"""
_PROMISED = """
SELECT COUNT(*), COALESCE(SUM(bytes_max - bytes_used), 0) FROM deposit_codes
WHERE wallet_id = :wallet AND ended = 0 AND exp > :now
"""
_WAITING = "SELECT COALESCE(SUM(size), 0) FROM deposit_items WHERE wallet_id = :wallet"
_ADD_CODE = """
INSERT INTO deposit_codes
  (wallet_id, code_id, auth, public, exp, files_max, bytes_max, files_used, bytes_used, ended, until)
VALUES (:wallet, :code, :auth, :public, :exp, :files, :bytes, 0, 0, 0, :until)
ON CONFLICT (wallet_id, code_id) DO NOTHING
"""
_CODE = """
SELECT auth, public, exp, files_max, bytes_max, files_used, bytes_used, ended FROM deposit_codes
WHERE wallet_id = :wallet AND code_id = :code
"""
_CODES = """
SELECT code_id, auth, public, exp, files_max, bytes_max, files_used, bytes_used, ended FROM deposit_codes
WHERE wallet_id = :wallet ORDER BY exp
"""
_TAKE = """
UPDATE deposit_codes SET files_used = files_used + 1, bytes_used = bytes_used + :size
WHERE wallet_id = :wallet AND code_id = :code AND ended = 0
  AND files_used < files_max AND bytes_used + :size <= bytes_max
RETURNING files_used
"""
_END = """
UPDATE deposit_codes SET ended = :now, until = :until WHERE wallet_id = :wallet AND code_id = :code AND ended = 0
"""
_OPEN_CODES = "SELECT code_id FROM deposit_codes WHERE wallet_id = :wallet AND ended = 0"
_CODE_IDS = "SELECT code_id FROM deposit_codes WHERE wallet_id = :wallet"
_ADD_ITEM = """
INSERT INTO deposit_items (wallet_id, code_id, item_id, manifest, size, blob_key, receipts, received, until)
VALUES (:wallet, :code, :item, :manifest, :size, :blob_key, 0, :now, :until)
"""
_ITEM = """
SELECT manifest, size, blob_key, receipts FROM deposit_items
WHERE wallet_id = :wallet AND code_id = :code AND item_id = :item
"""
_ITEMS = """
SELECT code_id, item_id, manifest, size, received, until FROM deposit_items
WHERE wallet_id = :wallet AND receipts > 0 AND until > :now ORDER BY received, item_id
"""
_RECEIVED = """
UPDATE deposit_items SET receipts = receipts + 1, received = CASE WHEN receipts = 0 THEN :now ELSE received END,
  until = CASE WHEN receipts = 0 THEN :until ELSE until END
WHERE wallet_id = :wallet AND code_id = :code AND item_id = :item RETURNING receipts
"""
_REMOVE = """
DELETE FROM deposit_items WHERE wallet_id = :wallet AND code_id = :code AND item_id = :item AND receipts > 0
RETURNING blob_key, size
"""
_DROP_UNFINISHED = """
DELETE FROM deposit_items WHERE wallet_id = :wallet AND code_id = :code AND receipts = 0 RETURNING blob_key
"""
_DROP_BLOB = "DELETE FROM deposit_items WHERE wallet_id = :wallet AND blob_key = :blob_key RETURNING blob_key"
_STALE_ITEMS = """
SELECT wallet_id, code_id, item_id FROM deposit_items WHERE until <= :now ORDER BY until LIMIT :limit
"""
_DROP_STALE = """
DELETE FROM deposit_items
WHERE wallet_id = :wallet AND code_id = :code AND item_id = :item AND until <= :now RETURNING blob_key, receipts
"""
_STALE_CODES = "SELECT wallet_id, code_id FROM deposit_codes WHERE until <= :now ORDER BY until LIMIT :limit"
_DROP_STALE_CODE = "DELETE FROM deposit_codes WHERE wallet_id = :wallet AND code_id = :code AND until <= :now"
_BLOBS = "DELETE FROM deposit_items WHERE wallet_id = :wallet RETURNING blob_key"
_ERASE_CODES = "DELETE FROM deposit_codes WHERE wallet_id = :wallet"
_ERASE_OWNER = "DELETE FROM deposit_owners WHERE wallet_id = :wallet"
_SPEND = """
UPDATE deposit_codes SET files_used = CASE WHEN files_used < :value THEN :value ELSE files_used END
WHERE wallet_id = :wallet AND code_id = :code
"""


class Item(NamedTuple):
    """A file as its row says; `receipts` 0: not complete."""

    manifest: str
    size: int
    blob_key: str
    receipts: int


class Waiting(NamedTuple):
    """A complete file in quarantine."""

    code: bytes
    item: bytes
    manifest: str
    size: int
    received: int
    until: int


def route(tx: Tx, code: bytes, wallet: bytes) -> bool:
    """Lets the code lead to this wallet; False if it leads to another."""
    tx.run(_ROUTE, code=code, wallet=wallet)
    return route_of(tx, code) == wallet


def route_of(tx: Tx, code: bytes) -> bytes | None:
    row = tx.one(_ROUTE_OF, code=code)
    return None if row is None else bytes(row[0])


def unroute(tx: Tx, code: bytes, wallet: bytes) -> None:
    tx.run(_UNROUTE, code=code, wallet=wallet)


def lock_owner(tx: Tx, wallet: bytes) -> None:
    """Nobody else makes a code for this wallet until the commit."""
    tx.run(_LOCK_OWNER, wallet=wallet)


def load(tx: Tx, wallet: bytes, now: int) -> tuple[int, int, int]:
    """Open codes, bytes that they may still take, bytes in quarantine or on their way."""
    promised, waiting = tx.one(_PROMISED, wallet=wallet, now=now), tx.one(_WAITING, wallet=wallet)
    assert promised is not None and waiting is not None
    return int(promised[0]), int(promised[1]), int(waiting[0])


def add_code(tx: Tx, wallet: bytes, code: bytes, new: Code, until: int) -> bool:
    """False if the wallet has this code already."""
    added = tx.run(
        _ADD_CODE,
        wallet=wallet,
        code=code,
        auth=new.auth,
        public=new.public,
        exp=new.exp,
        files=new.files,
        bytes=new.bytes,
        until=until,
    )
    return added == 1


def find_code(tx: Tx, wallet: bytes, code: bytes, *, lock: bool = False) -> Code | None:
    """The code; with `lock` nobody else changes it until the commit."""
    row = tx.one(_CODE + " FOR UPDATE" if lock else _CODE, wallet=wallet, code=code)
    return None if row is None else Code(*row)


def codes(tx: Tx, wallet: bytes) -> list[tuple[bytes, Code]]:
    return [(row[0], Code(*row[1:])) for row in tx.all(_CODES, wallet=wallet)]


def take(tx: Tx, wallet: bytes, code: bytes, size: int) -> int | None:
    """Takes room for one file of `size` bytes; how many files are used, or None if there is no room."""
    row = tx.one(_TAKE, wallet=wallet, code=code, size=size)
    return None if row is None else int(row[0])


def end(tx: Tx, wallet: bytes, code: bytes, now: int, until: int) -> bool:
    """False if it has ended before."""
    return tx.run(_END, wallet=wallet, code=code, now=now, until=until) == 1


def open_codes(tx: Tx, wallet: bytes) -> list[bytes]:
    return [row[0] for row in tx.all(_OPEN_CODES, wallet=wallet)]


def code_ids(tx: Tx, wallet: bytes) -> list[bytes]:
    return [row[0] for row in tx.all(_CODE_IDS, wallet=wallet)]


def add_item(tx: Tx, wallet: bytes, code: bytes, item: bytes, new: Item, now: int, until: int) -> None:
    tx.run(
        _ADD_ITEM,
        wallet=wallet,
        code=code,
        item=item,
        manifest=new.manifest,
        size=new.size,
        blob_key=new.blob_key,
        now=now,
        until=until,
    )


def find_item(tx: Tx, wallet: bytes, code: bytes, item: bytes) -> Item | None:
    row = tx.one(_ITEM, wallet=wallet, code=code, item=item)
    return None if row is None else Item(*row)


def waiting_items(tx: Tx, wallet: bytes, now: int) -> list[Waiting]:
    """Complete files, the oldest first."""
    return [Waiting(*row) for row in tx.all(_ITEMS, wallet=wallet, now=now)]


def received(tx: Tx, wallet: bytes, code: bytes, item: bytes, now: int, until: int) -> int:
    """Marks the file as complete, or counts one more receipt; how many were given."""
    row = tx.one(_RECEIVED, wallet=wallet, code=code, item=item, now=now, until=until)
    assert row is not None
    return int(row[0])


def remove(tx: Tx, wallet: bytes, code: bytes, item: bytes) -> tuple[str, int] | None:
    """Takes a complete file out of quarantine: key and size of its blob."""
    row = tx.one(_REMOVE, wallet=wallet, code=code, item=item)
    return None if row is None else (str(row[0]), int(row[1]))


def drop_blob(tx: Tx, wallet: bytes, blob_key: str) -> list[str]:
    """Removes the file whose bytes are this blob; the key, if there was one."""
    return [str(row[0]) for row in tx.all(_DROP_BLOB, wallet=wallet, blob_key=blob_key)]


def drop_unfinished(tx: Tx, wallet: bytes, code: bytes) -> list[str]:
    """Removes uploads under way; the keys of their blobs."""
    return [row[0] for row in tx.all(_DROP_UNFINISHED, wallet=wallet, code=code)]


def stale_items(tx: Tx, now: int, limit: int) -> list[tuple[bytes, bytes, bytes]]:
    return [(row[0], row[1], row[2]) for row in tx.all(_STALE_ITEMS, now=now, limit=limit)]


def drop_stale(tx: Tx, wallet: bytes, code: bytes, item: bytes, now: int) -> tuple[str, bool] | None:
    """Removes a file whose time is over: key of its blob, and whether it was complete."""
    row = tx.one(_DROP_STALE, wallet=wallet, code=code, item=item, now=now)
    return None if row is None else (str(row[0]), row[1] > 0)


def stale_codes(tx: Tx, now: int, limit: int) -> list[tuple[bytes, bytes]]:
    return [(row[0], row[1]) for row in tx.all(_STALE_CODES, now=now, limit=limit)]


def drop_stale_code(tx: Tx, wallet: bytes, code: bytes, now: int) -> bool:
    return tx.run(_DROP_STALE_CODE, wallet=wallet, code=code, now=now) == 1


def erase(tx: Tx, wallet: bytes) -> list[str]:
    """Removes everything in the wallet's shard; the keys of all blobs."""
    keys = [str(row[0]) for row in tx.all(_BLOBS, wallet=wallet)]
    tx.run(_ERASE_CODES, wallet=wallet)
    tx.run(_ERASE_OWNER, wallet=wallet)
    return keys


def raise_files_used(tx: Tx, wallet: bytes, code: bytes, value: int) -> None:
    """After a restore: a spent counter stays spent (D21)."""
    tx.run(_SPEND, wallet=wallet, code=code, value=value)
