"""Uploads to a real server: connections that break, and a server that is killed while it takes bytes."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Iterator

import httpx2
import pytest
from mappe.formats.encoding import b64u

from kit.clock import SystemClock
from tests.conftest import Blobs, ServerFactory
from tests.support.server import Server
from tests.wallet.world import Answer, Holder, World

SIZE = 6 * 1024 * 1024
ID = b64u(b"a" * 16)
AT = f"/v1/attachments/{ID}/1"


class Remote(World):
    """A World whose server is another process."""

    def __init__(self, server: Server, runner: asyncio.Runner) -> None:
        self.clock = SystemClock()  # type: ignore[assignment]
        self.server = server
        self._runner = runner
        self.http = httpx2.AsyncClient(base_url=server.origin, timeout=30)

    @property
    def origin(self) -> str:
        return self.server.origin


@pytest.fixture(params=["local", "s3"])
def remote(request: pytest.FixtureRequest, server: ServerFactory) -> Iterator[Remote]:
    blobs: Blobs = request.param
    with asyncio.Runner() as runner:
        remote = Remote(server(blobs=blobs), runner)
        yield remote
        runner.run(remote.http.aclose())


def break_off(holder: Holder, offset: int, data: bytes, server: Server) -> None:
    """Promises everything that is left, sends `data`, and is gone."""
    headers = holder.headers("PATCH", AT, None) | {"Upload-Offset": str(offset), "Host": "x"}
    head = f"PATCH {AT} HTTP/1.1\r\nContent-Length: {SIZE - offset}\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall((head + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode() + data)
        time.sleep(0.5)


def stored(holder: Holder) -> int:
    """How much is stored, once the server has noticed that the sender is gone."""
    before = -1
    for _ in range(100):
        offset = int(holder.get(f"{AT}/status").json()["offset"])
        if offset == before:
            return offset
        before = offset
        time.sleep(0.3)
    raise AssertionError("never comes to rest")


def resume(holder: Holder, offset: int, data: bytes) -> Answer:
    answer = holder.patch(AT, offset, data[offset:])
    for _ in range(20):  # the broken connection may hold the upload for another moment
        if answer.status_code != 409:
            break
        time.sleep(0.3)
        answer = holder.patch(AT, offset, data[offset:])
    return answer


def test_an_upload_survives_broken_connections_and_a_killed_server(remote: Remote) -> None:
    data = secrets.token_bytes(SIZE)
    holder = Holder(remote)
    assert holder.create().status_code == 201
    assert holder.post("/v1/attachments", {"id": ID, "version": 1, "size": SIZE}).status_code == 201

    break_off(holder, 0, data[: SIZE // 3], remote.server)
    first = stored(holder)
    assert 0 < first <= SIZE // 3

    break_off(holder, first, data[first : first + SIZE // 4], remote.server)
    remote.server.kill()
    remote.server.start()
    second = stored(holder)
    assert first <= second <= first + SIZE // 4

    assert resume(holder, second, data).json() == {"offset": SIZE, "size": SIZE, "complete": True}
    assert holder.get(AT).content == data
    assert holder.get(AT, headers={"Range": "bytes=1000000-2000000"}).content == data[1_000_000:2_000_001]
    remote.server.kill()
    remote.server.start()
    assert holder.get(AT).content == data
    assert "Traceback" not in remote.server.log.read_text()
