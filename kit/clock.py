"""Time is passed in: nothing below `app` asks the machine what time it is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Where "now" comes from, in whole seconds since 1970-01-01 UTC."""

    def now(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())


class ManualClock:
    """A clock that only moves when told to; for tests inside one process."""

    def __init__(self, at: int = 1_800_000_000) -> None:
        self._at = at

    def now(self) -> int:
        return self._at

    def advance(self, seconds: int) -> None:
        self._at += seconds


class OffsetFileClock:
    """The machine's clock plus the whole number of seconds in a file, so that a test can move a real server's time.

    Settings refuse it outside tests.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> int:
        try:
            offset = int(self._path.read_text("ascii").strip() or "0")
        except FileNotFoundError:
            offset = 0
        return int(time.time()) + offset
