"""The ceiling: a redeem written by hand for nothing but speed, to which the product is compared.

A FastAPI route with a Pydantic body, plain SQL, one writer thread that commits all waiting requests with one fsync
(SQLite, WAL, synchronous=FULL). It does the work that the promise of the product needs and no more: token (verified
once and remembered by its hash, as in the product), DPoP proof with signature, binding, body and replay check, tag,
count, lease, chain head, HPKE seal of the entry, durable commit, promise signature, the same bytes released. It has no
other routes, states, refusals to write down, limits, registry, passcodes, files, versions, uniform answers or headers.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from hashlib import sha256
from os import urandom
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from fastapi import FastAPI, HTTPException, Request, Response
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_thumbprint
from pydantic import BaseModel

from benchmarks.settings import Comparison
from benchmarks.shares import Share

SCHEMA = """
CREATE TABLE grants (id BLOB PRIMARY KEY, wallet BLOB, tag BLOB, exp INTEGER, opens INTEGER) WITHOUT ROWID;
CREATE TABLE contents (id BLOB PRIMARY KEY, slots TEXT, text TEXT);
CREATE TABLE leases (grant_id BLOB, lease BLOB, until INTEGER, PRIMARY KEY (grant_id, lease)) WITHOUT ROWID;
CREATE TABLE heads (wallet BLOB PRIMARY KEY, seq INTEGER, leaf BLOB, log_public BLOB) WITHOUT ROWID;
CREATE TABLE log (wallet BLOB, seq INTEGER, leaf BLOB, body BLOB, PRIMARY KEY (wallet, seq));
"""
LEASE_SECONDS = 600
BATCH = 512
_GRANT = """
SELECT g.wallet, g.tag, g.exp, c.slots, c.text FROM grants g JOIN contents c ON c.id = g.id WHERE g.id = ?
"""
_seal = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Open(BaseModel):
    """The body of an agency's open."""

    r: str
    lease: str


def seed(path: str, shares: Sequence[Share]) -> None:
    """A new database with these grants."""
    con = connect(path)
    con.executescript(SCHEMA)
    con.execute("BEGIN")
    for one in shares:
        content = one.content
        ids = ",".join(f'"{b64u(slot)}"' for slot in one.version.policy.slots)
        text = f'{content.head},"keybox":"{content.keybox}","slots":{{{content.slots}}}'
        policy = one.version.policy
        con.execute("INSERT INTO grants VALUES (?, ?, ?, ?, 0)", (one.grant, one.wallet, policy.tag, policy.exp))
        con.execute("INSERT INTO contents VALUES (?, ?, ?)", (one.grant, ids, text))
        con.execute("INSERT INTO heads VALUES (?, 0, ?, ?)", (one.wallet, bytes(32), one.log_public))
    con.execute("COMMIT")
    con.close()


def connect(path: str) -> sqlite3.Connection:
    """With the durability of the product."""
    con = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "mmap_size=268435456", "wal_autocheckpoint=4000"):
        con.execute(f"PRAGMA {pragma}").fetchall()
    return con


