"""Measure 7: a stranger's requests for unknown, foreign, expired, revoked and used-up grants, interleaved: byte-equal
answers, and medians that tell nothing."""

from __future__ import annotations

import json
import random
import re
import secrets
import socket
import time
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import dpop
from mappe.formats.encoding import b64u

from app.database import make_database
from benchmarks.result import Bar, Section
from benchmarks.shares import Share
from benchmarks.stage import Stage, folder, product
from kit.database import Tx
from sharing.grant import repository

KINDS = ("unknown", "foreign", "expired", "revoked", "used-up")
WITHIN = 0.05
GRANTS = 60  # of each kind
AT_ONCE = 250  # requests of each kind signed ahead: a proof is good for a minute
WARM = 100


def measure(*, requests: int) -> Section:
    """`requests` of each kind."""
    section = Section("A stranger's answers: same bytes, same time", ("id", "median ms", "off the middle"))
    with folder() as where, product(where) as stage:
        made = {kind: stage.shares(GRANTS) for kind in KINDS}
        for kind in KINDS[1:]:
            stage.seed(made[kind])
        _spoil(stage, made)
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        answers: dict[str, set[bytes]] = {kind: set() for kind in KINDS}
        with socket.create_connection(("127.0.0.1", stage.server.port)) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            left = requests + WARM
            while left:
                some = min(left, AT_ONCE)
                left -= some
                for kind, raw in _signed(stage, made, some):
                    began = time.perf_counter()
                    link.sendall(raw)
                    answer = _answer(link)
                    times[kind].append(time.perf_counter() - began)
                    answers[kind].add(re.sub(rb"(?m)^date: .*\r\n", b"", answer))
        distinct = set().union(*answers.values())
        middles = {kind: median(values[WARM:]) for kind, values in times.items()}
        middle = median(middles.values())
        off = {kind: abs(value / middle - 1) for kind, value in middles.items()}
        for kind in KINDS:
            section.rows.append((kind, f"{middles[kind] * 1000:.3f}", f"{off[kind]:.1%}"))
        section.bars.append(Bar("different answers", len(distinct), 1, False))
        section.bars.append(Bar("(slowest − fastest median) / middle", _range(middles, middle), WITHIN, False))
        section.notes.append(f"{requests:,} requests of each kind, one connection, in random order.")
        section.figures = {"median_ms": {kind: 1000 * value for kind, value in middles.items()}}
    return section


def _range(middles: dict[str, float], middle: float) -> float:
    return (max(middles.values()) - min(middles.values())) / middle


def _spoil(stage: Stage, made: dict[str, list[Share]]) -> None:
    def work(tx: Tx) -> None:
        now = int(time.time())
        for one in made["expired"]:
            tx.run("UPDATE grants SET exp = :now WHERE grant_id = :grant AND wallet_id = :wallet", **_key(one, now))
        for kind in ("revoked", "used-up"):
            for one in made[kind]:
                repository.end(tx, one.wallet, one.grant, kind, now)
                repository.delete_content(tx, one.wallet, one.grant)

    database = make_database(stage.database)
    try:
        database.write_now(work)
    finally:
        database.close()


def _key(one: Share, now: int) -> dict[str, bytes | int]:
    return {"now": now - 60, "grant": one.grant, "wallet": one.wallet}


def _signed(stage: Stage, made: dict[str, list[Share]], each: int) -> list[tuple[str, bytes]]:
    key, origin = Ed25519PrivateKey.generate(), stage.server.origin
    found = []
    for kind in KINDS:
        for at in range(each):
            path = f"/v1/grants/{b64u(made[kind][at % GRANTS].grant)}/open"
            body = json.dumps({"auth": b64u(secrets.token_bytes(32)), "lease": b64u(secrets.token_bytes(16))}).encode()
            proof = dpop.make(key, "POST", origin + path, body=body, now=int(time.time()))
            head = f"POST {path} HTTP/1.1\r\nHost: {origin[7:]}\r\nDPoP: {proof}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            found.append((kind, head.encode() + body))
    random.shuffle(found)
    return found


def _answer(link: socket.socket) -> bytes:
    data = link.recv(65536)
    while b"\r\n\r\n" not in data:
        data += link.recv(65536)
    length = re.search(rb"(?i)content-length: (\d+)", data)
    total = data.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    while len(data) < total:
        data += link.recv(65536)
    return data
