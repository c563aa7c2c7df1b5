"""The holder's side: make a code, look at what waits, accept or discard it, end the code."""

from __future__ import annotations

from typing import NamedTuple

from audit import chain, ledger
from audit.chain import Appended
from kit import outbox
from kit.database import Tx
from kit.errors import NOT_FOUND
from kit.ids import b64u
from sharing.deposit import ending, repository
from sharing.deposit.errors import DEPOSIT_CODE_EXISTS, DEPOSIT_LIMITS, DEPOSIT_ROOM
from sharing.deposit.repository import Item
from sharing.deposit.rules import CODE_FILES, CODE_SECONDS, TOMBSTONE_SECONDS, Code, has_room, within_limits
from sharing.deposit.schemas import NewCode
from wallet.store import attachments
from wallet.unlock.deps import HolderDevice


class Found(NamedTuple):
    """Bytes that may be read: the blob's key and its size."""

    blob_key: str
    size: int


def check_limits(new: NewCode, most_bytes: int, now: int) -> None:
    """Before a route is written for a code that cannot be."""
    if not within_limits(new.exp, new.files, new.bytes, most_bytes, now):
        raise DEPOSIT_LIMITS(seconds=CODE_SECONDS, files=CODE_FILES, bytes=most_bytes)


def prepare(tx: Tx, wallet: bytes, code: bytes, now: int) -> None:
    """The route is written next, in a shard of its own; should the code never come, a job removes it."""
    if repository.find_code(tx, wallet, code) is not None:
        raise DEPOSIT_CODE_EXISTS()
    ending.before_route(tx, wallet, code, now)


def create(tx: Tx, device: HolderDevice, new: NewCode, now: int) -> Appended:
    """Stores a code whose route is there. Its room is set aside now, so that no sender meets the wallet full."""
    wallet = device.wallet
    repository.lock_owner(tx, wallet)
    if not has_room(*repository.load(tx, wallet, now), new.bytes):
        raise DEPOSIT_ROOM()
    code = Code(new.auth, new.key, new.exp, new.files, new.bytes, 0, 0, 0)
    if not repository.add_code(tx, wallet, new.code, code, new.exp + TOMBSTONE_SECONDS):
        raise DEPOSIT_CODE_EXISTS()
    detail: dict[str, str | int] = {
        "code": b64u(new.code),
        "until": new.exp,
        "files": new.files,
        "bytes": new.bytes,
    }
    return chain.append(tx, wallet=wallet, kind="deposit-created", actor=device.actor(), now=now, detail=detail)


def codes(tx: Tx, wallet: bytes, now: int) -> list[dict[str, object]]:
    """Every code, those that are over for 30 days more."""
    return [
        {
            "code": b64u(id),
            "exp": code.exp,
            "files_left": code.files_left,
            "bytes_left": code.bytes_left,
            "state": code.state(now),
        }
        for id, code in repository.codes(tx, wallet)
    ]


def waiting(tx: Tx, wallet: bytes, now: int) -> list[dict[str, object]]:
    """What lies in quarantine, the oldest first."""
    return [
        {
            "code": b64u(item.code),
            "item": b64u(item.item),
            "manifest": item.manifest,
            "size": item.size,
            "received": item.received,
            "until": item.until,
        }
        for item in repository.waiting_items(tx, wallet, now)
    ]


def find(tx: Tx, wallet: bytes, code: bytes, item: bytes) -> Found:
    """A complete file in quarantine."""
    found: Item | None = repository.find_item(tx, wallet, code, item)
    if found is None or not found.receipts:
        raise NOT_FOUND()
    return Found(found.blob_key, found.size)


def accept(
    tx: Tx, device: HolderDevice, code: bytes, item: bytes, attachment: bytes, version: int, now: int
) -> Appended:
    """The same bytes become an attachment of the wallet; from here on they count against its own quota."""
    wallet = device.wallet
    removed = repository.remove(tx, wallet, code, item)
    if removed is None:
        raise NOT_FOUND()
    attachments.adopt(tx, wallet, attachment, version, *removed)
    detail = {"code": b64u(code), "item": b64u(item), "attachment": b64u(attachment)}
    return chain.append(tx, wallet=wallet, kind="deposit-accepted", actor=device.actor(), now=now, detail=detail)


def discard(tx: Tx, device: HolderDevice, code: bytes, item: bytes, now: int) -> Appended:
    """The file goes, and its bytes with it."""
    wallet = device.wallet
    removed = repository.remove(tx, wallet, code, item)
    if removed is None:
        raise NOT_FOUND()
    outbox.enqueue(tx, wallet, attachments.BLOB_DELETE, removed[0], now)
    ledger.record(tx, wallet, "deposit-discarded", removed[0].encode())
    detail = {"code": b64u(code), "item": b64u(item)}
    return chain.append(tx, wallet=wallet, kind="deposit-discarded", actor=device.actor(), now=now, detail=detail)


def end(tx: Tx, device: HolderDevice, code: bytes, now: int) -> Appended | None:
    """Closes a code; what is in quarantine stays. None if it was closed before."""
    if repository.find_code(tx, device.wallet, code) is None:
        raise NOT_FOUND()
    if not ending.end(tx, device.wallet, code, now):
        return None
    detail = {"code": b64u(code)}
    return chain.append(tx, wallet=device.wallet, kind="deposit-ended", actor=device.actor(), now=now, detail=detail)
