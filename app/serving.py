"""Runs the HTTP server: one process, or several under one parent."""

from __future__ import annotations

import os
import sys
from typing import Any

import uvicorn

from app import observe
from app.logs import setup_logging
from app.main import create_app
from app.settings import Settings

KEEP_ALIVE_SECONDS = 75  # longer than a proxy's, so that the proxy is the one to close
SHUTDOWN_SECONDS = 10  # time for answers in flight; uploads can be resumed
SWITCH_SECONDS = 0.001  # the writer thread wakes after an fsync and must not wait long for the interpreter


def run(settings: Settings) -> None:
    """Serves until a signal ends it."""
    prepare_process(settings)
    print(f"Mappe is served at {settings.config.public_origin}", flush=True)  # noqa: T201
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,
        "access_log": False,  # it names paths
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
        "loop": "uvloop" if os.name == "posix" else "auto",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "proxy_headers": False,
    }
    if settings.workers > 1:
        observe.for_workers(settings)
        uvicorn.run("app.serving:worker", factory=True, workers=settings.workers, **options)
    else:
        uvicorn.run(create_app(settings), **options)


def worker() -> Any:
    """What each of several worker processes serves."""
    settings = Settings.from_env()
    prepare_process(settings)
    return create_app(settings)


def prepare_process(settings: Settings) -> None:
    setup_logging(settings.log_level)
    sys.setswitchinterval(SWITCH_SECONDS)
