"""What a deposit code allows: decisions without I/O (deposit.md, D18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kit.clock import DAY
from kit.limits import GIB

State = Literal["active", "ended", "expired"]

CODE_SECONDS = 30 * DAY  # longest life of a code; clients ask for an hour
CODE_FILES = 20
QUARANTINE_SECONDS = 30 * DAY  # time to accept or discard
TOMBSTONE_SECONDS = 30 * DAY  # how long a sender still learns that a code is over
WALLET_CODES = 20  # open at once; each is a door for strangers
WALLET_DEPOSIT_BYTES = 1 * GIB  # promised by open codes and waiting in quarantine; apart from the wallet's own quota
RECEIPTS = 3  # of one file: a sender whose connection broke may ask again, a nuisance cannot fill the log


@dataclass(frozen=True, slots=True)
class Code:
    """A code as its row says. `files`, `bytes`: allowed in all."""

    auth: bytes
    public: bytes
    exp: int
    files: int
    bytes: int
    files_used: int
    bytes_used: int
    ended: int

    @property
    def files_left(self) -> int:
        return self.files - self.files_used

    @property
    def bytes_left(self) -> int:
        return self.bytes - self.bytes_used

    def state(self, now: int) -> State:
        if self.ended:
            return "ended"
        return "active" if now < self.exp else "expired"

    def has_room(self, size: int) -> bool:
        return self.files_left >= 1 and self.bytes_left >= size


def within_limits(exp: int, files: int, bytes: int, most_bytes: int, now: int) -> bool:
    """Whether such a code may be made at all."""
    return now < exp <= now + CODE_SECONDS and 1 <= files <= CODE_FILES and 1 <= bytes <= most_bytes


def has_room(open_codes: int, promised: int, waiting: int, bytes: int) -> bool:
    """`promised`: what open codes may still take; `waiting`: what lies in quarantine or is on its way; in bytes."""
    return open_codes < WALLET_CODES and promised + waiting + bytes <= WALLET_DEPOSIT_BYTES
