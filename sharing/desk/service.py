"""A page waits, a wallet meets it, a box goes across (desk.md).

What is unknown, over, another key's, or met by somebody else looks alike to whoever comes by a number. Three kinds of
rows may lie on three servers one day: the number's route, the desk, the wallet. So each is changed in a transaction of
its own, and the log's entry is committed before the box can be collected.
"""

from __future__ import annotations

from functools import partial
from hmac import compare_digest

from mappe.formats.desk import DESK_SECONDS, DeskCode, new_number
from mappe.formats.errors import FormatError
from mappe.formats.labels import tagged_hash

from audit import chain
from audit.chain import Appended
from kit.clock import HOUR
from kit.context import Context
from kit.database import Tx
from kit.errors import INVALID_REQUEST
from kit.ids import ID_BYTES, b64u, unb64u
from sharing.desk import repository
from sharing.desk.errors import DESK_EARLY, DESK_OVER, DESK_TAKEN, DESKS_BUSY, NUMBERS_USED_UP
from sharing.desk.repository import Row
from sharing.desk.schemas import Give, Meet, Said
from sharing.grant import repository as grants
from sharing.grant.errors import GRANT_ENDED
from wallet.unlock.deps import Caller, EnrollingDevice, HolderDevice

DESKS_WAITING = 5_000  # on the server; some 2 MB, and one number in 1,800 leads to a page
NUMBERS_AN_HOUR = 30  # of one wallet; a person types a few, a guesser hits a page once in 60 hours and gets a key
NUMBER_TRIES = 8  # draws of a free number; with every place taken two of them clash once in 1,800
SWEEP_BATCH = 1_000  # rows a run
_NOWHERE = bytes(ID_BYTES)  # where a number leads that nobody shows: the same statements


async def begin(ctx: Context, device: EnrollingDevice, public: bytes) -> tuple[str, int]:
    """The number and the end of a page that waits from now on; the same keys again are the same page."""
    try:
        desk = DeskCode(public, unb64u(device.jkt, 32)).id
    except FormatError:
        raise INVALID_REQUEST(where=["body.public"]) from None
    known = await ctx.db.read(lambda tx: repository.find(tx, desk, device.now))
    if known is not None:
        return known.number, known.exp
    if await ctx.db.read(lambda tx: repository.waiting(tx, device.now)) >= DESKS_WAITING:
        raise DESKS_BUSY()
    exp = device.now + DESK_SECONDS
    for _ in range(NUMBER_TRIES):
        number = new_number()
        if not await ctx.db.write(partial(repository.route, number=number, desk=desk, exp=exp)):
            continue
        if await ctx.db.write(
            partial(repository.add, desk=desk, number=number, public=public, jkt=device.jkt, exp=exp)
        ):
            return number, exp
        await ctx.db.write(partial(repository.unroute, number=number))  # the same request came twice at once
        known = await ctx.db.read(lambda tx: repository.find(tx, desk, device.now))
        if known is not None:
            return known.number, known.exp
    raise DESKS_BUSY()


async def find(ctx: Context, caller: Caller, number: str) -> Row:
    """Who waits under this number, and was not met yet. Problem `desk-over`, `desk-numbers-used-up`."""
    await ctx.db.write(lambda tx: _count(tx, caller))
    desk = await ctx.db.read(lambda tx: repository.routed(tx, number, caller.now)) or _NOWHERE
    row = await ctx.db.read(lambda tx: repository.find(tx, desk, caller.now))
    if row is None or row.holder is not None:
        raise DESK_OVER()
    return row


async def meet(ctx: Context, caller: Caller, desk: bytes, said: Meet) -> tuple[bytes | None, int]:
    """Takes messages 1 and 3, answers message 2 once it is there. The first wallet has the page to itself.

    Problem `desk-over`, `desk-taken`, `desk-early`.
    """
    holder = await _holder(ctx, caller, desk)
    row = _there(await ctx.db.read(lambda tx: repository.find(tx, desk, caller.now)))
    # a wallet asks again and again while it waits: that is a look, not a write
    if row.holder == holder and row.message1 == said.commit and said.opening is None:
        return row.message2, row.exp
    return await ctx.db.write(lambda tx: _meet(tx, desk, holder, said, caller.now))


def _meet(tx: Tx, desk: bytes, holder: bytes, said: Meet, now: int) -> tuple[bytes | None, int]:
    row = _there(repository.find(tx, desk, now, lock=True))
    if row.holder is None:
        if said.opening is not None:
            raise DESK_EARLY()
        repository.meet(tx, desk, holder, said.commit)
        return None, row.exp
    if row.holder != holder or row.message1 != said.commit:
        raise DESK_TAKEN()
    if said.opening is not None:
        _take_opening(tx, row, said.opening)
    return row.message2, row.exp


