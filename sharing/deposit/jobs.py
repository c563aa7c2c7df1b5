"""What the background runner does for deposits."""

from __future__ import annotations

from kit.clock import MINUTE
from kit.jobs import Handler, Sweep
from sharing.deposit import ending

HANDLERS: dict[str, Handler] = {ending.UNROUTE: ending.unroute}
SWEEPS = (Sweep("deposits", 5 * MINUTE, ending.sweep),)
