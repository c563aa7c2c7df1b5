"""Outbox and runner: a promised job runs once its change is committed, until it succeeds, in one process at a time."""

from __future__ import annotations

import asyncio
import itertools
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import runner as module
from app.main import create_app  # noqa: F401  (the runner is part of every server)
from app.resources import close_context, open_context
from app.runner import LEASE_SECONDS, Runner
from app.settings import Settings
from kit import leases, outbox
from kit.clock import ManualClock
from kit.context import Context
from kit.jobs import Sweep
from kit.outbox import Job
from tests.conftest import ServerFactory

SHARD = bytes(32)


@pytest.fixture(params=["sqlite", "postgres"])
def ctx(
    request: pytest.FixtureRequest, database_url: Callable[[Any], str], clock: ManualClock, tmp_path: Path
) -> Iterator[Context]:
    env = {"MAPPE_DATA_DIR": str(tmp_path / "data"), "MAPPE_DATABASE_URL": database_url(request.param)}
    context = open_context(Settings.from_env(env), clock)
    yield context
    asyncio.run(close_context(context))


def enqueue(ctx: Context, kind: str = "test", payload: str = "", due: int = 0) -> None:
    ctx.db.write_now(lambda tx: outbox.enqueue(tx, SHARD, kind, payload, due))


def waiting(ctx: Context) -> list[tuple[str, int]]:
    rows = ctx.db.read_now(lambda tx: tx.all("SELECT kind, tries FROM outbox_jobs ORDER BY kind"))
    return [(kind, tries) for kind, tries in rows]


def make(ctx: Context, handler: Callable[[Context, Job], None], **sweeps: Callable[[], None]) -> Runner:
    made = [Sweep(name, 60, lambda ctx, now, run=run: run()) for name, run in sweeps.items()]  # type: ignore[misc]
    return Runner(ctx, {"test": handler}, made)


def test_jobs_run_once_and_in_time(ctx: Context, clock: ManualClock) -> None:
    seen: list[str] = []
    runner = make(ctx, lambda ctx, job: seen.append(job.payload))
    enqueue(ctx, payload="now", due=clock.now())
    enqueue(ctx, payload="later", due=clock.now() + 100)
    assert runner.once() and seen == ["now"]
    clock.advance(99)
    assert runner.once() and seen == ["now"]
    clock.advance(1)
    assert runner.once() and runner.once() and seen == ["now", "later"] and waiting(ctx) == []


def test_a_job_of_an_undone_change_does_not_exist(ctx: Context) -> None:
    def work(tx: Any) -> None:
        outbox.enqueue(tx, SHARD, "test", "", 0)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ctx.db.write_now(work)
    assert waiting(ctx) == []


def test_a_failing_job_is_tried_again_with_growing_pauses(ctx: Context, clock: ManualClock) -> None:
    tries: list[int] = []

    def handler(ctx: Context, job: Job) -> None:
        tries.append(clock.now())
        if len(tries) < 12:
            raise OSError("the store is down")

    runner = make(ctx, handler)
    enqueue(ctx)
    begun = clock.now()
    while len(tries) < 12:
        assert runner.once()
        clock.advance(1) if clock.now() - begun < 700 else clock.advance(60)
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    assert pauses[:5] == [5, 10, 20, 40, 80] and max(pauses) <= 3600 + 60 and pauses == sorted(pauses)
    assert runner.once() and waiting(ctx) == []


def test_one_failing_job_does_not_hold_up_others(ctx: Context) -> None:
    seen: list[str] = []

    def handler(ctx: Context, job: Job) -> None:
        if job.payload == "bad":
            raise ValueError
        seen.append(job.payload)

    for payload in ("bad", "good", "bad", "good"):
        enqueue(ctx, payload=payload)
    assert make(ctx, handler).once() and seen == ["good", "good"] and waiting(ctx) == [("test", 1)] * 2


def test_an_unknown_kind_waits_for_a_version_that_knows_it(ctx: Context) -> None:
    enqueue(ctx, kind="from-the-future")
    assert make(ctx, lambda ctx, job: None).once() and waiting(ctx) == [("from-the-future", 1)]


