"""Leaves that belong to no wallet: public statements, such as a version of the agency registry (log.md, "Tree")."""

from __future__ import annotations

from kit.database import Tx

_SUBMIT = """
INSERT INTO log_pending (wallet_id, seq, leaf, body, added) VALUES (:leaf, 0, :leaf, :empty, :added)
ON CONFLICT (wallet_id, seq) DO NOTHING
"""


def submit(tx: Tx, leaf: bytes, now: int) -> None:
    """Lets this leaf wait for its place in the tree. A leaf that waits, or has its place, stays where it is.

    It waits under its own name where a wallet's entry has the wallet's, with sequence 0 and without a body: whoever
    publishes the statement can show what it commits to.
    """
    tx.run(_SUBMIT, leaf=leaf, empty=b"", added=now)
