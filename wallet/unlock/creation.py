"""Making a wallet: checked as a whole before anything is stored, then four short transactions, one for each shard.

invitation or budget → handle → wallet → session. What fails takes the earlier steps back; a crash in between leaves at
most a handle that leads nowhere for an hour, or an unused code that is lost. The same request sent again has the effect
of one.
"""

from __future__ import annotations

from dataclasses import dataclass

from mappe.formats import chain as chain_format
from mappe.formats.errors import FormatError
from mappe.formats.genesis import Genesis, verify_genesis
from mappe.formats.handle import handle_hash

from audit import chain
from audit.chain import Appended
from kit import outbox
from kit.clock import HOUR, MINUTE
from kit.context import Context
from kit.database import Tx
from kit.errors import Problem
from kit.failpoints import reached
from kit.tokens import Secret
from wallet.unlock import devices, invitations, methods, wallets
from wallet.unlock.deps import EnrollingDevice
from wallet.unlock.errors import HANDLE_TAKEN, INVITATION_UNKNOWN, WALLET_EXISTS, WALLET_INVALID
from wallet.unlock.methods import UNCHANGED, Method
from wallet.unlock.schemas import CreateBody, MethodBody
from wallet.unlock.wallets import Allowance

REPEAT_SECONDS = 10 * MINUTE  # a lost answer is asked for again at once; later a device signs in like any other
UNROUTE = "wallet-unroute"  # outbox job beside the route, payload: wallet id, hex; a route without a wallet goes
UNROUTE_SECONDS = 1 * HOUR  # far longer than the two transactions of a creation are apart

_ROUTE = """
INSERT INTO wallet_handles (handle_hash, wallet_id) VALUES (:handle, :wallet) ON CONFLICT (handle_hash) DO NOTHING
"""
_ROUTED = "SELECT wallet_id FROM wallet_handles WHERE handle_hash = :handle"
_UNROUTE = "DELETE FROM wallet_handles WHERE handle_hash = :handle AND wallet_id = :wallet"


@dataclass(frozen=True, slots=True)
class NewWallet:
    """A request whose parts fit together."""

    handle: bytes
    genesis: Genesis
    body: CreateBody
    methods: list[Method]
    head_hash: bytes


@dataclass(frozen=True, slots=True)
class Entered:
    """A device that is signed in now."""

    wallet: bytes
    token: Secret
    exp: int
    appended: Appended


def as_methods(bodies: list[MethodBody]) -> list[Method]:
    return [Method(m.id, m.kind, m.version, m.public or UNCHANGED, m.envelope, m.pin) for m in bodies]


def check(body: CreateBody, jkt: str) -> NewWallet:
    """Pure: (1) the genesis verifies; (2) its key signed change 1, written by this device, on nothing, with no objects;
    (3) `access` is that of these methods and this identity box; (4) the methods suffice. Problem `wallet-invalid`.
    """
    try:
        genesis = verify_genesis(body.genesis)  # (1)
        change = chain_format.verify_change(body.change, genesis.public)  # (2)
    except FormatError as error:
        raise WALLET_INVALID(reason=error.code) from None
    new = as_methods(body.methods)
    fits = change.wallet == genesis.wallet_id and change.number == 1 and change.epoch == 1 and change.device == jkt
    if not fits or change.objects or change.root != chain_format.root_of(()):
        raise WALLET_INVALID(reason="change")
    if change.access != chain_format.access_of((m.access_part() for m in new), body.identity_box):  # (3)
        raise WALLET_INVALID(reason="access")
    judged = methods.judge((), new, epoch_raised=False)  # (4)
    return NewWallet(handle_hash(body.handle), genesis, body, judged, change.hash)


