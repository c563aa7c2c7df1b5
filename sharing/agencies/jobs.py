"""What the background runner does for agencies."""

from __future__ import annotations

from kit.clock import HOUR
from kit.jobs import Sweep
from sharing.agencies import service

SWEEPS = (Sweep("agencies", 1 * HOUR, service.sweep),)
