"""Derives again what the store says about each wallet: objects against the signed head, references, quota.

Nothing here needs a key: the head change, signed by the holder, commits to every object and every envelope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from mappe.formats.chain import access_of, change_hash, root_of, verify_change
from mappe.formats.errors import FormatError

from kit.database import Database, Tx

PAGE = 200  # wallets of one read

_WALLETS = """
SELECT wallet_id, signing, identity_box, epoch, head_number, head_hash, head_change FROM wallets
WHERE wallet_id > :after ORDER BY wallet_id LIMIT :limit
"""
_OBJECTS = "SELECT object_id, version, digest, size, key, body FROM vault_objects WHERE wallet_id = :wallet"
_METHODS = "SELECT method_id, version, envelope FROM wallet_methods WHERE wallet_id = :wallet"
_CHANGES = "SELECT count(*), min(number), max(number) FROM wallet_changes WHERE wallet_id = :wallet"
_USAGE = "SELECT objects, stored FROM vault_usage WHERE wallet_id = :wallet"
_BLOBS = "SELECT blob_key, size, refs FROM wallet_blobs WHERE wallet_id = :wallet"
_ATTACHMENTS = "SELECT blob_key, size FROM attachments WHERE wallet_id = :wallet"
_ROUTE = "SELECT h.wallet_id FROM wallets AS w JOIN wallet_handles AS h ON h.handle_hash = w.handle_hash"
_LOST = """
SELECT count(*) FROM wallet_changes AS c WHERE NOT EXISTS (SELECT 1 FROM wallets AS w WHERE w.wallet_id = c.wallet_id)
"""


def fsck(db: Database) -> Iterator[str]:
    """A sentence for each fault; none: every wallet is what its holder has signed."""
    after = b""
    while rows := db.read_now(lambda tx, after=after: tx.all(_WALLETS, after=after, limit=PAGE)):  # type: ignore[misc]
        for row in rows:
            yield from db.read_now(lambda tx, row=row: list(_wallet(tx, *row)))  # type: ignore[misc]
        after = rows[-1][0]
    lost = db.read_now(lambda tx: tx.one(_LOST))
    if lost and lost[0]:
        yield f"{lost[0]} changes belong to no wallet."
    unrouted = db.read_now(_unrouted)
    if unrouted:
        yield f"{unrouted} wallets cannot be reached by their handle."


def references(tx: Tx, wallet: bytes) -> Counter[str]:
    """How often the wallet's attachments refer to each blob."""
    return Counter(str(row[0]) for row in tx.all(_ATTACHMENTS, wallet=wallet))


def _unrouted(tx: Tx) -> int:
    wallets, routed = tx.one("SELECT count(*) FROM wallets"), tx.one(f"SELECT count(*) FROM ({_ROUTE}) AS r")  # noqa: S608
    return int(wallets[0]) - int(routed[0]) if wallets and routed else 0


def _wallet(
    tx: Tx, wallet: bytes, signing: bytes, box: str, epoch: int, number: int, head_hash: bytes, token: str
) -> Iterator[str]:
    try:
        change = verify_change(token, signing)
    except FormatError as error:
        yield f"The head change of a wallet does not verify ({error.code})."
        return
    if (change.wallet, change.number, change.epoch) != (wallet, number, epoch) or change_hash(token) != head_hash:
        yield "The head of a wallet is not its head change."
    objects = tx.all(_OBJECTS, wallet=wallet)
    if root_of([(row[0], row[1], row[2]) for row in objects]) != change.root:
        yield "The objects of a wallet are not those that its head commits to."
    for _, _, digest, size, key, body in objects:
        if digest is not None and (body is None or key is None or sha256(body.encode()).digest() != digest):
            yield "An object is not the one that was signed."
        elif size != (0 if body is None else len(body)) or (digest is None and (body, key) != (None, None)):
            yield "An object's size is wrong, or a tombstone holds something."
    if access_of(tx.all(_METHODS, wallet=wallet), box) != change.access:
        yield "The methods of a wallet are not those that its head commits to."
    changes = tx.one(_CHANGES, wallet=wallet)
    if changes != (number, 1, number):
        yield f"A wallet should have changes 1 to {number}; it has others."
    yield from _usage(tx, wallet, sum(row[2] is not None for row in objects), sum(row[3] for row in objects))


def _usage(tx: Tx, wallet: bytes, live: int, stored: int) -> Iterator[str]:
    blobs = {str(row[0]): (row[1], row[2]) for row in tx.all(_BLOBS, wallet=wallet)}
    for key, size in tx.all(_ATTACHMENTS, wallet=wallet):
        if key not in blobs or blobs[key][0] != size:
            yield "An attachment's blob is not counted, or with another size."
    stored += sum(size for size, _ in blobs.values())
    usage = tx.one(_USAGE, wallet=wallet) or (0, 0)
    if tuple(usage) != (live, stored):
        yield f"A wallet counts {usage[0]} objects and {usage[1]} bytes; it holds {live} and {stored}."
