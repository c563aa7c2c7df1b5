"""Taking a change: verified as a whole outside the write transaction, then compared with the head and stored in it.

The signature and the hashes are checked by a reader, because on SQLite the writer is alone and must be quick. Whether
the change is next is decided by one statement on the wallet's row, which also serialises writers; everything after it
runs under that row's lock and is undone with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from mappe.formats.chain import Change, access_of, verify_change
from mappe.formats.encoding import digest_bytes
from mappe.formats.errors import FormatError

from audit import chain
from audit.chain import Appended
from kit.bodies import parse
from kit.database import Tx
from wallet.store import objects, usage
from wallet.store.errors import STALE_HEAD
from wallet.store.objects import Write
from wallet.store.schemas import CHANGE_BODY_BYTES, ChangeBody
from wallet.unlock import joins, methods, pins, wallets
from wallet.unlock.creation import as_methods
from wallet.unlock.deps import Caller, HolderDevice, own_device
from wallet.unlock.errors import CHAIN_INVALID, SESSION_INVALID, WALLET_SUSPENDED
from wallet.unlock.wallets import Advanced


@dataclass(frozen=True, slots=True)
class Verified:
    """A change whose signature holds and which is accompanied by exactly what it names."""

    change: Change
    token: str
    writes: list[Write]
    body: ChangeBody


def verify(tx: Tx, caller: Caller, raw: bytes) -> Verified:
    """Reads and verifies a request. Problem `invalid-request`, `chain-invalid`."""
    device = caller.device(tx)
    row = wallets.find(tx, device.wallet)
    if row is None:
        raise SESSION_INVALID()
    body = parse(ChangeBody, raw, CHANGE_BODY_BYTES)
    try:
        change = verify_change(body.change, row.signing)
    except FormatError as error:
        raise CHAIN_INVALID(reason=error.code) from None
    return Verified(change, body.change, accompany(change, body, device), body)


def accompany(change: Change, body: ChangeBody, device: HolderDevice) -> list[Write]:
    """Pure: the writes, if every named body is there with its hash and nothing else is. Problem `chain-invalid`."""
    if change.wallet != device.wallet or change.device != device.jkt or change.parent is None:
        raise CHAIN_INVALID(reason="wallet")
    sent = {one.id: one for one in body.objects}
    writes: list[Write] = []
    for object_id, version, digest in change.objects:
        one = sent.pop(object_id, None) if digest is not None else None
        if one is None:
            writes.append(Write(object_id, version))
        else:
            writes.append(Write(object_id, version, digest, one.key, one.body))
        fits = (one is None) if digest is None else one is not None and _is(one.version, one.body, version, digest)
        if not fits:
            raise CHAIN_INVALID(reason="objects")
    if sent or len({one.id for one in body.objects}) != len(body.objects):
        raise CHAIN_INVALID(reason="objects")
    rewrapped = {one.id for one in body.rewrapped or ()}
    if len(rewrapped) != len(body.rewrapped or ()) or not rewrapped.isdisjoint(one.id for one in writes):
        raise CHAIN_INVALID(reason="rewrapped")
    return writes


def _is(version: int, text: str, expected_version: int, expected: bytes) -> bool:
    return version == expected_version and digest_bytes(text) == expected


def take(tx: Tx, caller: Caller, verified: Verified) -> tuple[int, Appended]:
    """Stores the change on the head; its number and log entry. Problem `stale-head`, `chain-invalid`,
    `quota-exceeded`, `wallet-suspended`. The change that is the head already is answered again: an answer was lost.
    """
    body = verified.body
    locks = body.methods is not None or body.identity_box is not None or bool(body.rewrapped)
    device = own_device(tx, caller, "locks") if locks else caller.device(tx)
    change = verified.change
    assert change.parent is not None
    advanced = wallets.advance(tx, device.wallet, change.number, change.parent, change.hash, verified.token)
    if advanced is None:
        number, head = wallets.head(tx, device.wallet)
        if (number, head) != (change.number, change.hash):
            raise STALE_HEAD(number=number)
    else:
        if advanced.suspended:
            raise WALLET_SUSPENDED()
        _store(tx, device.wallet, verified, advanced)
    kind = "vault-changed" if verified.body.methods is None else "method-changed"
    detail = {"number": change.number, "objects": len(change.objects), "epoch": change.epoch}
    appended = chain.append(tx, wallet=device.wallet, kind=kind, actor=device.actor(), now=caller.now, detail=detail)
    return change.number, appended


def _store(tx: Tx, wallet: bytes, verified: Verified, advanced: Advanced) -> None:
    change, body = verified.change, verified.body
    raised = change.epoch == advanced.epoch + 1
    if not raised and change.epoch != advanced.epoch:
        raise CHAIN_INVALID(reason="epoch")
    if raised and (body.methods is None or body.identity_box is None):
        raise CHAIN_INVALID(reason="methods")
    if body.rewrapped and not raised:
        raise CHAIN_INVALID(reason="rewrapped")
    identity_box = body.identity_box or advanced.identity_box
    old = methods.load(tx, wallet)
    new = old if body.methods is None else methods.judge(old, as_methods(body.methods), epoch_raised=raised)
    if change.access != access_of((method.access_part() for method in new), identity_box):
        raise CHAIN_INVALID(reason="access")
    if body.methods is not None:
        methods.store(tx, wallet, old, new)
    if body.identity_box is not None:
        wallets.seal_anew(tx, wallet, change.epoch, identity_box)
    more, stored = objects.write(tx, wallet, change.number, verified.writes)
    live = usage.count(tx, wallet, objects=more, size=stored)
    if raised:
        pins.erase_all(tx, wallet)  # no envelope on a device opens the new wallet key
        joins.end_all(tx, wallet)  # nor does a box that was sealed with the old one
        keys = [(one.id, one.version, one.key) for one in body.rewrapped or ()]
        objects.rewrap(tx, wallet, change.number, keys)
        # an object whose key stays under the old wallet key would be lost to every device that signs in from now on
        if live != len(keys) + sum(one.digest is not None for one in verified.writes):
            raise CHAIN_INVALID(reason="rewrapped")