def test_a_crash_after_the_work_repeats_it(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    enqueue(ctx, payload="x")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(outbox, "done", crash)
        make(ctx, lambda ctx, job: seen.append(job.payload)).once()
    assert make(ctx, lambda ctx, job: seen.append(job.payload)).once() and seen == ["x", "x"]


def test_a_payload_is_small(ctx: Context) -> None:
    with pytest.raises(ValueError):
        enqueue(ctx, payload="x" * (outbox.PAYLOAD_CHARACTERS + 1))


def test_jobs_of_a_shard_can_be_forgotten(ctx: Context) -> None:
    enqueue(ctx, kind="one")
    enqueue(ctx, kind="two")
    ctx.db.write_now(lambda tx: outbox.enqueue(tx, b"\1" * 32, "one", "", 0))
    ctx.db.write_now(lambda tx: outbox.forget(tx, SHARD, "one"))
    assert waiting(ctx) == [("one", 0), ("two", 0)]


class TestLease:
    def take(self, ctx: Context, owner: bytes) -> bool:
        now = ctx.clock.now()
        return ctx.db.write_now(lambda tx: leases.take(tx, "t", owner, now, LEASE_SECONDS))

    def test_one_at_a_time_until_it_runs_out(self, ctx: Context, clock: ManualClock) -> None:
        assert self.take(ctx, b"a") and self.take(ctx, b"a") and not self.take(ctx, b"b")
        clock.advance(LEASE_SECONDS - 1)
        assert not self.take(ctx, b"b")
        clock.advance(1)
        assert self.take(ctx, b"b") and not self.take(ctx, b"a")

    def test_given_back_it_is_free(self, ctx: Context) -> None:
        assert self.take(ctx, b"a")
        ctx.db.write_now(lambda tx: leases.release(tx, "t", b"b"))  # not one's own
        assert not self.take(ctx, b"b")
        ctx.db.write_now(lambda tx: leases.release(tx, "t", b"a"))
        assert self.take(ctx, b"b")

    def test_a_lease_from_a_clock_that_was_wrong_is_void(self, ctx: Context) -> None:
        ctx.db.write_now(lambda tx: leases.take(tx, "t", b"a", ctx.clock.now() + 86_400, LEASE_SECONDS))
        assert self.take(ctx, b"b")

    def test_a_runner_without_it_does_nothing(self, ctx: Context) -> None:
        enqueue(ctx)
        now = ctx.clock.now()
        ctx.db.write_now(lambda tx: leases.take(tx, module.TASK, b"somebody", now, LEASE_SECONDS))
        assert not make(ctx, lambda ctx, job: None).once() and waiting(ctx) == [("test", 0)]

    def test_of_two_runners_one_works_and_the_other_follows(
        self, ctx: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.05)
        monkeypatch.setattr(module, "TICK_SECONDS", 0.02)
        seen: list[str] = []
        first, second = (make(ctx, lambda ctx, job, n=n: seen.append(n)) for n in "ab")  # type: ignore[misc]
        first.start()
        wait_for(lambda: first._leading.is_set())
        second.start()
        enqueue(ctx)
        wait_for(lambda: seen == ["a"])
        first.stop()
        enqueue(ctx)
        wait_for(lambda: seen == ["a", "b"])
        second.stop()
        assert ctx.db.read_now(lambda tx: tx.all("SELECT * FROM leases")) == []


class TestSweeps:
    def test_they_come_round_and_a_failing_one_harms_none(self, ctx: Context, clock: ManualClock) -> None:
        seen: list[str] = []

        def bad() -> None:
            seen.append("bad")
            raise ValueError

        runner = make(ctx, lambda ctx, job: None, bad=bad, good=lambda: seen.append("good"))
        runner._turn(everything=False)
        assert seen == ["bad", "good"]
        runner._turn(everything=False)
        assert seen == ["bad", "good"]
        clock.advance(60)
        runner._turn(everything=False)
        assert seen == ["bad", "good", "good"]  # the bad one has a longer pause
        clock.advance(300)
        runner._turn(everything=False)
        assert seen.count("bad") == 2

    def test_a_clock_set_back_puts_nothing_off(self, ctx: Context, clock: ManualClock) -> None:
        seen: list[int] = []
        runner = make(ctx, lambda ctx, job: None, sweep=lambda: seen.append(clock.now()))
        runner._turn(everything=False)
        clock.advance(-86_400)
        runner._turn(everything=False)
        assert len(seen) == 2


def test_a_real_server_sequences_by_itself_and_survives_a_kill(server: ServerFactory) -> None:
    one = server()
    wait_for(lambda: checkpoint(one.origin) is not None, 30)
    one.kill()
    one.advance(LEASE_SECONDS)  # its lease has run out
    one.start()
    one.stop()
    assert one.run("run-jobs").returncode == 0
    assert "Nothing is wrong" in one.run("fsck").stdout


def checkpoint(origin: str) -> str | None:
    try:
        with urllib.request.urlopen(f"{origin}/log/checkpoint", timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError:
        return None


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
