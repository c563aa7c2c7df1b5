"""What an operator has done outside of a running server: due jobs, and a check of everything that is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from app.fsck import Fault, fsck
from app.resources import close_context, open_context
from app.runner import LEASE_SECONDS, Runner
from app.settings import Settings


def run_jobs(settings: Settings) -> bool:
    """Does what is due now; False if a server's runner is at work. Outwaits the lease of one that was killed."""
    context = open_context(settings)
    try:
        runner = Runner(context)
        for _ in range(LEASE_SECONDS + 1):
            if runner.once():
                return True
            time.sleep(1)
        return False
    finally:
        asyncio.run(close_context(context))


def faults(settings: Settings, *, repair: bool = False) -> Iterator[Fault]:
    """Everything that is found to be wrong; with `repair`, what nothing names is removed after it was told."""
    context = open_context(settings)
    try:
        for fault in list(fsck(context)):
            yield fault
            if repair and fault.repair is not None:
                fault.repair(context)
    finally:
        asyncio.run(close_context(context))
