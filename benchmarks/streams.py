"""Measure 3: attachments up and down against bare ASGI, and the server's memory while 4 × 1 GiB pass."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from mappe.formats.encoding import b64u
from mappe.net.server import Server as Connection

from benchmarks import machine
from benchmarks.machine import cpu_seconds, memory_bytes
from benchmarks.result import Bar, Section
from benchmarks.stage import Stage, folder, product
from scripts.postgres_server import free_port

MIB = 1 << 20
AT_LEAST = 0.7
MEMORY_BYTES = 64 * MIB
PARALLEL = 4
SAMPLE_SECONDS = 0.02
ROOM = {"MAPPE_UNINVITED_BYTES": str(64 << 30), "MAPPE_WALLET_BYTES": str(64 << 30)}
_PIECE = os.urandom(MIB)
HEAD = ("what", "MB/s", "spread", "server CPU ms/MiB")


@dataclass
class Meter:
    """The highest memory of a process while it is watched."""

    pid: int
    peak: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Meter:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, memory_bytes(self.pid))


def measure(*, rounds: int, size: int, large: int) -> Section:
    """`size` bytes a transfer for the rates; `large` bytes each for the four at once."""
    section = Section("Attachments: upload with fsync at the end, download", HEAD)
    with folder() as where, product(where, ROOM) as stage:
        holder = stage.district.person("holder")[0].vault.server
        told = stage.comparison(free_port(), where / "raw" / "none", b64u(secrets.token_bytes(32)))
        (where / "raw").mkdir()
        env, port = told.save(where / "raw.json"), int(told.origin.rpartition(":")[2])
        command = machine.uvicorn("benchmarks.raw_stream:make_app", port)
        rates: dict[str, list[float]] = {}
        cpus: dict[str, list[float]] = {}

        def timed(name: str, pid: int, transfer: Callable[[], float]) -> None:
            cpu = cpu_seconds([pid])
            rates.setdefault(name, []).append(size / 1e6 / transfer())
            cpus.setdefault(name, []).append(1000 * (cpu_seconds([pid]) - cpu) / (size / MIB))

        with machine.serving(command, port, env, where / "raw.log") as raw:
            for number in range(rounds + 1):
                path = begin(holder, size)
                timed("product up", stage.server.pid, lambda p=path: up(holder, p, size))  # type: ignore[misc]
                timed("raw up", raw, lambda: _send(port, "PATCH", "/file", {}, size))
                timed("product down", stage.server.pid, lambda p=path: down(holder, p, size))  # type: ignore[misc]
                timed("raw down", raw, lambda: _receive(port, "/file", {}, size))
                if number == 0:  # warm
                    rates.clear()
                    cpus.clear()
                holder.post(f"{path}/delete", {})
        for name, values in rates.items():
            section.rows.append(
                (name, f"{median(values):,.0f}", f"{machine.spread(values):.0%}", f"{median(cpus[name]):.2f}")
            )
        for way in ("up", "down"):
            ratios = [a / b for a, b in zip(rates[f"product {way}"], rates[f"raw {way}"], strict=True)]
            section.bars.append(Bar(f"{way}load, product / raw", median(ratios), AT_LEAST, True))
        section.figures = {"MB_per_s": rates, "cpu_ms_per_MiB": cpus}
        _memory(section, stage, holder, large)
    return section


def begin(holder: Connection, size: int) -> str:
    """Reserves room; the path of the attachment."""
    id_ = b64u(secrets.token_bytes(16))
    holder.post("/v1/attachments", {"id": id_, "version": 1, "size": size})
    return f"/v1/attachments/{id_}/1"


def up(holder: Connection, path: str, size: int) -> float:
    """Seconds of an upload in one request, until it is durable."""
    headers = {**holder.proof("PATCH", path, None), "Upload-Offset": "0"}
    return _send(_port(holder), "PATCH", path, headers, size)


def down(holder: Connection, path: str, size: int) -> float:
    """Seconds of a download."""
    return _receive(_port(holder), path, holder.proof("GET", path, None), size)


def _memory(section: Section, stage: Stage, holder: Connection, large: int) -> None:
    paths = [begin(holder, large) for _ in range(PARALLEL)]
    idle = memory_bytes(stage.server.pid)
    for name, transfer in (("up", up), ("down", down)):
        with Meter(stage.server.pid) as meter:
            threads = [threading.Thread(target=transfer, args=(holder, path, large)) for path in paths]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        above = max(0, meter.peak - idle)
        section.bars.append(
            Bar(
                f"MiB of memory above idle while {PARALLEL} × {large // MIB:,} MiB go {name}",
                above / MIB,
                MEMORY_BYTES / MIB,
                False,
            )
        )
        section.figures[f"memory_above_idle_{name}_bytes"] = above
    done = [holder.get(f"{path}/status") for path in paths]
    if not all(one["complete"] and one["size"] == large for one in done):
        raise RuntimeError("an upload is not complete")
    section.figures["memory_idle_bytes"] = idle
    section.notes.append(f"Memory is the proportional set size; idle {idle / MIB:.0f} MiB.")


def _head(method: str, path: str, headers: Mapping[str, str], more: str = "") -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}{more}Connection: close\r\n\r\n".encode()


def _send(port: int, method: str, path: str, headers: Mapping[str, str], size: int) -> float:
    with socket.create_connection(("127.0.0.1", port), timeout=600) as link:
        began = time.perf_counter()
        link.sendall(_head(method, path, headers, f"Content-Length: {size}\r\n"))
        for start in range(0, size, MIB):
            link.sendall(_PIECE[: min(MIB, size - start)])
        answer = b""
        while piece := link.recv(65536):
            answer += piece
        took = time.perf_counter() - began
    if answer.split(b" ", 2)[1] not in (b"200", b"204"):
        raise RuntimeError(answer[:500].decode("latin-1"))
    return took


def _receive(port: int, path: str, headers: Mapping[str, str], size: int) -> float:
    room, count, start = bytearray(MIB), 0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=600) as link:
        began = time.perf_counter()
        link.sendall(_head("GET", path, headers))
        while got := link.recv_into(room):
            if not count:
                start = bytes(room[:500])
            count += got
        took = time.perf_counter() - began
    if start.split(b" ", 2)[1] != b"200" or count < size:
        raise RuntimeError(start.decode("latin-1"))
    return took


def _port(holder: Connection) -> int:
    return int(holder.origin.rpartition(":")[2])