class Writer:
    """The group commit."""

    def __init__(self, path: str) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._keys: dict[bytes, X25519PublicKey] = {}
        self._con = connect(path)
        threading.Thread(target=self._run, daemon=True).start()

    async def append(self, *work: Any) -> tuple[bytes, bytes, bytes]:
        """Counts, leases and logs one open; (leaf, r1, other) once it is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[bytes, bytes, bytes]] = loop.create_future()
        self._queue.put((loop, future, work))
        return await future

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            try:
                while len(batch) < BATCH:
                    batch.append(self._queue.get_nowait())
            except queue.Empty:
                pass
            self._con.execute("BEGIN IMMEDIATE")
            done = [(future, self._one(*work)) for _, future, work in batch]
            self._con.execute("COMMIT")
            batch[0][0].call_soon_threadsafe(_settle, done)

    def _one(self, wallet: bytes, grant: bytes, lease: bytes, until: int, event: str) -> tuple[bytes, bytes, bytes]:
        run = self._con.execute
        run("UPDATE grants SET opens = opens + 1 WHERE id = ?", (grant,))
        run("INSERT INTO leases VALUES (?, ?, ?)", (grant, lease, until))
        seq, previous, raw = run("SELECT seq, leaf, log_public FROM heads WHERE wallet = ?", (wallet,)).fetchone()
        public = self._keys.get(raw)
        if public is None:
            public = self._keys[raw] = X25519PublicKey.from_public_bytes(raw)
        seq += 1
        random = urandom(32)
        r1, r2 = random[:16], random[16:]
        place = wallet + seq.to_bytes(8, "big")
        other = sha256(r2 + place + previous).digest()
        leaf = sha256(b"\0" + sha256(r1 + event.encode()).digest() + other).digest()
        body = f'{{"event":{_encode(event)},"r1":"{b64u(r1)}","r2":"{b64u(r2)}","previous":"{b64u(previous)}"}}'
        sealed = _seal(body.encode(), public, info=b"mappe/1/log-entry\0" + place + leaf)
        run("INSERT INTO log VALUES (?, ?, ?, ?)", (wallet, seq, leaf, sealed))
        run("UPDATE heads SET seq = ?, leaf = ? WHERE wallet = ?", (seq, leaf, wallet))
        return leaf, r1, other


def _settle(done: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, value in done:
        if not future.done():
            future.set_result(value)


def make_app() -> FastAPI:
    """The ceiling's server."""
    told = Comparison.load()
    reader, writer = connect(told.database), Writer(told.database)
    key, thumb = told.key, unb64u(told.seal, 32)
    public = key.public_key()
    promise_header = b64u(f'{{"alg":"EdDSA","typ":"mappe/1/promise","kid":"{told.kid}"}}'.encode())
    tokens: dict[str, int] = {}
    headers: dict[str, tuple[Ed25519PublicKey, str]] = {}
    seen: set[str] = set()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def check_token(token: str, now: int) -> None:
        if tokens.get(token, 0) > now:
            return
        claims = jwt.decode(token, public, algorithms=["EdDSA"], audience=told.origin, issuer=told.origin)
        if claims["cnf"]["jkt"] != told.jkt:
            raise HTTPException(401)
        tokens[token] = claims["exp"]

    def check_proof(proof: str, path: str, token: str, body: bytes, now: int) -> None:
        head, payload, signature = proof.split(".")
        if head not in headers:
            jwk = json.loads(unb64u(head))["jwk"]
            raw = unb64u(jwk["x"], 32)
            headers[head] = Ed25519PublicKey.from_public_bytes(raw), ed25519_thumbprint(raw)
        caller, jkt = headers[head]
        caller.verify(unb64u(signature), proof[: proof.rindex(".")].encode())
        claims = json.loads(unb64u(payload))
        if (
            jkt != told.jkt
            or claims["htm"] != "POST"
            or claims["htu"] != told.origin + path
            or claims["ath"] != b64u(sha256(token.encode()).digest())
            or claims["bh"] != b64u(sha256(body).digest())
            or abs(now - claims["iat"]) > 60
            or claims["jti"] in seen
        ):
            raise HTTPException(401)
        seen.add(claims["jti"])

    @app.post("/v1/grants/{id}/open")
    async def redeem(id: str, sent: Open, request: Request) -> Response:
        now = int(time.time())
        token, proof = request.headers["authorization"][5:], request.headers["dpop"]
        check_token(token, now)
        check_proof(proof, request.scope["path"], token, await request.body(), now)
        grant = unb64u(id, 16)
        row = reader.execute(_GRANT, (grant,)).fetchone()
        if row is None or row[1] != sha256(unb64u(sent.r, 16) + thumb).digest() or row[2] <= now:
            raise HTTPException(404)
        event = (
            f'{{"v":1,"kind":"grant-opened","time":{now},"actor":{{"type":"agency","id":"{told.agency}"}},'
            f'"grant":"{id}","slots":[{row[3]}],"lease":"{sent.lease}","detail":{{"version":1}},"proof":"{proof}"}}'
        )
        lease = sha256(grant + unb64u(sent.lease, 16) + told.jkt.encode()).digest()
        leaf, r1, other = await writer.append(row[0], grant, lease, now + LEASE_SECONDS, event)
        payload = (
            f'{{"v":1,"leaf":"{b64u(leaf)}","r1":"{b64u(r1)}","other":"{b64u(other)}","time":{now},'
            f'"deadline":{now + 3600}}}'
        )
        signed = f"{promise_header}.{b64u(payload.encode())}"
        promise = f"{signed}.{b64u(key.sign(signed.encode()))}"
        text = (
            f'{{{row[4]},"lease":{{"id":"{sent.lease}","until":{now + LEASE_SECONDS}}},"event":{_encode(event)},'
            f'"promise":"{promise}"}}'
        )
        return Response(text.encode(), media_type="application/json")

    return app
