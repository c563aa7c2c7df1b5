"""Measure 6: the server's memory after 100,000 mixed requests against after 10,000."""

from __future__ import annotations

import json
import random
import secrets
import time
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import dpop
from mappe.formats.encoding import b64u
from mappe.net.server import Server as Connection

from benchmarks import machine
from benchmarks.machine import memory_bytes, own_memory_bytes
from benchmarks.redeeming import open_request, proof_header
from benchmarks.result import Bar, Section
from benchmarks.shares import Share
from benchmarks.stage import Stage, folder, product

GROWTH = 1.05
MIB = 1 << 20
BATCH = 2_000  # requests written and sent at once
CONNECTIONS = 32
WALLETS = 2_000
SETTLE_SECONDS = 3  # the sequencer catches up
# parts of a hundred
OPENS, STRANGERS, SYNCS, STATUS = 60, 15, 10, 10  # the rest: public pages


def measure(*, first: int, last: int, wallets: int = WALLETS) -> Section:
    """Memory after `first` and after `last` requests."""
    section = Section("Memory under mixed requests", ("after requests", "own MiB", "with mapped files MiB"))
    with folder() as where, product(where) as stage:
        made = stage.shares(wallets)
        stage.seed(made)
        holder = stage.district.person("holder")[0].vault.server
        sent = answered = 0
        own: dict[int, int] = {}
        while sent < last:
            replay, count = where / "mixed", min(BATCH, last - sent)
            _write(replay, stage, holder, made, count)
            answered += _send(stage, replay, count)
            sent += count
            if sent in (first, last):
                time.sleep(SETTLE_SECONDS)
                own[sent] = own_memory_bytes(stage.server.pid)
                everything = memory_bytes(stage.server.pid)
                section.rows.append((f"{sent:,}", f"{own[sent] / MIB:.1f}", f"{everything / MIB:.1f}"))
                section.figures[str(sent)] = {"own": own[sent], "with_mapped_files": everything}
        section.bars.append(Bar("own memory, after all / after the first part", own[last] / own[first], GROWTH, False))
        section.notes.append(
            f"{answered:,} answers: {OPENS} % opens, {STRANGERS} % strangers, {SYNCS} % syncs, {STATUS} % status, "
            "the rest public pages. Own memory is anonymous; mapped files are the kernel's cache of the database."
        )
    return section


def _write(path: Path, stage: Stage, holder: Connection, made: list[Share], count: int) -> None:
    caller = stage.caller()
    header, ath = proof_header(caller.login), b64u(sha256(caller.token.encode()).digest())
    stranger, now = Ed25519PrivateKey.generate(), int(time.time())
    with path.open("wb") as out:
        for _ in range(count):
            dice = random.randrange(100)
            if dice < OPENS:
                raw = open_request(caller, header, ath, random.choice(made), secrets.token_bytes(16), now)
            elif dice < OPENS + STRANGERS:
                raw = _stranger(stage.server.origin, stranger, now)
            elif dice < OPENS + STRANGERS + SYNCS:
                raw = _holder(holder, "POST", "/v1/sync", json.dumps({"since": 1}).encode())
            elif dice < OPENS + STRANGERS + SYNCS + STATUS:
                raw = _holder(holder, "GET", "/v1/wallet/status", None)
            else:
                page = random.choice(("/v1/meta", "/log/checkpoint", "/v1/registry", "/healthz"))
                raw = f"GET {page} HTTP/1.1\r\nHost: {caller.origin[7:]}\r\n\r\n".encode()
            out.write(b"%d\n%s" % (len(raw), raw))


def _stranger(origin: str, key: Ed25519PrivateKey, now: int) -> bytes:
    path = f"/v1/grants/{b64u(secrets.token_bytes(16))}/open"
    body = json.dumps({"auth": b64u(secrets.token_bytes(32)), "lease": b64u(secrets.token_bytes(16))}).encode()
    headers = {"DPoP": dpop.make(key, "POST", origin + path, body=body, now=now)}
    return _raw(origin, "POST", path, headers, body)


def _holder(holder: Connection, method: str, path: str, body: bytes | None) -> bytes:
    return _raw(holder.origin, method, path, holder.proof(method, path, body), body)


def _raw(origin: str, method: str, path: str, headers: dict[str, str], body: bytes | None) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if body is not None:
        lines += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: {origin[7:]}\r\n{lines}\r\n".encode() + (body or b"")


def _send(stage: Stage, replay: Path, count: int) -> int:
    """Sends each request of the file once; how many were answered."""
    return machine.send_all(stage.server.port, replay, CONNECTIONS, count)
