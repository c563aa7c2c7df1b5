"""A cheap phone: every process of the browser is stopped and continued, so that it runs a sixth of the time.

The browser's own throttling slows the main thread only; workers, where Argon2id and pictures run, stay fast. Here the
whole browser is slow. How slow is not believed but measured, by a fixed loop in a worker.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page

FACTOR = 6
PERIOD = 0.03  # seconds: shorter than what a person notices, longer than the kernel's own slices
LOOP = """() => new Promise((resolve) => {
  const code = 'onmessage = () => { const t = performance.now(); let x = 0;' +
    'for (let i = 0; i < 4e7; i++) x = (x * 31 + i) | 0; postMessage(performance.now() - t + 0 * x); }';
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  worker.onmessage = (event) => { worker.terminate(); resolve(event.data); };
  worker.postMessage(0);
})"""


def browsers() -> set[int]:
    """Every process of a Chromium that was started from here: a browser of somebody else runs on."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # the name in brackets may hold anything; behind it: state, parent (proc(5))
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, pending = set(), [os.getpid()]
    while pending:
        for pid in children.get(pending.pop(), []):
            pending.append(pid)
            with contextlib.suppress(OSError):
                if b"chromium" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                    found.add(pid)
    return found


class Slow:
    """While entered, the browsers that were started from here run one part in `factor` of the time."""

    def __init__(self, factor: float = FACTOR) -> None:
        self._factor = factor
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Slow:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        on = PERIOD / self._factor
        looked, pids = 0.0, browsers()
        while not self._done.is_set():
            if time.monotonic() - looked > 0.5:
                looked, pids = time.monotonic(), browsers()
            _signal(pids, signal.SIGSTOP)
            time.sleep(PERIOD - on)
            _signal(pids, signal.SIGCONT)
            time.sleep(on)
        _signal(browsers(), signal.SIGCONT)


def _signal(pids: set[int], which: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, which)


def loop(page: Page, times: int = 3) -> float:
    """Milliseconds of the fixed loop in a worker; the page must have no policy against one."""
    found: list[Any] = [page.evaluate(LOOP) for _ in range(times)]
    return float(median(found))


@contextlib.contextmanager
def slowed(page: Page) -> Iterator[float]:
    """A slow browser, and how slow it is: the loop's time against its time before."""
    before = loop(page)
    with Slow():
        yield loop(page) / before
