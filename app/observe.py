"""The numbers' own port: never the public one, and only on this machine unless told otherwise."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from app.settings import Settings
from kit.metrics import Metrics

_SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where the library's worker processes leave their numbers


@contextmanager
def single_process(settings: Settings, metrics: Metrics) -> Iterator[None]:
    """Serves this process's numbers while it lives; with several workers the parent does it for all."""
    if not settings.metrics_port or settings.workers > 1:
        yield
        return
    server, thread = start_http_server(settings.metrics_port, settings.metrics_host, metrics.registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def for_workers(settings: Settings) -> None:
    """In the parent, before the workers start: a fresh shared directory and one port that adds them up."""
    if not settings.metrics_port:
        return
    shared = settings.data_dir / "metrics"
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir(mode=0o700, parents=True)
    os.environ[_SHARED] = str(shared.resolve())
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(shared.resolve()))  # type: ignore[no-untyped-call]
    start_http_server(settings.metrics_port, settings.metrics_host, registry)
