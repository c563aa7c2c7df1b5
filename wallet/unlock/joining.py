"""A device lets another one in (join.md): it approves what its camera has seen, and the new device collects.

What is unknown, not yet approved, meant for another device, collected before or over looks alike to who collects, and
takes the same statements: an unknown id leads to the decoy wallet. The box leaves after its log entry, exactly once.
"""

from __future__ import annotations

from mappe.formats.join import JOIN_SECONDS

from audit import chain, refusals
from audit.chain import Appended
from kit.context import Context
from kit.database import Tx
from kit.ids import b64u
from wallet.unlock import entering, joins
from wallet.unlock.deps import Caller, EnrollingDevice, own_device
from wallet.unlock.entering import Admitted, SignedIn
from wallet.unlock.errors import JOIN_WAITING
from wallet.unlock.joins import Join
from wallet.unlock.schemas import JoinBody


async def approve(ctx: Context, caller: Caller, join: bytes, body: JoinBody) -> tuple[int, Appended]:
    """Lets the join wait; until when. Problem `assisted-refused`, `join-taken`, `joins-crowded`."""
    device = await ctx.db.read(caller.device)
    if device.until is None:  # a lent device leads nobody anywhere; it is refused where that is written down
        await ctx.db.write(lambda tx: joins.route(tx, join, device.wallet, caller.now))
    return await ctx.db.write(lambda tx: _store(tx, caller, join, body))


def _store(tx: Tx, caller: Caller, join: bytes, body: JoinBody) -> tuple[int, Appended]:
    device = own_device(tx, caller, "join")
    chain.hold(tx, device.wallet)
    new = Join(b64u(body.device), body.box, body.mode, device.jkt, caller.now + JOIN_SECONDS)
    until = joins.add(tx, device.wallet, join, new, caller.now)
    detail = {"device": new.device, "mode": new.mode}
    return until, chain.append(
        tx, wallet=device.wallet, kind="join-approved", actor=device.actor(), now=caller.now, detail=detail
    )


async def collect(ctx: Context, device: EnrollingDevice, join: bytes, label: str) -> tuple[SignedIn, Join]:
    """Signs the device in and hands its box out, once. Problem `join-waiting`."""
    wallet = await ctx.db.read(lambda tx: joins.find_wallet(tx, join)) or refusals.DECOY
    # a device asks again and again while it waits: that is a look, not a write
    if await ctx.db.read(lambda tx: joins.waiting(tx, wallet, join, device.jkt, device.now)) is None:
        raise JOIN_WAITING()
    admitted, found = await ctx.db.write(lambda tx: _take(tx, wallet, join, device, label))
    return await entering.begin(ctx, wallet, device, admitted), found


def _take(tx: Tx, wallet: bytes, join: bytes, device: EnrollingDevice, label: str) -> tuple[Admitted, Join]:
    found = joins.take(tx, wallet, join, device.jkt, device.now)
    lent = found is not None and found.mode == "assisted"
    if found is None or not entering.fits(tx, wallet, device, lent=lent):
        raise JOIN_WAITING()
    detail = {"approved_by": found.approver}
    return entering.admit(tx, wallet, device, label, detail, lent=lent), found
