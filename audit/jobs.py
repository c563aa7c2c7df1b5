"""The log's work in the background: sequencing, the ledger outside the database, the sums of past hours."""

from __future__ import annotations

from audit import ledger, sweep
from audit.ledger_file import LedgerFile
from audit.sequencer import Sequencer
from kit.clock import HOUR, MINUTE
from kit.context import Context
from kit.jobs import Sweep

SEQUENCE_SECONDS = 1  # an entry is in the tree within seconds; the promise allows an hour
EXPORT_SECONDS = 2  # what a lost disk could take from the ledger
SUM_SECONDS = 5 * MINUTE
TIDY_SECONDS = 1 * HOUR


def sequencer(ctx: Context) -> Sequencer:
    """This deployment's sequencer; the runner's lease sees to it that there is one at a time."""
    return Sequencer(ctx.db, ctx.config.log_name, ctx.keys.current("log"), ctx.get(LedgerFile))


SWEEPS = (
    Sweep("sequence", SEQUENCE_SECONDS, lambda ctx, now: sequencer(ctx).round(now)),
    Sweep("ledger", EXPORT_SECONDS, lambda ctx, now: ledger.export(ctx.db, ctx.get(LedgerFile), now)),
    Sweep("sums", SUM_SECONDS, lambda ctx, now: sweep.sum_up(ctx.db, now)),
    Sweep("checkpoints", TIDY_SECONDS, lambda ctx, now: sequencer(ctx).tidy(now)),
)


def take_over(ctx: Context) -> None:
    """Before this process sequences for the first time: another one may have written the ledger. Raises TreeBroken."""
    ctx.get(LedgerFile).reload()
    sequencer(ctx).check()
