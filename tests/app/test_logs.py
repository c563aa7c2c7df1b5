"""Technical logs hold what is on the allow-list, whoever writes them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.logs import setup_logging

CANARY = "canary-91ab"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    before = logging.getLogger().handlers[:], logging.getLogger().level
    setup_logging("info")
    yield out
    logging.getLogger().handlers[:], level = before[0], before[1]
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_only_listed_keys_survive(lines: io.StringIO) -> None:
    structlog.get_logger("x").warning("swept", job="expiry", count=3, path=CANARY, wallet=CANARY)
    document = json.loads(lines.getvalue())
    assert (document["event"], document["job"], document["count"]) == ("swept", "expiry", "3")
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("through", ["structlog", "logging"])
def test_exceptions_give_place_and_type_but_not_their_words(lines: io.StringIO, through: str) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        if through == "structlog":
            structlog.get_logger("x").exception("failed")
        else:
            logging.getLogger("y").exception("failed")
    document = json.loads(lines.getvalue())
    assert document["event"] == "failed"
    assert document["error"] == "ValueError"
    assert "test_logs" in document["where"]
    assert CANARY not in lines.getvalue()


def test_the_access_log_is_silent(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('"GET /g/%s HTTP/1.1" 200', CANARY)
    assert lines.getvalue() == ""
