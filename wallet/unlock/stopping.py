"""Ending things: one device, every waiting recovery, everything that is open to others, the wallet itself."""

from __future__ import annotations

import secrets
from hashlib import sha256

from mappe.formats import jws
from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError
from mappe.formats.handle import handle_hash
from mappe.formats.strict_json import closed, exactly, hash32, id16, loads, time

from audit import chain, ledger, refusals
from audit.chain import Appended
from kit import outbox
from kit.clock import MINUTE
from kit.context import Context
from kit.database import Tx
from kit.errors import NOT_FOUND
from kit.failpoints import reached
from kit.tokens import same
from wallet.unlock import devices, joins, lending, pins, recovery, wallets
from wallet.unlock.creation import UNROUTE, find_wallet, forget_handle
from wallet.unlock.deps import Caller, own_device
from wallet.unlock.endings import WalletEndings
from wallet.unlock.errors import ERASE_REFUSED, SESSION_INVALID, SIGN_IN_REFUSED
from wallet.unlock.schemas import StopBody

ERASE_WINDOW = 5 * MINUTE  # seconds between signing and deleting, both clocks' faults included
ERASE_BYTES = 1024
ROUTES_FORGET = "wallet-routes-forget"  # outbox job, payload: hash of the handle, hex

_ERASE = {"v": exactly(1), "wallet": hash32, "nonce": id16, "time": time}
_NOBODY = secrets.token_bytes(32)  # compared with where there is no wallet


def remove_device(tx: Tx, caller: Caller, jkt: str) -> tuple[bytes, Appended]:
    """Locks one device out, perhaps the calling one. Problem `not-found`."""
    device = own_device(tx, caller, "device-remove")
    if not devices.remove(tx, device.wallet, jkt):
        raise NOT_FOUND()
    recovery.end(tx, device.wallet, jkt)
    appended = chain.append(
        tx,
        wallet=device.wallet,
        kind="device-removed",
        actor=device.actor(),
        now=caller.now,
        detail={"device": jkt},
    )
    return device.wallet, appended


def stop_recovery(tx: Tx, caller: Caller) -> Appended:
    """Ends every wait."""
    device = own_device(tx, caller, "recovery-stop")
    stopped = recovery.stop_all(tx, device.wallet)
    return chain.append(
        tx,
        wallet=device.wallet,
        kind="recovery-stopped",
        actor=device.actor(),
        now=caller.now,
        detail={"stopped": stopped},
    )


async def stop(ctx: Context, body: StopBody, now: int) -> Appended:
    """The stop code: ends grants, deposit codes, sessions, PIN shares, joins and waiting recoveries, opens nothing.

    It may be with somebody trusted, or be found: who has it can lock out, and read nothing. Problem `sign-in-refused`.
    """
    try:
        proof = sha256(unb64u(body.proof, 32)).digest()
    except FormatError:
        raise SIGN_IN_REFUSED() from None
    handle = handle_hash(body.handle)
    wallet = await ctx.db.read(lambda tx: find_wallet(tx, handle)) or refusals.DECOY
    endings = ctx.get(WalletEndings)
    return await ctx.db.write(lambda tx: _stop(tx, wallet, proof, endings, now))


def _stop(tx: Tx, wallet: bytes, proof: bytes, endings: WalletEndings, now: int) -> Appended:
    if not same(proof, wallets.stop_hash(tx, wallet) or _NOBODY):
        refusals.count(tx, wallet, now)
        raise SIGN_IN_REFUSED()
    actor = {"type": "stop-code"}
    devices.end_all_sessions(tx, wallet)
    lending.end_all(tx, wallet)
    pins.erase_all(tx, wallet)
    joins.end_all(tx, wallet)
    stopped = recovery.stop_all(tx, wallet)
    if stopped:
        detail = {"stopped": stopped}
        chain.append(tx, wallet=wallet, kind="recovery-stopped", actor=actor, now=now, detail=detail)
    for end in endings.stop:
        end(tx, wallet, now)
    return chain.append(tx, wallet=wallet, kind="stopped", actor=actor, now=now)


async def delete(ctx: Context, caller: Caller, order: str) -> None:
    """Everything goes, at the signed order of the wallet's own key; leaves stay in the tree and relate to nobody."""
    wallet, signing = await ctx.db.read(lambda tx: _signing(tx, caller))
    _check_order(order, signing, wallet, caller.now)
    endings = ctx.get(WalletEndings)
    handle = await ctx.db.write(lambda tx: _erase(tx, caller, wallet, endings))
    reached("wallet-erased-with-routes")
    await ctx.db.write(lambda tx: forget_routes(tx, wallet, handle))


def _signing(tx: Tx, caller: Caller) -> tuple[bytes, bytes]:
    device = caller.device(tx)
    row = wallets.find(tx, device.wallet)
    if row is None:
        raise SESSION_INVALID()
    return device.wallet, row.signing


def _check_order(order: str, signing: bytes, wallet: bytes, now: int) -> None:
    try:
        claims = closed(loads(jws.verify("erase", order, signing), max_bytes=ERASE_BYTES), _ERASE)
    except FormatError:
        raise ERASE_REFUSED() from None
    if claims["wallet"] != wallet or abs(now - claims["time"]) > ERASE_WINDOW:
        raise ERASE_REFUSED()


def _erase(tx: Tx, caller: Caller, wallet: bytes, endings: WalletEndings) -> bytes:
    if own_device(tx, caller, "wallet-delete").wallet != wallet:
        raise SESSION_INVALID()
    # the routes are other shards: at once, and by the runner if this process dies in between
    return erase_all(tx, wallet, endings, caller.now + MINUTE)


def erase_all(tx: Tx, wallet: bytes, endings: WalletEndings, forget_at: int) -> bytes:
    """Everything of a wallet in its own shard; the hash of its handle. Also what a restore does with the ledger's
    deleted wallets (D21): it may be called again, and for a wallet that was never there."""
    handle = wallets.handle_hash(tx, wallet)
    ledger.record(tx, wallet, "wallet-deleted", b"")
    for erase in endings.erase:
        erase(tx, wallet)
    if handle is not None:
        outbox.enqueue(tx, wallet, ROUTES_FORGET, handle.hex(), forget_at)
    return handle or b""


def forget_routes(tx: Tx, wallet: bytes, handle: bytes) -> None:
    """What led to a deleted wallet."""
    forget_handle(tx, handle, wallet)
    outbox.forget(tx, handle, UNROUTE)
    devices.forget_sessions(tx, wallet)
    joins.forget_routes(tx, wallet)
    outbox.forget(tx, wallet, ROUTES_FORGET)
