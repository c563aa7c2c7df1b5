"""A whole server in this process and holders who speak to it over ASGI with the client's own formats."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from mappe.formats import chain, dpop, jws, wallet
from mappe.formats.encoding import b64u, digest, digest_bytes, unb64u
from mappe.formats.jwe import seal
from mappe.formats.jwk import thumbprint
from mappe.formats.sign_in import make_proof

from app.main import create_app
from app.migrate import upgrade
from app.settings import Settings
from kit.clock import ManualClock
from kit.context import Context

T = TypeVar("T")
Answer = httpx2.Response


class World:
    """The server, its clock, and a loop to run both on."""

    def __init__(self, app: FastAPI, clock: ManualClock, runner: asyncio.Runner) -> None:
        self.app = app
        self.clock = clock
        self._runner = runner
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://127.0.0.1:8000"
        )

    @property
    def ctx(self) -> Context:
        context: Context = self.app.state.context
        return context

    @property
    def origin(self) -> str:
        return self.ctx.config.public_origin

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def gather(self, *work: Coroutine[Any, Any, T]) -> list[T]:
        async def together() -> list[T]:
            return list(await asyncio.gather(*work))

        return self.run(together())

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        return self.ctx.db.read_now(lambda tx: tx.all(sql, **params))

    def execute(self, sql: str, **params: Any) -> int:
        return self.ctx.db.write_now(lambda tx: tx.run(sql, **params))


@asynccontextmanager
async def serving(folder: Path, clock: ManualClock, url: str, **env: str) -> AsyncIterator[FastAPI]:
    """The application with its resources open; nothing runs in the background."""
    values = {"DATA_DIR": str(folder), "RUNNER": "0", "WEB_DIR": str(folder / "web"), "DATABASE_URL": url, **env}
    settings = Settings.from_env({f"MAPPE_{name}": value for name, value in values.items()})
    upgrade(settings.database_url.reveal())
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        yield app


@dataclass
class Kept:
    """One unlock method as the person keeps it: its root, and what the server has of it."""

    kind: str
    root: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    version: int = 1
    envelope: str = ""
    pin: str | None = None

    def key(self, handle: str) -> Ed25519PrivateKey:
        return wallet.sign_in_key(self.root, handle)

    def pin_proof(self, handle: str, pin: str) -> str:
        return b64u(wallet.sheet_pin_proof(self.root, handle, pin))


@dataclass
class Device:
    """A device key, and a token once it is signed in."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    token: str | None = None

    @property
    def jkt(self) -> str:
        return thumbprint(self.key.public_key())


