"""Proofs already seen: a DPoP proof is good for one request (RFC 9449 section 11.1).

The memory is this process's own and of fixed size. Behind several workers a stolen proof could be sent once to each;
it is bound to method, address, token and body, so what it repeats is the very same request, and every call that
matters is written so that repeating it has the effect of sending it once. What a proof must do only once in the whole
installation (sign in) has a single-use nonce or `jti` in the database.
"""

from __future__ import annotations

import secrets
from array import array
from hashlib import blake2b

GENERATION_SECONDS = 120  # a proof is accepted from 60 s before its time to 60 s after: it can return for so long
SLOTS = 1 << 19  # a power of two; 4 MiB a generation, two generations, whatever the load
FILL = 0.75  # of the slots, beyond which probing gets slow: 3,200 proofs a second, more than one process serves


class SeenProofs:
    """A set of 64-bit fingerprints with an end: two tables that take turns. Used from the event loop only."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = slots
        self._key = secrets.token_bytes(16)  # nobody can aim for a collision
        self._tables = [array("Q", bytes(8 * slots)), array("Q", bytes(8 * slots))]
        self._used = 0
        self._until = 0

    def first(self, jkt: str, jti: bytes, now: int) -> bool:
        """True exactly the first time; False for a repetition, and when more arrive than can be remembered."""
        if now >= self._until:
            self._turn(now)
        if self._used >= self._slots * FILL:
            return False
        fingerprint = int.from_bytes(blake2b(jkt.encode() + jti, digest_size=8, key=self._key).digest(), "big") or 1
        fresh, old = self._tables
        if self._slot(old, fingerprint) is None:
            return False
        slot = self._slot(fresh, fingerprint)
        if slot is None:
            return False
        fresh[slot] = fingerprint
        self._used += 1
        return True

    def _slot(self, table: array[int], fingerprint: int) -> int | None:
        """The free slot for a fingerprint, or None if it is there."""
        mask = self._slots - 1
        at = fingerprint & mask
        while found := table[at]:
            if found == fingerprint:
                return None
            at = (at + 1) & mask
        return at

    def _turn(self, now: int) -> None:
        empty = array("Q", bytes(8 * self._slots))
        # after a quiet time the younger table is as outdated as the older one
        younger = self._tables[0] if now < self._until + GENERATION_SECONDS else array("Q", bytes(8 * self._slots))
        self._tables = [empty, younger]
        self._used = 0
        self._until = now + GENERATION_SECONDS
