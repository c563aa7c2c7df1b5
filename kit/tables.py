"""The floor's own tables: jobs to be done after a commit, and who may do what only one process may."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import SQLModel

from kit.columns import binary, integer, text


class OutboxJob(SQLModel, table=True):
    """Work that a committed transaction has promised; see kit.outbox."""

    __tablename__ = "outbox_jobs"
    __table_args__ = (Index("ix_outbox_jobs_due", "due"),)

    shard: bytes = binary(primary_key=True)
    job_id: bytes = binary(primary_key=True)
    kind: str = text()
    payload: str = text()
    due: int = integer()  # not before this time
    tries: int = integer()


class Lease(SQLModel, table=True):
    """A task that one process does at a time; see kit.leases."""

    __tablename__ = "leases"

    task: str = text(primary_key=True)
    owner: bytes = binary()
    until: int = integer()