class Holder:
    """A person with a wallet: all secrets, the chain's state, and devices."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.handle = wallet.new_handle(small_memory=True)
        self.identity = wallet.Identity.generate()
        self.genesis = wallet.make_genesis(self.identity, created=self.now, nonce=secrets.token_bytes(16))
        self.id = wallet.verify_genesis(self.genesis).wallet_id
        self.vmk = secrets.token_bytes(32)
        self.epoch = 1
        self.stop = secrets.token_bytes(12)
        # Argon2id is the client's work; a random root is enough for what the server sees
        self.methods = [Kept("passphrase"), Kept("recovery", pin="123456")]
        self.identity_box = ""
        self.state = chain.ChainState()
        self.head = ""
        self.device = Device()
        self._wrap()

    @property
    def now(self) -> int:
        return self.world.clock.now()

    @property
    def passphrase(self) -> Kept:
        return self.methods[0]

    @property
    def recovery(self) -> Kept:
        return self.methods[1]

    # ---- speaking

    def headers(
        self, method: str, path: str, body: bytes | None, device: Device | None = None, **other: Any
    ) -> dict[str, str]:
        by = device or self.device
        proof = dpop.make(
            other.get("key", by.key),
            other.get("htm", method),
            other.get("htu", self.world.origin + path.split("?")[0]),
            token=other.get("ath", by.token),
            body=other.get("bh", body),
            now=other.get("iat", self.now),
        )
        headers = {"DPoP": proof}
        if by.token is not None:
            headers["Authorization"] = f"DPoP {by.token}"
        return headers

    async def send(
        self,
        method: str,
        path: str,
        value: object = None,
        *,
        device: Device | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        proof: Mapping[str, str] | None = None,
    ) -> Answer:
        json_body = None if method in ("GET", "PATCH") else json.dumps({} if value is None else value).encode()
        body = json_body if raw is None else raw
        sent = dict(proof) if proof is not None else self.headers(method, path, json_body, device)
        return await self.world.http.request(method, path, content=body, headers={**sent, **(headers or {})})

    def post(self, path: str, value: object = None, **more: Any) -> Answer:
        return self.world.run(self.send("POST", path, value, **more))

    def get(self, path: str, **more: Any) -> Answer:
        return self.world.run(self.send("GET", path, **more))

    def patch(self, path: str, offset: int, raw: bytes, **more: Any) -> Answer:
        return self.world.run(self.send("PATCH", path, raw=raw, headers={"Upload-Offset": str(offset)}, **more))

    # ---- unlock

    def method_row(self, kept: Kept) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": b64u(kept.id),
            "kind": kept.kind,
            "version": kept.version,
            "public": b64u(kept.key(self.handle).public_key().public_bytes_raw()),
            "envelope": kept.envelope,
        }
        if kept.pin is not None:
            row["pin"] = digest(wallet.sheet_pin_proof(kept.root, self.handle, kept.pin))
        return row

    def creation(self, **more: Any) -> dict[str, Any]:
        change = self.sign([], device=more.pop("device", self.device))
        return {
            "handle": self.handle,
            "genesis": self.genesis,
            "identity_box": self.identity_box,
            "methods": [self.method_row(kept) for kept in self.methods],
            "stop": digest(wallet.stop_proof(self.stop, self.handle)),
            "change": change,
            **more,
        }

    def create(self, **more: Any) -> Answer:
        body = self.creation(**more)
        answer = self.post("/v1/wallets", body)
        if answer.status_code == 201:
            self.device.token = answer.json()["token"]
            self._advance(body["change"])
        return answer

    def nonce(self) -> str:
        answer = self.world.run(self.world.http.post("/v1/sign-in/challenge", content=b"{}"))
        return str(answer.json()["nonce"])

    def proof(
        self, kept: Kept, device: Device, *, nonce: str | None = None, pin: str | None = None, **other: Any
    ) -> str:
        return make_proof(
            other.get("key", kept.key(self.handle)),
            origin=other.get("origin", self.world.origin),
            handle=other.get("handle", self.handle),
            method=other.get("method", kept.kind),
            nonce=nonce or self.nonce(),
            jkt=other.get("jkt", device.jkt),
            body=(pin or "").encode(),
        )

    async def try_sign_in(self, proof: str, device: Device, pin: str | None = None) -> Answer:
        body = {"proof": proof} | ({} if pin is None else {"pin": pin})
        return await self.send("POST", "/v1/sign-in", body, device=replace(device, token=None))

    def sign_in(
        self, kept: Kept | None = None, *, pin: str | None = None, device: Device | None = None
    ) -> tuple[Answer, Device]:
        kept = kept or self.passphrase
        device = device or Device()
        proved = None if pin is None else kept.pin_proof(self.handle, pin)
        answer = self.world.run(self.try_sign_in(self.proof(kept, device, pin=proved), device, proved))
        if answer.status_code == 200:
            device = replace(device, token=answer.json()["token"])
        return answer, device

    # ---- store

    def _wrap(self) -> None:
        self.identity_box = wallet.seal_identity(self.vmk, self.id, self.epoch, self.identity)
        for kept in self.methods:
            at = wallet.EnvelopeId(self.id, kept.id, kept.kind, kept.version, self.epoch)
            kept.envelope = wallet.seal_envelope(kept.root, at, self.handle, self.vmk)

    def access(self) -> bytes:
        return chain.access_of([(kept.id, kept.version, kept.envelope) for kept in self.methods], self.identity_box)

    def change(self, objects: Sequence[chain.ObjectState], device: Device | None = None) -> chain.Change:
        after = {**self.state.objects, **{id_: (version, body) for id_, version, body in objects}}
        return chain.Change(
            wallet=self.id,
            number=self.state.number + 1,
            parent=self.state.head,
            epoch=self.epoch,
            objects=tuple(objects),
            root=chain.root_of([(id_, version, body) for id_, (version, body) in after.items()]),
            access=self.access(),
            device=(device or self.device).jkt,
            time=self.now,
        )

    def sign(self, objects: Sequence[chain.ObjectState], device: Device | None = None, **other: Any) -> str:
        return chain.make_change(self.identity.signing, replace(self.change(objects, device), **other))

    def object_key(self, id_: bytes, version: int) -> str:
        members: dict[str, str | int | bytes] = {"wallet": self.id, "id": id_, "version": version, "epoch": self.epoch}
        return seal("object-key", secrets.token_bytes(32), members, secrets.token_bytes(32))

    def sealed(self, id_: bytes, version: int, size: int = 300) -> dict[str, Any]:
        body = seal(
            "object",
            secrets.token_bytes(32),
            {"wallet": self.id, "id": id_, "version": version},
            secrets.token_bytes(size),
        )
        return {"id": b64u(id_), "version": version, "key": self.object_key(id_, version), "body": body}

    def next_version(self, id_: bytes) -> int:
        return self.state.objects.get(id_, (0, None))[0] + 1

    def writing(
        self,
        ids: Sequence[bytes],
        *,
        remove: Sequence[bytes] = (),
        device: Device | None = None,
        size: int = 300,
        **other: Any,
    ) -> dict[str, Any]:
        """The body of a change that writes new versions of `ids` and ends `remove`."""
        rows = [self.sealed(id_, self.next_version(id_), size) for id_ in ids]
        states: list[chain.ObjectState] = [
            (id_, row["version"], digest_bytes(row["body"])) for id_, row in zip(ids, rows, strict=True)
        ]
        states += [(id_, self.next_version(id_), None) for id_ in remove]
        return {"change": self.sign(states, device, **other), "objects": rows}

    def write(
        self, ids: Sequence[bytes], *, remove: Sequence[bytes] = (), device: Device | None = None, size: int = 300
    ) -> Answer:
        body = self.writing(ids, remove=remove, device=device, size=size)
        answer = self.post("/v1/changes", body, device=device)
        if answer.status_code == 200:
            self._advance(body["change"])
        return answer

    def rotation(self, *, drop: Kept | None = None, device: Device | None = None) -> dict[str, Any]:
        """The body of a change to a new VMK."""
        self.epoch += 1
        self.vmk = secrets.token_bytes(32)
        self.methods = [replace(kept, version=kept.version + 1) for kept in self.methods if kept is not drop]
        self._wrap()
        live = [(id_, version) for id_, (version, body) in self.state.objects.items() if body is not None]
        return {
            "change": self.sign([], device),
            "objects": [],
            "methods": [
                {name: value for name, value in self.method_row(kept).items() if name != "pin"} for kept in self.methods
            ],
            "identity_box": self.identity_box,
            "rewrapped": [
                {"id": b64u(id_), "version": version, "key": self.object_key(id_, version)} for id_, version in live
            ],
        }

    def _advance(self, token: str) -> None:
        self.state = chain.advance(self.state, chain.verify_change(token, self.identity.signing.public_key()))
        self.head = token

    def took(self, body: Mapping[str, Any]) -> None:
        """The server took this change."""
        self._advance(body["change"])

    def sync(self, since: int | None = None, device: Device | None = None, **more: Any) -> dict[str, Any]:
        answer = self.post("/v1/sync", {"since": since, **more}, device=device)
        assert answer.status_code == 200, answer.text
        value: dict[str, Any] = answer.json()
        return value

    def erase_order(self, **other: Any) -> str:
        payload = {"v": 1, "wallet": b64u(self.id), "nonce": b64u(secrets.token_bytes(16)), "time": self.now, **other}
        return jws.sign("erase", self.identity.signing, json.dumps(payload).encode())


def check_snapshot(holder: Holder, answer: Mapping[str, Any]) -> chain.Change:
    """What every client does with a snapshot: recompute root and access, compare with the signed head."""
    head = chain.verify_change(answer["head"]["change"], holder.identity.signing.public_key())
    objects = [
        (unb64u(row["id"], 16), row["version"], digest_bytes(row["body"]) if "body" in row else None)
        for row in answer["objects"]
    ]
    methods = [(unb64u(row["id"], 16), row["version"], row["envelope"]) for row in answer["methods"]]
    chain.check_head(head, objects, methods, answer["identity_box"])
    return head


def altered(token: str) -> str:
    """The same JWS with one bit of its signature turned."""
    at = token.rindex(".") + 10
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
