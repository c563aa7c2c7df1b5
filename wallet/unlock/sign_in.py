"""Signing in: possession of a method's key is proved, nothing secret is sent, and strangers learn nothing (sign_in.md).

Known and unknown handles cost the same: every proof carries its own key, so its signature is verified before anybody is
looked up; an unknown handle leads to the decoy wallet, whose rows do not exist, through the same statements and the
same comparisons; and the refusal is counted for either with the same statement. There is one answer for every failure.
Only who proved a method's key learns more: that a PIN is wrong, or that the recovery has to wait.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import NamedTuple

from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError
from mappe.formats.handle import handle_hash
from mappe.formats.sign_in import SignInProof, read_proof

from audit import chain, refusals
from audit.chain import Appended
from kit.context import Context
from kit.database import Tx
from kit.errors import INVALID_REQUEST
from kit.failpoints import reached
from kit.ids import b64u
from wallet.unlock import challenge, devices, methods, recovery, wallets
from wallet.unlock.challenge import Nonce
from wallet.unlock.creation import Entered, find_wallet
from wallet.unlock.deps import EnrollingDevice
from wallet.unlock.errors import PIN_WRONG, SIGN_IN_REFUSED
from wallet.unlock.kinds import KINDS
from wallet.unlock.methods import Method
from wallet.unlock.schemas import SignInBody
from wallet.unlock.wallets import WalletRow

_NOBODY = secrets.token_bytes(32)  # compared with where there is no method


class Admitted(NamedTuple):
    """What the device is given once it has proved a method."""

    row: WalletRow
    methods: list[Method]
    generation: int
    displaced: str | None
    appended: Appended


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recovery without PIN; `until` in unix seconds."""

    until: int
    appended: Appended


@dataclass(frozen=True, slots=True)
class SignedIn:
    entered: Entered
    row: WalletRow
    methods: list[Method]


async def sign_in(ctx: Context, device: EnrollingDevice, body: SignInBody) -> SignedIn | Waiting:
    """(1) the proof's own signature; (2) a nonce of ours, fresh, spent here; (3) handle and method; (4) the enrolled
    key, origin, device, body; (5) PIN or wait. Problem `sign-in-refused`, `pin-wrong`, `recovery-crowded`.
    """
    now = device.now
    try:
        proof = read_proof(body.proof)  # (1)
    except FormatError:
        raise SIGN_IN_REFUSED() from None
    if proof.action != "sign-in":
        raise SIGN_IN_REFUSED()
    nonce = challenge.read(challenge.challenge_key(ctx.keys), proof.nonce, now)  # (2)
    if nonce is None:
        raise SIGN_IN_REFUSED()
    pin = _pin(body)
    handle = handle_hash(proof.handle)
    wallet = await ctx.db.write(lambda tx: _spend_and_find(tx, nonce, handle))  # (2) (3)
    origin = ctx.config.public_origin
    admitted = await ctx.db.write(lambda tx: admit(tx, wallet, proof, device, body, pin, origin))
    if isinstance(admitted, Waiting):
        return admitted
    reached("device-enrolled-without-session")
    displaced = admitted.displaced
    if displaced is not None:
        await ctx.db.write(lambda tx: devices.forget_sessions(tx, wallet, displaced))
    token, expires = await ctx.db.write(
        lambda tx: devices.open_session(tx, wallet, device.jkt, admitted.generation, now)
    )
    return SignedIn(Entered(wallet, token, expires, admitted.appended), admitted.row, admitted.methods)


def _pin(body: SignInBody) -> bytes | None:
    try:
        return None if body.pin is None else unb64u(body.pin, 32)
    except FormatError:
        raise INVALID_REQUEST(where=["body.pin"]) from None


def _spend_and_find(tx: Tx, nonce: Nonce, handle: bytes) -> bytes:
    if not challenge.spend(tx, nonce):
        raise SIGN_IN_REFUSED()
    return find_wallet(tx, handle) or refusals.DECOY


def admit(
    tx: Tx, wallet: bytes, proof: SignInProof, device: EnrollingDevice, body: SignInBody, pin: bytes | None, origin: str
) -> Admitted | Waiting:
    """The wallet's own transaction: everything that depends on who it is."""
    method = methods.find(tx, wallet, proof.method, proof.public)  # (3)
    try:  # (4)
        sent = (body.pin or "").encode()
        proof.check(enrolled=_NOBODY if method is None else method.public, origin=origin, jkt=device.jkt, body=sent)
    except FormatError:
        method = None
    if method is None or (pin is not None and not KINDS[method.kind].waits):
        refusals.count(tx, wallet, device.now)
        raise SIGN_IN_REFUSED()
    if KINDS[method.kind].waits:  # (5)
        waiting = _judge_recovery(tx, wallet, method, device, pin)
        if waiting is not None:
            return waiting
    return _enter(tx, wallet, method, device, body.label)


def _judge_recovery(
    tx: Tx, wallet: bytes, method: Method, device: EnrollingDevice, pin: bytes | None
) -> Waiting | None:
    if pin is not None:
        tries_left = methods.try_pin(tx, wallet, method, pin)
        if tries_left is None:
            return None
        _log(tx, wallet, "sign-in-refused", method, device, tries_left=tries_left)
        raise PIN_WRONG(tries_left=tries_left)
    until, begins = recovery.waiting_until(tx, wallet, device.jkt, method, device.now)
    if device.now >= until:
        return None
    kind = "recovery-started" if begins else "sign-in-refused"
    return Waiting(until, _log(tx, wallet, kind, method, device, until=until))


def _enter(tx: Tx, wallet: bytes, method: Method, device: EnrollingDevice, label: str) -> Admitted:
    recovery.end(tx, wallet, device.jkt)
    enrolled = devices.enrol(tx, wallet, device.jkt, label, device.now)
    if enrolled.displaced is not None:
        detail = {"device": enrolled.displaced, "reason": "too-many"}
        chain.append(tx, wallet=wallet, kind="device-removed", actor={"type": "server"}, now=device.now, detail=detail)
    appended = _log(tx, wallet, "device-added" if enrolled.new else "signed-in", method, device)
    row = wallets.find(tx, wallet)
    assert row is not None
    return Admitted(row, methods.load(tx, wallet), enrolled.generation, enrolled.displaced, appended)


def _log(tx: Tx, wallet: bytes, kind: str, method: Method, device: EnrollingDevice, **more: int) -> Appended:
    detail: dict[str, str | int] = {"method": b64u(method.id), "method_kind": method.kind, **more}
    actor = {"type": "device", "id": device.jkt}
    return chain.append(tx, wallet=wallet, kind=kind, actor=actor, now=device.now, detail=detail)
