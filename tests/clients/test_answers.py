"""What a client takes of an answer: no more than its limit, whatever the server goes on sending."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mappe.errors import MappeError, ServerProblem
from mappe.net import server as net

PIECE = b" " * (256 << 10)
ENOUGH = 4 * net.ANSWER_LIMIT  # bytes after which a server that nobody stopped gives up


class Endless(BaseHTTPRequestHandler):
    """Sends until the client has gone; `sent` is how much the client's machine took."""

    sent = 0
    gone = threading.Event()

    def _send(self) -> None:
        Endless.sent = 0
        self.send_response(503 if "problem" in self.path else 200)
        self.end_headers()
        try:
            while Endless.sent < ENOUGH:
                self.wfile.write(PIECE)
                Endless.sent += len(PIECE)
        except OSError:
            pass
        Endless.gone.set()

    do_GET = do_POST = _send  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def connection() -> Iterator[net.Server]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Endless.gone.clear()
    yield net.Server(f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()


def test_an_endless_answer_is_left_at_the_limit(connection: net.Server) -> None:
    with pytest.raises(MappeError) as refused:
        connection.post("/v1/sync", {})
    assert refused.value.code == "bad-answer"
    assert Endless.gone.wait(10)
    assert Endless.sent < 2 * net.ANSWER_LIMIT


@pytest.mark.parametrize("streamed", [False, True])
def test_an_endless_error_keeps_its_status_and_is_left(connection: net.Server, streamed: bool) -> None:
    with pytest.raises(ServerProblem) as refused:
        if streamed:
            with connection.stream("GET", "/problem"):
                pass
        else:
            connection.get("/problem")
    assert refused.value.status == 503
    assert Endless.gone.wait(10)
    assert Endless.sent < net.ANSWER_LIMIT
