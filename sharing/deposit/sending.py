"""The sender's side. Everything is public and proved by the code's capability; nothing can be read back.

Each call: (1) route to a wallet, a decoy where there is none, so that known and unknown codes cost the same;
(2) compare the capability: a stranger is counted and gets the one 404; (3) the code must be active; (4) limits, log,
commit. Room for a file is taken before its first byte is, by one atomic statement: no number of parallel senders passes
a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Final, NamedTuple

from audit import chain, ledger, refusals
from audit.chain import Appended
from kit.blobs import UPLOAD_CLOSED, blob_key
from kit.database import Tx
from kit.errors import NOT_FOUND
from kit.ids import b64u, new_id
from sharing.deposit import repository
from sharing.deposit.errors import DEPOSIT_ENDED, DEPOSIT_EXPIRED, DEPOSIT_FULL, DEPOSIT_ITEM_EXISTS
from sharing.deposit.repository import Item
from sharing.deposit.rules import QUARANTINE_SECONDS, RECEIPTS, Code
from sharing.deposit.schemas import NewItem

SENDER: Final[Mapping[str, str]] = {"type": "sender"}
_NO_AUTH = bytes(32)  # what a capability is compared with where there is no code; SHA-256 never gives it


class Peeked(NamedTuple):
    """What a sender may know before sending."""

    code: Code
    entry: Appended


def peek(tx: Tx, code_id: bytes, auth: bytes, now: int) -> Peeked:
    """The public key and what is left. Logged, so that the holder sees that the code is known to somebody."""
    wallet, code = _active(tx, code_id, auth, now)
    entry = chain.append(
        tx, wallet=wallet, kind="deposit-opened", actor=SENDER, now=now, detail={"code": b64u(code_id)}
    )
    return Peeked(code, entry)


def begin(tx: Tx, code_id: bytes, new: NewItem, now: int) -> Item:
    """Takes room for a file. The same file begun again goes on where it stopped."""
    wallet, code = _active(tx, code_id, new.auth, now, lock=True)
    found = repository.find_item(tx, wallet, code_id, new.item)
    if found is not None:
        if (found.manifest, found.size) != (new.manifest, new.size):
            raise DEPOSIT_ITEM_EXISTS()
        return found
    used = repository.take(tx, wallet, code_id, new.size) if code.has_room(new.size) else None
    if used is None:
        raise DEPOSIT_FULL(files_left=code.files_left, bytes_left=code.bytes_left)
    item = Item(new.manifest, new.size, blob_key("deposit", new_id()), 0)
    repository.add_item(tx, wallet, code_id, new.item, item, now, code.exp)
    ledger.record(tx, wallet, "deposit-files", code_id, used)
    return item


def find(tx: Tx, code_id: bytes, auth: bytes, item: bytes, now: int) -> Item:
    """A file of this code, complete or not, while the code is active."""
    wallet, _ = _active(tx, code_id, auth, now)
    found = repository.find_item(tx, wallet, code_id, item)
    if found is None:
        raise NOT_FOUND()
    return found


def complete(tx: Tx, code_id: bytes, auth: bytes, item: bytes, blob: str, now: int) -> Appended:
    """All bytes of `blob` are stored and closed: the file is in quarantine from now on. The entry is the receipt."""
    wallet, _ = _active(tx, code_id, auth, now, lock=True)
    found = repository.find_item(tx, wallet, code_id, item)
    if found is None or found.blob_key != blob:
        raise NOT_FOUND()
    if found.receipts >= RECEIPTS:
        raise UPLOAD_CLOSED()
    receipts = repository.received(tx, wallet, code_id, item, now, now + QUARANTINE_SECONDS)
    detail: dict[str, str | int] = {"code": b64u(code_id), "item": b64u(item), "size": found.size}
    if receipts > 1:
        detail["receipt"] = receipts  # the same file, confirmed again
    return chain.append(tx, wallet=wallet, kind="deposit-received", actor=SENDER, now=now, detail=detail)


def _active(tx: Tx, code_id: bytes, auth: bytes, now: int, *, lock: bool = False) -> tuple[bytes, Code]:
    wallet = repository.route_of(tx, code_id) or refusals.DECOY
    code = repository.find_code(tx, wallet, code_id, lock=lock)
    if not compare_digest(sha256(auth).digest(), _NO_AUTH if code is None else code.auth) or code is None:
        refusals.count(tx, wallet, now)
        raise NOT_FOUND(record_kept=True)
    state = code.state(now)
    if state != "active":
        refusals.count(tx, wallet, now)
        raise (DEPOSIT_ENDED if state == "ended" else DEPOSIT_EXPIRED)(record_kept=True)
    return wallet, code
