"""What only one process may do at a time: whoever holds the lease, until it runs out.

A lease elects; it does not exclude. A process that was stopped and wakes up late may still believe it holds one, so
what must never happen twice is also guarded by a compare-and-set in its own transaction.
"""

from __future__ import annotations

from kit.database import Tx

_TAKE = """
INSERT INTO leases (task, owner, until) VALUES (:task, :owner, :until)
ON CONFLICT (task) DO UPDATE SET owner = :owner, until = :until
WHERE leases.owner = :owner OR leases.until <= :now OR leases.until > :horizon
RETURNING owner
"""
_RELEASE = "DELETE FROM leases WHERE task = :task AND owner = :owner"


def take(tx: Tx, task: str, owner: bytes, now: int, seconds: int) -> bool:
    """Takes or renews the lease for `seconds` from now; False while another owner holds it.

    A lease that ends further ahead than any could have been given is void: the clock was set back.
    """
    row = tx.one(_TAKE, task=task, owner=owner, now=now, until=now + seconds, horizon=now + 2 * seconds)
    return row is not None


def release(tx: Tx, task: str, owner: bytes) -> None:
    """Gives the lease back, so that the next process need not wait for its end."""
    tx.run(_RELEASE, task=task, owner=owner)
