"""What the background runner does when a job of `sweep` is due. Every handler may run twice."""

from __future__ import annotations

from kit.context import Context
from kit.database import Tx
from kit.ids import unb64u
from kit.jobs import Handler
from kit.outbox import Job
from sharing.grant import ending, repository, sweep
from sharing.grant.limits import TOMBSTONE_SECONDS


def expire(ctx: Context, job: Job) -> None:
    """The time named by the policy is over: the sealed content goes."""
    now = ctx.clock.now()
    ctx.db.write_now(lambda tx: ending.end(tx, job.shard, _grant(job), now, "expired"))


def use_up(ctx: Context, job: Job) -> None:
    """The lease of the last open is over."""
    now = ctx.clock.now()
    ctx.db.write_now(lambda tx: ending.end(tx, job.shard, _grant(job), now, "used-up"))


def forget(ctx: Context, job: Job) -> None:
    """The tombstone goes; from now on the id is as unknown as any other."""
    before = ctx.clock.now() - TOMBSTONE_SECONDS
    grant = _grant(job)

    def work(tx: Tx) -> None:
        repository.forget(tx, job.shard, grant, before)
        sweep.after_erasure(tx, job.shard, grant)

    ctx.db.write_now(work)


def unroute(ctx: Context, job: Job) -> None:
    """A routing row without a grant goes. Two shards, hence two transactions."""
    grant = _grant(job)
    if not ctx.db.read_now(lambda tx: repository.exists(tx, job.shard, grant)):
        ctx.db.write_now(lambda tx: repository.unroute(tx, grant, job.shard))


def _grant(job: Job) -> bytes:
    return unb64u(job.payload, 16)


HANDLERS: dict[str, Handler] = {
    sweep.EXPIRY: expire,
    sweep.USED_UP: use_up,
    sweep.FORGET: forget,
    sweep.UNROUTE: unroute,
}
