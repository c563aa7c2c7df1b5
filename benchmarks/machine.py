"""The machine: who runs on which core, what a process costs, and the load generator.

Server and load never share a core. CPU and memory are read from /proc for the whole process tree, so that nothing a
server does in a thread or a child is missed.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
SERVER_CPU = 0
LOAD_CPU = 1
START_SECONDS = 180  # a busy machine imports slowly
_TICK = os.sysconf("SC_CLK_TCK")
_REPLAY = Path(__file__).with_name("replay.lua")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """One measured sample. `cpu` is the server's seconds; `errors` counts answers other than 2xx and broken ones."""

    rate: float
    p50: float
    p99: float
    requests: int
    errors: int
    seconds: float
    cpu: float = 0.0
    foreign: float = 0.0  # cores used by others meanwhile

    @property
    def cpu_us(self) -> float:
        """Server CPU per request, microseconds."""
        return 1e6 * self.cpu / self.requests if self.requests else 0.0


def pin(pid: int, cpu: int) -> None:
    """Keeps a process, its children and every thread of them, and those to come, on one core."""
    for one in tree(pid):
        subprocess.run(["taskset", "-a", "-c", "-p", str(cpu), str(one)], check=True, capture_output=True)


def tree(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                found += [int(child) for child in _read(f"/proc/{one}/task/{task}/children").split()]
        except OSError:
            continue
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time so far of the processes and their descendants."""
    total = 0
    for pid in {one for root in pids for one in tree(root)}:
        try:
            fields = _read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return total / _TICK


def memory_bytes(pid: int) -> int:
    """Proportional set size of the process tree: shared pages are not counted twice."""
    return _memory(pid, "Pss")


def own_memory_bytes(pid: int) -> int:
    """The part of it that is no page of a file."""
    return _memory(pid, "Pss_Anon")


def _memory(pid: int, line: str) -> int:
    total = 0
    for one in tree(pid):
        try:
            found = re.search(rf"^{line}:\s+(\d+)", _read(f"/proc/{one}/smaps_rollup"), re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) * 1024 if found else 0
    return total


def busy_seconds() -> float:
    """CPU time that the whole machine has spent so far."""
    fields = [int(one) for one in _read("/proc/stat").splitlines()[0].split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / _TICK


@contextmanager
def serving(command: Sequence[str], port: int, env: Mapping[str, str], log: Path) -> Iterator[int]:
    """A server process on the server's core, ended at the end; its process id."""
    full = ["taskset", "-c", str(SERVER_CPU), *command]
    with log.open("ab") as out:
        process = subprocess.Popen(full, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out)
    try:
        wait_for(port, process, log)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until something listens."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {log.read_text()[-3000:]}") from None
            time.sleep(0.05)


def wrk(port: int, replay: Path, connections: int, seconds: float, server: Sequence[int]) -> Load:
    """Replays the requests of a file from the load's core; each is sent once (more would be seen as errors)."""
    url = f"http://127.0.0.1:{port}/"
    command = ["taskset", "-c", str(LOAD_CPU), "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    command += ["--latency", "--timeout", "20s", "-s", str(_REPLAY), url, "--", str(replay)]
    cpu, busy, own, began = cpu_seconds(server), busy_seconds(), os.times(), time.monotonic()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    took, after = time.monotonic() - began, os.times()
    cpu = cpu_seconds(server) - cpu
    load = after.children_user + after.children_system - own.children_user - own.children_system
    return Load(
        rate=_number(r"Requests/sec:\s+([\d.]+)", said),
        p50=_latency(50, said),
        p99=_latency(99, said),
        requests=int(_number(r"(\d+) requests in", said)),
        errors=_errors(said),
        seconds=_number(r"requests in ([\d.]+)s", said) or took,
        cpu=cpu,
        foreign=max(0.0, (busy_seconds() - busy - cpu - load) / took),
    )


def send_all(port: int, replay: Path, connections: int, count: int) -> int:
    """Sends every request of a file once, over some connections, without measuring; how many were answered."""
    requests: list[bytes] = []
    with replay.open("rb") as file:
        while line := file.readline():
            requests.append(file.read(int(line)))

    async def one(number: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        done = 0
        for request in requests[number:count:connections]:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            done += 1
        writer.close()
        return done

    async def everything() -> int:
        return sum(await asyncio.gather(*[one(number) for number in range(connections)]))

    return asyncio.run(everything())


def middle(samples: Sequence[Load]) -> Load:
    """Medians of each figure; errors are added up."""

    def of(name: str) -> float:
        return float(median(getattr(one, name) for one in samples))

    requests = int(of("requests"))
    return Load(
        of("rate"),
        of("p50"),
        of("p99"),
        requests,
        sum(one.errors for one in samples),
        of("seconds"),
        float(median(one.cpu_us for one in samples)) * requests / 1e6,
        of("foreign"),
    )


def spread(values: Sequence[float]) -> float:
    """(max − min) / median, so that noise travels with every figure."""
    return (max(values) - min(values)) / median(values) if values and median(values) else 0.0


def describe() -> dict[str, str]:
    """What the figures were taken on; nothing that identifies the machine."""
    model = re.search(r"model name\s*:\s*(.+)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+)", _read("/proc/meminfo"))
    return {
        "cpu": f"{model[1].strip() if model else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(memory[1]) // 1024 // 1024 if memory else 0} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def uvicorn(application: str, port: int) -> list[str]:
    """The command that serves a comparison with the product's own settings of the HTTP server."""
    return [sys.executable, "-m", "benchmarks.serve", application, str(port)]


def _errors(said: str) -> int:
    found = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return (int(found[1]) if found else 0) + (sum(int(one) for one in broken.groups()) if broken else 0)


def _latency(percentile: int, said: str) -> float:
    found = re.search(rf"\b{percentile}%\s+([\d.]+)(us|ms|s|m)\b", said)
    return float(found[1]) * _MS[found[2]] if found else 0.0


def _number(pattern: str, said: str) -> float:
    found = re.search(pattern, said)
    return float(found[1]) if found else 0.0


def _read(path: str) -> str:
    return Path(path).read_text()
