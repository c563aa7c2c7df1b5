"""A TCP proxy that writes down every byte in both directions: what a listener on the wire inside TLS would see."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Proxy:
    """Listens on `port`, connects to `target`; `captured` grows."""

    def __init__(self, port: int, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", port))
        self._lock = threading.Lock()
        self._flows: list[bytearray] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def captured(self) -> list[bytes]:
        """Each direction of each connection, whole."""
        with self._lock:
            return [bytes(flow) for flow in self._flows]

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:  # the server is not up yet
                    client.close()
                    continue
                for source, sink in ((client, server), (server, client)):
                    flow = bytearray()
                    with self._lock:
                        self._flows.append(flow)
                    threading.Thread(target=self._pump, args=(source, sink, flow), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, flow: bytearray) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                with self._lock:
                    flow += data
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # each pump closes what it reads; the other end is closed by the other pump
