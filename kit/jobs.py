"""What a slice has the background runner do: handlers for the outbox's kinds, and sweeps that return at intervals.

A slice's `jobs.py` declares `HANDLERS: dict[str, Handler]` and `SWEEPS: tuple[Sweep, ...]`, or one of them; `app`
lists the slices. Both run in a thread, outside any transaction, and open their own. Both are idempotent: a job may run
again after a crash, and for a moment in two processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kit.context import Context
from kit.outbox import Job

Handler = Callable[[Context, Job], None]  # returns when the job is done; an exception means "again later"


@dataclass(frozen=True, slots=True)
class Sweep:
    """`run(ctx, now)` every so many seconds of the server's clock."""

    name: str
    every: int
    run: Callable[[Context, int], object]
