"""Transactional outbox: work that must happen once a change is committed, and must not happen otherwise.

    outbox.enqueue(tx, wallet, "blob-delete", key, now)

The job is stored with the change. `app.runner` takes it when it is due and calls the handler registered for its kind,
again and again with growing pauses until it succeeds: handlers are idempotent. A payload holds no personal data, and
never a wallet and an agency together.
"""

from __future__ import annotations

from dataclasses import dataclass

from kit.clock import HOUR
from kit.database import Tx
from kit.ids import new_id

PAYLOAD_CHARACTERS = 4_096  # a key or a few ids; more belongs into a table of its own
FIRST_PAUSE = 5  # seconds after the first failure, doubled each time
LONGEST_PAUSE = 1 * HOUR  # a broken backend is repaired within hours; the job is never given up

_ENQUEUE = """
INSERT INTO outbox_jobs (shard, job_id, kind, payload, due, tries)
VALUES (:shard, :job_id, :kind, :payload, :due, 0)
"""
_DUE = """
SELECT shard, job_id, kind, payload, due, tries FROM outbox_jobs WHERE due <= :now ORDER BY due LIMIT :limit
"""
_DONE = "DELETE FROM outbox_jobs WHERE shard = :shard AND job_id = :job_id"
_AGAIN = "UPDATE outbox_jobs SET due = :due, tries = :tries WHERE shard = :shard AND job_id = :job_id"
_FORGET = "DELETE FROM outbox_jobs WHERE shard = :shard AND kind = :kind"


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job as its handler sees it."""

    shard: bytes
    id: bytes
    kind: str
    payload: str
    due: int
    tries: int


def enqueue(tx: Tx, shard: bytes, kind: str, payload: str, due: int) -> None:
    """Stores a job of this shard, to be done at `due` (unix seconds) or soon after."""
    if len(payload) > PAYLOAD_CHARACTERS:
        raise ValueError("an outbox payload is an address, not a document")
    tx.run(_ENQUEUE, shard=shard, job_id=new_id(), kind=kind, payload=payload, due=due)


def due_jobs(tx: Tx, now: int, limit: int) -> list[Job]:
    """The jobs whose time has come, the longest waiting first."""
    return [Job(*row) for row in tx.all(_DUE, now=now, limit=limit)]


def done(tx: Tx, job: Job) -> None:
    """The handler succeeded."""
    tx.run(_DONE, shard=job.shard, job_id=job.id)


def failed(tx: Tx, job: Job, now: int) -> None:
    """The handler failed: again after a pause that doubles up to an hour."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE << min(job.tries, 16))
    tx.run(_AGAIN, shard=job.shard, job_id=job.id, due=now + pause, tries=job.tries + 1)


def forget(tx: Tx, shard: bytes, kind: str) -> None:
    """Drops a shard's jobs of one kind that have lost their meaning."""
    tx.run(_FORGET, shard=shard, kind=kind)
