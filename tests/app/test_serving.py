"""The server as a process: it starts, reports, rotates, survives a kill, and says nothing it should not."""

from __future__ import annotations

import json
import signal
import time
import urllib.request

import pytest

from scripts.postgres_server import free_port
from tests.conftest import Backend, ServerFactory

CANARY = "canary-44d0"


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("workers", [1, 2])
def test_it_serves(server: ServerFactory, database: Backend, workers: int) -> None:
    port = free_port()
    one = server(database=database, workers=workers, METRICS_PORT=str(port))
    meta = json.loads(get(f"{one.origin}/v1/meta"))
    assert meta["origin"] == one.origin
    assert json.loads(get(f"{one.origin}/healthz")) == {"ok": True}
    with pytest.raises(urllib.error.HTTPError):
        get(f"{one.origin}/{CANARY}?{CANARY}")
    counted = 'mappe_requests_total{route="unrouted",status="404"} 1.0'
    deadline = time.monotonic() + 10  # an answer is counted after it has left, by whichever worker gave it
    while counted not in (numbers := get(f"http://127.0.0.1:{port}/metrics").decode()):
        assert time.monotonic() < deadline, numbers
        time.sleep(0.05)
    assert CANARY not in numbers
    with pytest.raises(urllib.error.HTTPError):
        get(f"{one.origin}/metrics")
    assert one.stop() in (0, -signal.SIGTERM)  # the server passes the signal on after a clean end
    assert "Application shutdown complete" in one.log.read_text()
    assert CANARY not in one.log.read_text()


def test_its_clock_can_be_moved_only_in_tests(server: ServerFactory) -> None:
    one = server()
    before = json.loads(get(f"{one.origin}/v1/meta"))["time"]
    one.advance(86_400)
    assert json.loads(get(f"{one.origin}/v1/meta"))["time"] - before >= 86_400
    one.env["MAPPE_TESTING"] = "0"
    refused = one.run("migrate", check=False)
    assert refused.returncode == 2
    assert "MAPPE_CLOCK_FILE" in refused.stderr


def test_the_logs_key_is_not_rotated(server: ServerFactory) -> None:
    one = server()
    before = (one.data / "keys.json").read_bytes()
    refused = one.run("keys", "rotate", "log", check=False)
    assert refused.returncode == 2
    assert "--new-origin" in refused.stderr
    assert (one.data / "keys.json").read_bytes() == before


def test_a_rotated_key_signs_after_a_restart(server: ServerFactory) -> None:
    one = server()
    before = {key["kid"] for key in json.loads(get(f"{one.origin}/v1/meta"))["keys"]}
    assert "promise key" in one.run("keys", "rotate", "promise").stdout
    one.kill()
    one.start()
    keys = json.loads(get(f"{one.origin}/v1/meta"))["keys"]
    assert before < {key["kid"] for key in keys}
    assert [key["use"] for key in keys if key["retired"] is not None] == ["promise"]
