"""Unlock's work in the background."""

from __future__ import annotations

from kit.clock import HOUR
from kit.context import Context
from kit.jobs import Handler, Sweep
from kit.outbox import Job
from wallet.unlock import challenge, creation, devices, invitations, stopping

SWEEP_SECONDS = 1 * HOUR  # expired rows are refused anyway; this only keeps the tables small


def _forget_routes(ctx: Context, job: Job) -> None:
    ctx.db.write_now(lambda tx: stopping.forget_routes(tx, job.shard, bytes.fromhex(job.payload)))


def _sweep(ctx: Context, now: int) -> None:
    for sweep in (challenge.sweep, devices.sweep_sessions, invitations.sweep):
        ctx.db.write_now(lambda tx, sweep=sweep: sweep(tx, now))  # type: ignore[misc]


def _unroute(ctx: Context, job: Job) -> None:
    creation.unroute(ctx, job.shard, bytes.fromhex(job.payload))


HANDLERS: dict[str, Handler] = {stopping.ROUTES_FORGET: _forget_routes, creation.UNROUTE: _unroute}
SWEEPS = (Sweep("unlock", SWEEP_SECONDS, _sweep),)