async def create(ctx: Context, device: EnrollingDevice, body: CreateBody) -> Entered:
    """Makes the wallet and signs its first device in."""
    new = check(body, device.jkt)
    code, code_exp = await _admit(ctx, body.invitation, device.now)
    allowance = invitations.uninvited(ctx.config) if code is None else invitations.invited(ctx.config)
    try:
        await ctx.db.write(lambda tx: _route(tx, new.handle, new.genesis.wallet_id, device.now))
        reached("wallet-routed")
        appended, enrolled = await ctx.db.write(lambda tx: store(tx, new, device, allowance))
    except Problem as problem:
        if problem.code == WALLET_EXISTS.code:  # its handle may be another one than it was made with
            await ctx.db.write(lambda tx: _unroute_other(tx, new))
        if code is not None:
            await ctx.db.write(lambda tx: invitations.add(tx, code, code_exp))
        raise
    reached("wallet-made-without-session")
    token, exp = await ctx.db.write(
        lambda tx: devices.open_session(tx, new.genesis.wallet_id, device.jkt, enrolled, device.now)
    )
    return Entered(new.genesis.wallet_id, token, exp, appended)


async def _admit(ctx: Context, invitation: str | None, now: int) -> tuple[bytes | None, int]:
    if invitation is None:
        await ctx.db.write(lambda tx: invitations.count_uninvited(tx, ctx.config.wallets_per_hour, now))
        return None, 0
    try:
        code = invitations.code_hash(invitation)
    except FormatError:
        raise INVITATION_UNKNOWN() from None
    return code, await ctx.db.write(lambda tx: invitations.redeem(tx, code, now))


def _route(tx: Tx, handle: bytes, wallet: bytes, now: int) -> None:
    """The route is written before the wallet; should the wallet never come, a job beside the route removes it."""
    if tx.run(_ROUTE, handle=handle, wallet=wallet):
        outbox.enqueue(tx, handle, UNROUTE, wallet.hex(), now + UNROUTE_SECONDS)
    row = tx.one(_ROUTED, handle=handle)
    if row is None or row[0] != wallet:
        raise HANDLE_TAKEN()


def store(tx: Tx, new: NewWallet, device: EnrollingDevice, allowance: Allowance) -> tuple[Appended, devices.Enrolled]:
    """The wallet's own transaction: row, first change, methods, device, log."""
    wallet, body, now = new.genesis.wallet_id, new.body, device.now
    added = wallets.add(
        tx,
        wallet=wallet,
        handle_hash=new.handle,
        genesis=body.genesis,
        signing=new.genesis.signing,
        stop_hash=body.stop,
        created=now,
        allowance=allowance,
        identity_box=body.identity_box,
        head_hash=new.head_hash,
        head_change=body.change,
    )
    if added:
        chain.open_chain(tx, wallet, new.genesis.log)
        methods.store(tx, wallet, (), new.methods)
    else:
        _check_repeat(tx, new, device)
    enrolled = devices.enrol(tx, wallet, device.jkt, body.label, now)
    actor = {"type": "device", "id": device.jkt}
    kind = "wallet-created" if added else "signed-in"
    return chain.append(tx, wallet=wallet, kind=kind, actor=actor, now=now), enrolled


def _check_repeat(tx: Tx, new: NewWallet, device: EnrollingDevice) -> None:
    row = wallets.find(tx, new.genesis.wallet_id)
    fits = (
        row is not None
        and row.head_change == new.body.change
        and device.now < row.created + REPEAT_SECONDS
        and wallets.handle_hash(tx, new.genesis.wallet_id) == new.handle
        and devices.enrolled(tx, new.genesis.wallet_id, device.jkt)
    )
    if not fits:
        raise WALLET_EXISTS()


def _unroute_other(tx: Tx, new: NewWallet) -> None:
    if wallets.handle_hash(tx, new.genesis.wallet_id) != new.handle:
        tx.run(_UNROUTE, handle=new.handle, wallet=new.genesis.wallet_id)


def unroute(ctx: Context, handle: bytes, wallet: bytes) -> None:
    """Removes a handle that leads to no wallet. Two shards, hence two transactions."""
    if ctx.db.read_now(lambda tx: wallets.find(tx, wallet)) is None:
        ctx.db.write_now(lambda tx: forget_handle(tx, handle, wallet))


def find_wallet(tx: Tx, handle: bytes) -> bytes | None:
    """The route from a handle to its wallet."""
    row = tx.one(_ROUTED, handle=handle)
    return None if row is None else bytes(row[0])


def forget_handle(tx: Tx, handle: bytes, wallet: bytes) -> None:
    """Ends the route; the wallet has gone."""
    tx.run(_UNROUTE, handle=handle, wallet=wallet)
