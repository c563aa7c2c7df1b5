"""PIN shares: what the server adds to six digits, so that a stolen phone alone cannot try them (wallet.md).

A share belongs to one device of one wallet. It leaves only against the proof of the PIN, and it is erased with the last
wrong try, with its device, by the stop code, by a new epoch and with the wallet. It is in no backup (D21).
"""

from __future__ import annotations

from hashlib import sha256

from mappe.formats.pin import PIN_TRIES

from audit import chain
from audit.chain import Appended
from kit.database import Tx
from kit.tokens import same
from wallet.unlock.deps import Caller, HolderDevice, own_device
from wallet.unlock.errors import PIN_GONE, PIN_WRONG

_PUT = """
INSERT INTO wallet_pins (wallet_id, jkt, share, proof_hash, tries_left) VALUES (:wallet, :jkt, :share, :proof, :tries)
ON CONFLICT (wallet_id, jkt) DO UPDATE SET
  tries_left = CASE
    WHEN wallet_pins.share = :share AND wallet_pins.proof_hash = :proof THEN wallet_pins.tries_left ELSE :tries END,
  share = :share, proof_hash = :proof
"""
_SPEND_TRY = """
UPDATE wallet_pins SET tries_left = tries_left - 1 WHERE wallet_id = :wallet AND jkt = :jkt AND tries_left > 0
RETURNING tries_left, proof_hash, share
"""
_RETURN_TRY = "UPDATE wallet_pins SET tries_left = tries_left + 1 WHERE wallet_id = :wallet AND jkt = :jkt"
_ERASE = "DELETE FROM wallet_pins WHERE wallet_id = :wallet AND jkt = :jkt"
_ERASE_ALL = "DELETE FROM wallet_pins WHERE wallet_id = :wallet"


def put(tx: Tx, caller: Caller, share: bytes, proof_hash: bytes) -> Appended:
    """Keeps a share for the calling device, in place of the one before.

    The same share again is the same request (ADR 0012): it gives no tries back, to whoever repeats it.
    """
    device = own_device(tx, caller, "pin")
    tx.run(_PUT, wallet=device.wallet, jkt=device.jkt, share=share, proof=proof_hash, tries=PIN_TRIES)
    return _log(tx, device, "pin-set", caller.now)


def release(tx: Tx, caller: Caller, proof: bytes) -> tuple[bytes, Appended]:
    """The share, for the right proof. Problem `pin-wrong`, `pin-gone`.

    The try is spent by one atomic statement before anything is compared, and given back only to who is right: parallel
    guesses cost what they cost one by one.
    """
    device = own_device(tx, caller, "pin")
    row = tx.one(_SPEND_TRY, wallet=device.wallet, jkt=device.jkt)
    if row is None:
        raise PIN_GONE()
    tries_left, proof_hash, share = row
    if same(sha256(proof).digest(), proof_hash):
        tx.run(_RETURN_TRY, wallet=device.wallet, jkt=device.jkt)
        return share, _log(tx, device, "pin-released", caller.now)
    if tries_left == 0:
        erase(tx, device.wallet, device.jkt)
    _log(tx, device, "pin-refused", caller.now, tries_left=tries_left)
    raise PIN_WRONG(tries_left=tries_left)


def forget(tx: Tx, caller: Caller) -> Appended | None:
    """Erases the calling device's share; None if there was none."""
    device = own_device(tx, caller, "pin")
    if not erase(tx, device.wallet, device.jkt):
        return None
    return _log(tx, device, "pin-ended", caller.now)


def erase(tx: Tx, wallet: bytes, jkt: str) -> bool:
    """The device is gone, or guessed too often."""
    return tx.run(_ERASE, wallet=wallet, jkt=jkt) == 1


def erase_all(tx: Tx, wallet: bytes) -> None:
    """The stop code was used, or the wallet key is another one, which no envelope on a device opens."""
    tx.run(_ERASE_ALL, wallet=wallet)


def _log(tx: Tx, device: HolderDevice, kind: str, now: int, **detail: int) -> Appended:
    return chain.append(
        tx, wallet=device.wallet, kind=kind, actor=device.actor(), now=now, detail=detail if detail else None
    )