def _take_opening(tx: Tx, row: Row, said: Said) -> None:
    """Once, and not before the page has answered: what came first stays."""
    opening = said.signer + said.nonce
    if row.message2 is None:
        raise DESK_EARLY()
    if row.message3 is not None and row.message3 != opening:
        raise DESK_TAKEN()
    repository.open_(tx, row.desk, opening)


async def wait(ctx: Context, device: EnrollingDevice, desk: bytes, nonce: bytes | None) -> Row:
    """What the wallet has said; takes message 2, once. Problem `desk-over`, `desk-early`."""
    row = _own(await ctx.db.read(lambda tx: repository.find(tx, desk, device.now)), device)
    if nonce is None or row.message2 is not None:
        return row
    if row.message1 is None:
        raise DESK_EARLY()
    await ctx.db.write(lambda tx: repository.answer(tx, desk, nonce))
    return row


async def give(ctx: Context, caller: Caller, desk: bytes, body: Give) -> tuple[int, Appended]:
    """Writes it down, then lets the box wait; until when. Problem `desk-over`, `desk-taken`, `desk-early`,
    `grant-ended`.
    """
    holder = await _holder(ctx, caller, desk)
    row = _given_by(await ctx.db.read(lambda tx: repository.find(tx, desk, caller.now)), holder, body.box)
    entry = await ctx.db.write(lambda tx: _write_down(tx, caller, desk, body.grant))
    await ctx.db.write(lambda tx: _store(tx, desk, holder, body.box, caller.now))
    return row.exp, entry


def _write_down(tx: Tx, caller: Caller, desk: bytes, grant: bytes) -> Appended:
    device = caller.device(tx)
    found = grants.stored(tx, device.wallet, grant)
    if found is None or found.ended is not None or found.exp <= caller.now:
        raise GRANT_ENDED()
    return chain.append(
        tx,
        wallet=device.wallet,
        kind="desk-given",
        actor=device.actor(),
        now=caller.now,
        grant=b64u(grant),
        detail={"desk": b64u(desk)},
    )


def _store(tx: Tx, desk: bytes, holder: bytes, box: str, now: int) -> None:
    _given_by(repository.find(tx, desk, now, lock=True), holder, box)
    repository.give(tx, desk, box)


async def collect(ctx: Context, device: EnrollingDevice, desk: bytes) -> str:
    """The box, once, and nothing of the page is left. Problem `desk-over`, also while nothing was given."""
    row = _own(await ctx.db.read(lambda tx: repository.find(tx, desk, device.now)), device)
    if not row.box or not await ctx.db.write(partial(repository.drop, desk=desk)):
        raise DESK_OVER()
    await ctx.db.write(partial(repository.unroute, number=row.number))
    return row.box


def _own(row: Row | None, device: EnrollingDevice) -> Row:
    if not compare_digest(device.jkt, "" if row is None else row.jkt) or row is None:
        raise DESK_OVER()
    return row


def _there(row: Row | None) -> Row:
    if row is None:
        raise DESK_OVER()
    return row


def _given_by(row: Row | None, holder: bytes, box: str) -> Row:
    found = _there(row)
    if found.holder != holder or found.box not in ("", box):
        raise DESK_TAKEN()
    if found.message3 is None:
        raise DESK_EARLY()
    return found


async def _holder(ctx: Context, caller: Caller, desk: bytes) -> bytes:
    """How a desk knows its wallet again, until it is over: a hash over both, so that no row names the wallet."""
    device: HolderDevice = await ctx.db.read(caller.device)
    return tagged_hash("desk-holder", desk + device.wallet)


def _count(tx: Tx, caller: Caller) -> None:
    if repository.count_number(tx, caller.device(tx).wallet, caller.now // HOUR) > NUMBERS_AN_HOUR:
        raise NUMBERS_USED_UP()


def sweep(ctx: Context, now: int) -> None:
    """Erases pages that waited for ten minutes, and counters of past hours. For the background runner."""
    hour = now // HOUR - 1
    for desk in ctx.db.read_now(lambda tx: repository.over(tx, now, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop, desk=desk))
    for number in ctx.db.read_now(lambda tx: repository.routes_over(tx, now, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.unroute, number=number))
    for wallet in ctx.db.read_now(lambda tx: repository.wallets_with_old_quotas(tx, hour, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop_old_quotas, wallet=wallet, hour=hour))


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet."""
    repository.erase_quota(tx, wallet)
