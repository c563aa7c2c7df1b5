"""Technical logs hold words of this program and numbers: an allow-list decides, not good will.

No path, no query, no address, no id. Who accessed what is in the audit log, sealed to the holder.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp", "logger", "code", "status", "route", "job", "count", "seconds", "error", "where"}
)
_WORDS = 200  # characters of one value; longer ones are data, not words


def setup_logging(level: str) -> None:
    """Sends the standard library's and structlog's records through one allow-list to stderr, one JSON object a line."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_exception,
        allow_listed,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[], processors=[*shared, structlog.processors.JSONRenderer()]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = name != "uvicorn.access"  # the access log names paths
    structlog.configure(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def describe_exception(logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The type of an exception and the places in the code: its message may quote what somebody sent."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        trace = error.__traceback__
        where: list[str] = []
        while trace is not None:
            where.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["where"] = " ".join(where[-6:])
    return event


def allow_listed(logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drops every key that is not on the list."""
    return {key: str(value)[:_WORDS] for key, value in event.items() if key in ALLOWED}
