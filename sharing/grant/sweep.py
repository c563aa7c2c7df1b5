"""What becomes of a grant by itself, as jobs of the outbox. Decisions do not wait for them: a redeem asks the clock.

A job is stored with the change that makes it necessary and runs at its time, or as soon after as the runner comes to it
(seconds). Each may run twice.
"""

from __future__ import annotations

from typing import Final

from kit import outbox
from kit.clock import HOUR
from kit.database import Tx
from kit.ids import b64u
from sharing.grant.limits import TOMBSTONE_SECONDS

EXPIRY: Final = "grant-expiry"  # at `exp`: the content goes
USED_UP: Final = "grant-used-up"  # when the last lease of a limited grant is over: the content goes
FORGET: Final = "grant-forget"  # 30 days after the end: the tombstone goes
UNROUTE: Final = "grant-unroute"  # a routing row without a grant goes
KINDS: Final = (EXPIRY, USED_UP, FORGET, UNROUTE)
UNROUTE_SECONDS = 1 * HOUR  # far longer than the two transactions of a publication are apart


def after_create(tx: Tx, wallet: bytes, grant: bytes, exp: int) -> None:
    outbox.enqueue(tx, wallet, EXPIRY, b64u(grant), exp)


def after_last_open(tx: Tx, wallet: bytes, grant: bytes, until: int) -> None:
    outbox.enqueue(tx, wallet, USED_UP, b64u(grant), until)


def after_end(tx: Tx, wallet: bytes, grant: bytes, now: int) -> None:
    outbox.enqueue(tx, wallet, FORGET, b64u(grant), now + TOMBSTONE_SECONDS)


def before_route(tx: Tx, wallet: bytes, grant: bytes, now: int) -> None:
    """The routing row is written before the grant; should the grant never come, this job removes it."""
    outbox.enqueue(tx, wallet, UNROUTE, b64u(grant), now + UNROUTE_SECONDS)


def after_erasure(tx: Tx, wallet: bytes, grant: bytes) -> None:
    outbox.enqueue(tx, wallet, UNROUTE, b64u(grant), 0)
