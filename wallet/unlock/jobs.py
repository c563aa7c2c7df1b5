"""Unlock's work in the background."""

from __future__ import annotations

from kit.clock import HOUR
from kit.context import Context
from kit.jobs import Handler, Sweep
from kit.outbox import Job
from wallet.unlock import challenge, creation, devices, invitations, joins, lending, stopping

SWEEP_SECONDS = 1 * HOUR  # expired rows are refused anyway; this only keeps the tables small


def _forget_routes(ctx: Context, job: Job) -> None:
    ctx.db.write_now(lambda tx: stopping.forget_routes(tx, job.shard, bytes.fromhex(job.payload)))


def _sweep(ctx: Context, now: int) -> None:
    for sweep in (challenge.sweep, devices.sweep_sessions, invitations.sweep, joins.sweep_routes):
        ctx.db.write_now(lambda tx, sweep=sweep: sweep(tx, now))  # type: ignore[misc]


def _unroute(ctx: Context, job: Job) -> None:
    creation.unroute(ctx, job.shard, bytes.fromhex(job.payload))


def _end_lent(ctx: Context, job: Job) -> None:
    now = ctx.clock.now()
    if ctx.db.write_now(lambda tx: lending.end_due(tx, job.shard, job.payload, now)):
        ctx.db.write_now(lambda tx: devices.forget_sessions(tx, job.shard, job.payload))


def _lapse_joins(ctx: Context, job: Job) -> None:
    now = ctx.clock.now()
    ctx.db.write_now(lambda tx: joins.lapse(tx, job.shard, now))


HANDLERS: dict[str, Handler] = {
    stopping.ROUTES_FORGET: _forget_routes,
    creation.UNROUTE: _unroute,
    lending.END: _end_lent,
    joins.SWEEP: _lapse_joins,
}
SWEEPS = (Sweep("unlock", SWEEP_SECONDS, _sweep),)
