"""From the event loop to a database thread and back: a request's one hop.

`run_in_executor` makes two futures, a condition and a wake-up for each call; a thousand times a second they cost more
than the statements. Here a call is one entry in a queue, and results that are ready together wake the loop once.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Job:
    """Something to be done, who waits for it, and what became of it."""

    __slots__ = ("error", "future", "loop", "task", "value")

    def __init__(self, task: Callable[..., Any], loop: asyncio.AbstractEventLoop | None, future: Any) -> None:
        self.task = task
        self.loop = loop
        self.future = future
        self.value: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():  # a caller that went away has cancelled; what was done stays done
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


class _Mailbox:
    """What is ready for one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready: deque[Job] = deque()
        self._rung = False

    def put(self, jobs: Iterable[Job]) -> None:
        self._ready.extend(jobs)
        if not self._rung:  # whoever sees it rung comes before `_empty` has begun to look
            self._rung = True
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
                self._loop.call_soon_threadsafe(self._empty)

    def _empty(self) -> None:
        self._rung = False
        while self._ready:
            self._ready.popleft().settle()


class Deliveries:
    """Brings results to whoever waits for them, in a loop or in a thread."""

    def __init__(self) -> None:
        self._mailboxes: dict[asyncio.AbstractEventLoop, _Mailbox] = {}

    def job(self, task: Callable[..., Any]) -> Job:
        """For a coroutine of the running loop, which awaits `job.future`."""
        loop = asyncio.get_running_loop()
        if loop not in self._mailboxes:
            self._mailboxes = {one: box for one, box in self._mailboxes.items() if not one.is_closed()}
            self._mailboxes[loop] = _Mailbox(loop)
        return Job(task, loop, loop.create_future())

    def job_now(self, task: Callable[..., Any]) -> Job:
        """For a thread, which calls `job.future.result()`."""
        return Job(task, None, concurrent.futures.Future())

    def deliver(self, jobs: Iterable[Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in jobs:
            if job.loop is None:
                job.settle()
            else:
                by_loop.setdefault(job.loop, []).append(job)
        for loop, ready in by_loop.items():
            mailbox = self._mailboxes.get(loop)
            if mailbox is not None:  # None: the loop was closed meanwhile
                mailbox.put(ready)


class Crew:
    """A bounded number of threads that take jobs in turn. `run` from a coroutine, `run_now` from a thread."""

    def __init__(self, threads: int, name: str) -> None:
        self._deliveries = Deliveries()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        self._closed = False
        for thread in self._threads:
            thread.start()

    async def run(self, task: Callable[[], T]) -> T:
        job = self._deliveries.job(task)
        self._put(job)
        value: T = await job.future
        return value

    def run_now(self, task: Callable[[], T]) -> T:
        job = self._deliveries.job_now(task)
        self._put(job)
        value: T = job.future.result()
        return value

    def close(self) -> None:
        """Waits until everything that was asked for is done."""
        if self._closed:
            return
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _put(self, job: Job) -> None:
        if self._closed:
            raise RuntimeError("the database is closed")
        self._queue.put(job)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                job.value = job.task()
            except BaseException as error:
                job.error = error
            self._deliveries.deliver((job,))
