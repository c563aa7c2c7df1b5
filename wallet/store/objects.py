"""Vault objects: sealed bodies and wrapped keys, one row for each id ever used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kit.database import ConstraintViolated, Tx
from wallet.unlock.errors import CHAIN_INVALID

# A new id is inserted blindly: the key refuses one that was ever used, a tombstone's too.
_ADD = """
INSERT INTO vault_objects (wallet_id, object_id, version, number, digest, size, key, body)
VALUES (:wallet, :object, 1, :number, :digest, :size, :key, :body)
"""
_LAST = "SELECT version, size FROM vault_objects WHERE wallet_id = :wallet AND object_id = :object FOR UPDATE"
# A tombstone is final: it has no digest, so nothing matches it.
_REPLACE = """
UPDATE vault_objects
SET version = :version, number = :number, digest = :digest, size = :size, key = :key, body = :body
WHERE wallet_id = :wallet AND object_id = :object AND version = :version - 1 AND digest IS NOT NULL
"""
_REWRAP = """
UPDATE vault_objects SET key = :key, number = :number
WHERE wallet_id = :wallet AND object_id = :object AND version = :version AND digest IS NOT NULL
"""
_AFTER = """
SELECT number, object_id, version, key, body FROM vault_objects
WHERE wallet_id = :wallet AND (number, object_id) > (:number, :object)
ORDER BY number, object_id LIMIT :limit
"""


class Write(NamedTuple):
    """What a change does to one object; digest, key and body None: tombstone."""

    id: bytes
    version: int
    digest: bytes | None = None
    key: str | None = None
    body: str | None = None

    @property
    def size(self) -> int:
        return 0 if self.body is None else len(self.body)


ObjectRow = tuple[int, bytes, int, str | None, str | None]
"""Number of the change that touched it last, id, version, key, body; a plain row, because a sync reads a thousand."""


def write(tx: Tx, wallet: bytes, number: int, writes: Iterable[Write]) -> tuple[int, int]:
    """Applies a change's writes; how many live objects and bytes there are more. Problem `chain-invalid`."""
    new = [one for one in writes if one.version == 1]
    objects = stored = 0
    for one in new:
        if one.digest is None:  # nothing was there that could end
            raise CHAIN_INVALID(reason="versions")
        objects += 1
        stored += one.size
    try:
        tx.run_many(
            _ADD,
            [
                {
                    "wallet": wallet,
                    "object": one.id,
                    "number": number,
                    "digest": one.digest,
                    "size": one.size,
                    "key": one.key,
                    "body": one.body,
                }
                for one in new
            ],
        )
    except ConstraintViolated:
        raise CHAIN_INVALID(reason="versions") from None
    for one in writes:
        if one.version == 1:
            continue
        last = tx.one(_LAST, wallet=wallet, object=one.id)
        replaced = tx.run(
            _REPLACE,
            wallet=wallet,
            object=one.id,
            version=one.version,
            number=number,
            digest=one.digest,
            size=one.size,
            key=one.key,
            body=one.body,
        )
        if last is None or not replaced:
            raise CHAIN_INVALID(reason="versions")
        objects -= one.digest is None
        stored += one.size - last[1]
    return objects, stored


def rewrap(tx: Tx, wallet: bytes, number: int, keys: Iterable[tuple[bytes, int, str]]) -> None:
    """New wrapped keys (id, version, key) for unchanged bodies. Problem `chain-invalid`."""
    for object_id, version, key in keys:
        if not tx.run(_REWRAP, wallet=wallet, object=object_id, version=version, key=key, number=number):
            raise CHAIN_INVALID(reason="rewrapped")


def after(tx: Tx, wallet: bytes, number: int, object_id: bytes, limit: int) -> list[ObjectRow]:
    """The next objects in the order of the change that touched them last."""
    rows: list[ObjectRow] = tx.all(_AFTER, wallet=wallet, number=number, object=object_id, limit=limit)
    return rows
