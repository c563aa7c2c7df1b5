"""Single-use nonces that cost the server nothing until they come back.

A nonce is time (4 bytes) ‖ random (12) ‖ MAC (16): whether it is ours and fresh shows without a row, so asking for
challenges fills no table, and asking needs no account name, so it tells nothing about one. Answering spends it in the
database, once for the whole installation.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from mappe.formats.labels import derive
from mappe.formats.sign_in import CHALLENGE_SECONDS as CHALLENGE_SECONDS

from kit.database import Tx
from kit.ids import b64u, unb64u
from kit.signing import KeyRing

_STAMP, _RANDOM, _MAC = 4, 12, 16  # bytes

_SPEND = "INSERT INTO sign_in_nonces (nonce, exp) VALUES (:nonce, :exp) ON CONFLICT (nonce) DO NOTHING"
_SWEEP = "DELETE FROM sign_in_nonces WHERE exp < :now"


def challenge_key(keys: KeyRing) -> bytes:
    """One key for all workers, derived from the ring's token key: rotating that ends challenges in flight, no more."""
    return derive(keys.current("token").private.private_bytes_raw(), "challenge-key")


@dataclass(frozen=True, slots=True)
class Nonce:
    """A nonce of ours and until when (unix seconds) it is good."""

    raw: bytes
    exp: int


def make(key: bytes, now: int) -> str:
    """A fresh nonce as it travels."""
    head = now.to_bytes(_STAMP, "big") + secrets.token_bytes(_RANDOM)
    return b64u(head + _mac(key, head))


def read(key: bytes, text: str, now: int) -> Nonce | None:
    """The nonce if it is ours and fresh."""
    try:
        nonce = unb64u(text, _STAMP + _RANDOM + _MAC)
    except ValueError:
        return None
    head = nonce[: _STAMP + _RANDOM]
    if not hmac.compare_digest(nonce, head + _mac(key, head)):
        return None
    made = int.from_bytes(head[:_STAMP], "big")
    exp = made + CHALLENGE_SECONDS
    return Nonce(nonce, exp) if made <= now < exp else None


def spend(tx: Tx, nonce: Nonce) -> bool:
    """True exactly the first time."""
    return tx.run(_SPEND, nonce=nonce.raw, exp=nonce.exp) == 1


def sweep(tx: Tx, now: int) -> None:
    """Forgets spent nonces that are too old to be accepted anyway."""
    tx.run(_SWEEP, now=now)


def _mac(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, "sha256")[:_MAC]
