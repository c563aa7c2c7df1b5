"""What the background runner does for requests."""

from __future__ import annotations

from kit.clock import MINUTE
from kit.jobs import Sweep
from sharing.request import service

SWEEPS = (Sweep("requests", 5 * MINUTE, service.sweep),)
