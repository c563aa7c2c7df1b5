"""What an operator has done outside of a running server: due jobs, and a check of everything that is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from app.resources import close_context, open_context
from app.runner import LEASE_SECONDS, Runner
from app.settings import Settings
from audit.fsck import fsck as fsck_log
from audit.ledger_file import LedgerFile
from kit.context import Context

# Each yields a sentence for every fault it finds, without anybody's id in it.
CHECKS: tuple[Callable[[Context], Iterator[str]], ...] = (
    lambda ctx: fsck_log(ctx.db, ctx.config.log_name, ctx.get(LedgerFile)),
)


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


def faults(settings: Settings) -> Iterator[str]:
    """Everything that is found to be wrong."""
    context = open_context(settings)
    try:
        for check in CHECKS:
            yield from check(context)
    finally:
        asyncio.run(close_context(context))
