"""What the background runner does for desks."""

from __future__ import annotations

from kit.clock import MINUTE
from kit.jobs import Sweep
from sharing.desk import service

SWEEPS = (Sweep("desks", 1 * MINUTE, service.sweep),)
