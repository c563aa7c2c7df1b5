"""The one background runner of a deployment: every server process tries, the holder of the lease works.

Two threads: one holds the lease (heartbeat), so that a long job does not lose it; one does what is due, sweep after
sweep and job after job. Nothing here ever waits on a request, and no request waits on it.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from audit.jobs import take_over
from audit.sequencer import TreeBroken
from kit import leases, outbox
from kit.context import Context
from kit.failpoints import reached
from kit.ids import new_id
from kit.jobs import Handler, Sweep
from kit.outbox import Job

# Slices with background work; the first ones first, because a promise hangs on the sequencer.
JOBS = (
    "audit.jobs",
    "kit.blob_jobs",
    "wallet.unlock.jobs",
    "wallet.store.jobs",
    "sharing.agencies.jobs",
    "sharing.request.jobs",
    "sharing.grant.jobs",
    "sharing.redeem.jobs",
    "sharing.desk.jobs",
    "sharing.deposit.jobs",
)
TASK = "runner"
LEASE_SECONDS = 15  # after a crash somebody else begins within this time
HEARTBEAT_SECONDS = 4  # three missed ones lose the lease
TICK_SECONDS = 0.5  # between looks at what is due; an idle look costs one small read
JOBS_A_TURN = 500  # outbox jobs before the sweeps, and with them the sequencer, have their turn again
LONGEST_PAUSE = 300  # seconds until a sweep that keeps failing is tried again

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Turn:
    """When a sweep is due next, and how often it has failed in a row."""

    sweep: Sweep
    due: int = 0
    failures: int = 0


@dataclass
class Runner:
    """`start` and `stop` for the server, `once` for the command and for tests."""

    ctx: Context
    handlers: Mapping[str, Handler] = field(default_factory=lambda: collect()[0])
    sweeps: Sequence[Sweep] = field(default_factory=lambda: collect()[1])

    def __post_init__(self) -> None:
        self._owner = new_id()
        self._turns = [_Turn(sweep) for sweep in self.sweeps]
        self._stop = threading.Event()
        self._leading = threading.Event()
        self._checked = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins in the background."""
        for target in (self._keep_lease, self._work):
            thread = threading.Thread(target=target, name=f"runner-{target.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends after the job in hand and gives the lease to whoever comes next."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._resign()

    def once(self) -> bool:
        """Does everything that is due now; False if another process holds the lease."""
        if not self._take():
            return False
        try:
            while self._turn(everything=True):
                self._take()
        finally:
            self._resign()
        return True

    def _take(self) -> bool:
        now = self.ctx.clock.now()
        return self.ctx.db.write_now(lambda tx: leases.take(tx, TASK, self._owner, now, LEASE_SECONDS))

    def _resign(self) -> None:
        self._checked = False
        try:
            self.ctx.db.write_now(lambda tx: leases.release(tx, TASK, self._owner))
        except Exception as error:  # it runs out by itself
            _complain("release", error)

    def _keep_lease(self) -> None:
        while not self._stop.is_set():
            try:
                leading = self._take()
            except Exception as error:
                leading = False
                _complain("lease", error)
            if leading:
                self._leading.set()
            else:
                self._leading.clear()
                self._checked = False
            self._stop.wait(HEARTBEAT_SECONDS)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self._leading.is_set() and self._turn(everything=False)
            except Exception as error:
                busy = False
                _complain("runner", error)
            if not busy:
                self._stop.wait(TICK_SECONDS)

    def _turn(self, *, everything: bool) -> bool:
        """One look at everything; True if the outbox may hold more that is due."""
        if not self._checked:
            try:
                take_over(self.ctx)
            except TreeBroken as error:  # the sequencer will refuse by itself; everything else goes on
                _complain("log", error)
            self._checked = True
        for turn in self._turns:
            now = self.ctx.clock.now()
            # a clock that was set back must not put a sweep off
            if everything or now >= turn.due or turn.due - now > max(turn.sweep.every, LONGEST_PAUSE):
                self._sweep(turn, now)
        return self._outbox()

    def _sweep(self, turn: _Turn, now: int) -> None:
        if self._stop.is_set():
            return
        try:
            turn.sweep.run(self.ctx, now)
        except Exception as error:
            turn.failures += 1
            turn.due = now + min(LONGEST_PAUSE, max(1, turn.sweep.every) << min(turn.failures, 8))
            _complain(turn.sweep.name, error)
        else:
            turn.failures = 0
            turn.due = now + turn.sweep.every
            self.ctx.metrics.job_at.labels(turn.sweep.name).set(now)

    def _outbox(self) -> bool:
        now = self.ctx.clock.now()
        jobs = self.ctx.db.read_now(lambda tx: outbox.due_jobs(tx, now, JOBS_A_TURN))
        for job in jobs:
            if self._stop.is_set():
                return False
            self._job(job, now)
        return bool(jobs)

    def _job(self, job: Job, now: int) -> None:
        try:
            self.handlers[job.kind](self.ctx, job)
        except Exception as error:
            self.ctx.db.write_now(lambda tx: outbox.failed(tx, job, now))
            _complain(job.kind, error)
        else:
            reached("job-done-not-marked")
            self.ctx.db.write_now(lambda tx: outbox.done(tx, job))


def collect() -> tuple[dict[str, Handler], tuple[Sweep, ...]]:
    """What the slices declare. A kind that two of them handle is a programming error."""
    handlers: dict[str, Handler] = {}
    sweeps: list[Sweep] = []
    for module in filter(None, map(_module, JOBS)):
        declared: dict[str, Handler] = getattr(module, "HANDLERS", {})
        if twice := handlers.keys() & declared.keys():
            raise ValueError(f"handled twice: {sorted(twice)}")
        handlers |= declared
        sweeps += getattr(module, "SWEEPS", ())
    return handlers, tuple(sweeps)


def _module(name: str) -> ModuleType | None:
    package = name.rpartition(".")[0]
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name)


def _complain(job: str, error: Exception) -> None:
    """What failed and where, never what with: a database's message may hold a row."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    words = str(error) if isinstance(error, TreeBroken) else ""
    _log.error("%s failed: %s at %s:%s %s", job, type(error).__name__, frame.name, frame.lineno, words)
