"""Refusals of callers who proved nothing are counted, not written one by one (D19).

A wallet that exists and the decoy that stands for every wallet that does not take the same statement. The count of an
hour becomes one `refusals-counted` entry of the wallet's chain once the hour is over; the decoy's is dropped.
"""

from __future__ import annotations

import random

from kit.clock import HOUR
from kit.database import Tx

DECOY = bytes(32)  # stands for every unknown wallet; no genesis hashes to it
STRIPES = 64  # rows an hour and wallet may take: concurrent refusals rarely meet in one, and so never tell by waiting

_COUNT = """
INSERT INTO log_refusals (wallet_id, hour, stripe, refusals) VALUES (:wallet, :hour, :stripe, 1)
ON CONFLICT (wallet_id, hour, stripe) DO UPDATE SET refusals = log_refusals.refusals + 1
"""


def count(tx: Tx, wallet: bytes, now: int) -> None:
    """Counts one refusal for this wallet; pass `DECOY` where there is none."""
    stripe = random.randrange(STRIPES)  # noqa: S311  (spreads load, hides nothing)
    tx.run(_COUNT, wallet=wallet, hour=now // HOUR, stripe=stripe)
