"""Signing in: possession of a method's key is proved, nothing secret is sent, and strangers learn nothing (sign_in.md).

Known and unknown handles cost the same: every proof carries its own key, so its signature is verified before anybody is
looked up; an unknown handle leads to the decoy wallet, whose rows do not exist, through the same statements and the
same comparisons; and the refusal is counted for either with the same statement. There is one answer for every failure.
Only who proved a method's key learns more: that a PIN is wrong, or that the recovery has to wait.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError
from mappe.formats.handle import handle_hash
from mappe.formats.sign_in import SignInProof, read_proof

from audit import chain, refusals
from audit.chain import Appended
from kit.context import Context
from kit.database import Tx
from kit.errors import INVALID_REQUEST
from kit.ids import b64u
from wallet.unlock import challenge, entering, methods, recovery
from wallet.unlock.challenge import Nonce
from wallet.unlock.creation import find_wallet
from wallet.unlock.deps import EnrollingDevice
from wallet.unlock.entering import Admitted, SignedIn
from wallet.unlock.errors import PIN_WRONG, SIGN_IN_REFUSED
from wallet.unlock.kinds import KINDS, MethodKind
from wallet.unlock.methods import Method
from wallet.unlock.schemas import SignInBody

_NOBODY = secrets.token_bytes(32)  # compared with where there is no method


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recovery without PIN; `until` in unix seconds."""

    until: int
    appended: Appended


async def sign_in(ctx: Context, device: EnrollingDevice, body: SignInBody) -> SignedIn | Waiting:
    """(1) the proof's own signature; (2) a nonce of ours, fresh, spent here; (3) handle and method; (4) the enrolled
    key, origin, device, body; (5) PIN or wait. Problem `sign-in-refused`, `pin-wrong`, `recovery-crowded`.
    """
    now = device.now
    try:
        proof = read_proof(body.proof)  # (1)
    except FormatError:
        raise SIGN_IN_REFUSED() from None
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
    return await entering.begin(ctx, wallet, device, admitted)


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
    lent = proof.action == "assist"
    if method is None or not _pin_fits(KINDS[method.kind], pin, lent=lent):
        refusals.count(tx, wallet, device.now)
        raise SIGN_IN_REFUSED()
    if not entering.fits(tx, wallet, device, lent=lent):
        _log(tx, wallet, "sign-in-refused", method, device)
        raise SIGN_IN_REFUSED()
    if KINDS[method.kind].waits:  # (5)
        waiting = _judge_recovery(tx, wallet, method, device, pin)
        if waiting is not None:
            return waiting
    detail = {"method": b64u(method.id), "method_kind": method.kind}
    return entering.admit(tx, wallet, device, body.label, detail, lent=lent)


def _pin_fits(kind: MethodKind, pin: bytes | None, *, lent: bool) -> bool:
    """A PIN belongs to a sheet; and a sheet without it waits, which a lent device cannot."""
    return pin is None if not kind.waits else pin is not None or not lent


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


def _log(tx: Tx, wallet: bytes, kind: str, method: Method, device: EnrollingDevice, **more: int) -> Appended:
    detail: dict[str, str | int] = {"method": b64u(method.id), "method_kind": method.kind, **more}
    actor = {"type": "device", "id": device.jkt}
    return chain.append(tx, wallet=wallet, kind=kind, actor=actor, now=device.now, detail=detail)
