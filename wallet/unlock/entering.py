"""A device comes in, whatever admitted it: its row, what the log says, and then its session.

Two shards, hence two transactions: the wallet's, in which it was decided, and the token's. A crash in between leaves a
device without a session, which signs in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from audit import chain
from audit.chain import Appended
from kit import outbox
from kit.context import Context
from kit.database import Tx
from kit.failpoints import reached
from wallet.unlock import devices, lending, methods, recovery, wallets
from wallet.unlock.creation import Entered
from wallet.unlock.deps import EnrollingDevice
from wallet.unlock.methods import Method
from wallet.unlock.wallets import WalletRow


class Admitted(NamedTuple):
    """What the device is given once it was let in."""

    row: WalletRow
    methods: list[Method]
    enrolled: devices.Enrolled
    appended: Appended


@dataclass(frozen=True, slots=True)
class SignedIn:
    entered: Entered
    row: WalletRow
    methods: list[Method]


def fits(tx: Tx, wallet: bytes, device: EnrollingDevice, *, lent: bool) -> bool:
    """A key is one of the holder's or lent, for life, and lent only once: no proof turns one into the other."""
    known = devices.find(tx, wallet, device.jkt)
    return known is None or (known.until is None and not lent)


def admit(
    tx: Tx, wallet: bytes, device: EnrollingDevice, label: str, detail: Mapping[str, str | int], *, lent: bool
) -> Admitted:
    """Enrols the device and writes it down. The caller has decided, and asked `fits`."""
    now = device.now
    until = now + lending.ASSISTED_SECONDS if lent else None
    recovery.end(tx, wallet, device.jkt)
    enrolled = devices.enrol(tx, wallet, device.jkt, label, now, until)
    if enrolled.displaced is not None:
        about = {"device": enrolled.displaced, "reason": "too-many"}
        kind = "assisted-ended" if lent else "device-removed"
        chain.append(tx, wallet=wallet, kind=kind, actor={"type": "server"}, now=now, detail=about)
    kind = "device-added" if enrolled.new else "signed-in"
    if until is not None:
        kind, detail = "assisted-started", {**detail, "until": until}
        outbox.enqueue(tx, wallet, lending.END, device.jkt, until)
    actor = {"type": "device", "id": device.jkt}
    appended = chain.append(tx, wallet=wallet, kind=kind, actor=actor, now=now, detail=detail)
    row = wallets.find(tx, wallet)
    assert row is not None
    return Admitted(row, methods.load(tx, wallet), enrolled, appended)


async def begin(ctx: Context, wallet: bytes, device: EnrollingDevice, admitted: Admitted) -> SignedIn:
    """Opens the session of a device that was let in."""
    reached("device-enrolled-without-session")
    displaced, enrolled = admitted.enrolled.displaced, admitted.enrolled
    if displaced is not None:
        await ctx.db.write(lambda tx: devices.forget_sessions(tx, wallet, displaced))
    token, expires = await ctx.db.write(lambda tx: devices.open_session(tx, wallet, device.jkt, enrolled, device.now))
    return SignedIn(Entered(wallet, token, expires, admitted.appended), admitted.row, admitted.methods)
