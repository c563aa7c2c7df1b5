"""Named places where a test kills the process with SIGKILL, as a power failure would.

`reached("name")` does nothing unless the process was started with MAPPE_TESTING=1 and MAPPE_FAILPOINT=name, or
MAPPE_FAILPOINT=name:3 for the third time. The environment is read once: in production a call costs one comparison.
"""

from __future__ import annotations

import itertools
import os
import signal

_name, _, _times = os.environ.get("MAPPE_FAILPOINT", "").partition(":")
_armed = _name if os.environ.get("MAPPE_TESTING") == "1" else ""
_left = itertools.count(int(_times or 1) - 1, -1)


def reached(name: str) -> None:
    """The process dies here if this is the place that the test has named."""
    if _armed and name == _armed and next(_left) <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
