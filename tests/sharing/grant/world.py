"""A whole server in this process, a wallet on it, and recipients: everything real, spoken to over ASGI.

The wallet's rows are made by hand, because signing in is another slice's test; everything about grants goes through the
documented calls and the client's own formats.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi import FastAPI
from mappe.formats import dpop, log, registry
from mappe.formats import grant as g
from mappe.formats.encoding import b64u, digest, unb64u
from mappe.formats.jwk import ed25519_jwk, ed25519_thumbprint, thumbprint, x25519_jwk

from app.main import create_app
from app.runner import Runner
from app.settings import Settings
from audit import chain
from kit.clock import DAY, ManualClock
from kit.context import Context
from kit.database import Tx
from kit.limits import GIB
from kit.tokens import new_token
from sharing.agencies import accept, tokens
from sharing.agencies.documents import read_roots
from sharing.agencies.registry import RegistryInForce
from wallet.unlock import wallets

PROFILE = "argon2id-32-6-1"
both = pytest.mark.parametrize("world", ["sqlite", "postgres"], indirect=True)


@dataclass
class Agency:
    """An enrolled agency: login key, seal key, and a token when it needs one."""

    id: str
    login: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seal: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def jkt(self) -> str:
        return ed25519_thumbprint(self.login.public_key().public_bytes_raw())


@dataclass
class Sealed:
    """A grant as the holder's device made it: the locator, the request body, and what is in it."""

    locator: g.GrantLocator
    body: dict[str, Any]
    key: Ed25519PrivateKey
    policy: str
    terms: str
    version: int = 1
    agency: Agency | None = None
    passcode: str | None = None
    stretched: bytes = b""
    values: dict[bytes, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return b64u(self.locator.grant)

    @property
    def slots(self) -> list[str]:
        return list(self.body["slots"])

    def proof(self) -> str:
        return b64u(g.passcode_proof(self.locator, self.stretched))

    def prove(self) -> dict[str, str]:
        if self.agency is not None:
            return {"r": b64u(self.locator.recipient)}
        return {"auth": b64u(self.locator.auth)}

    def read(self, answer: Mapping[str, Any], now: int) -> g.Grant:
        """The recipient's own checks, all of them."""
        return g.read_grant(
            self.locator,
            record=answer["record"],
            policy=answer["policy"],
            terms=answer["terms"],
            keybox=answer["keybox"],
            slots={unb64u(slot, 16): token for slot, token in answer["slots"].items()},
            now=now,
            agency_key=None if self.agency is None else self.agency.seal,
            stretched=self.stretched or None,
        )

    def again(self, version: int | None = None, *, files: list[dict[str, Any]] | None = None) -> Sealed:
        """The next version: fresh key, key box, slots, record; the same policy and terms."""
        number = self.version + 1 if version is None else version
        made = Sealed(
            self.locator, {}, self.key, self.policy, self.terms, number, self.agency, self.passcode, self.stretched
        )
        made.values = {slot: f"{value} (v{number})" for slot, value in self.values.items()}
        _seal(made, self.body["auth"], self.body["passcode"], self.body["files"] if files is None else files)
        return made


def seal(
    now: int,
    *,
    agency: Agency | None = None,
    opens: int = 1,
    passcode: str | None = None,
    life: int = 7 * DAY,
    nbf: int | None = None,
    slots: int = 5,
    size: int = 60,
    files: list[dict[str, Any]] | None = None,
) -> Sealed:
    """A fresh grant of `slots` fields."""
    locator = g.GrantLocator.of(secrets.token_bytes(32))
    key = Ed25519PrivateKey.generate()
    ids = [secrets.token_bytes(16) for _ in range(slots)]
    said = g.make_terms(
        g.Terms(
            salt=secrets.token_bytes(16),
            purpose="To register a residence",
            basis="consent",
            retention="30 days",
            language="en",
            text=secrets.token_bytes(32),
            text_kind="consent",
            recipient=g.Recipient("Registration office"),
            request=None,
            standing=False,
            signer=ed25519_thumbprint(key.public_key().public_bytes_raw()),
            slots={slot: g.SlotName("field", f"passport.field_{at}") for at, slot in enumerate(ids)},
        )
    )
    policy = g.make_policy(
        g.Policy(
            grant=locator.grant,
            tag=None if agency is None else locator.tag(agency.seal.public_key().public_bytes_raw()),
            slots=tuple(ids),
            nbf=now if nbf is None else nbf,
            exp=(now if nbf is None else nbf) + life,
            opens=opens,
            passcode=None if passcode is None else PROFILE,
            terms=g.terms_hash(said),
        )
    )
    terms = g.seal_terms(locator.terms_key, locator.grant, said)
    made = Sealed(locator, {}, key, policy, terms, agency=agency, passcode=passcode)
    made.values = {slot: f"value {at} ".ljust(size, "x") for at, slot in enumerate(ids)}
    proof = None
    if passcode is not None:
        # Argon2id is the client's work; a stand-in of the same size is enough for what the server sees
        made.stretched = sha256(b"stretched" + passcode.encode() + locator.salt).digest()
        proof = digest(g.passcode_proof(locator, made.stretched))
    _seal(made, None if agency else digest(locator.auth), proof, files or [])
    return made


def _seal(made: Sealed, auth: str | None, passcode: str | None, files: list[dict[str, Any]]) -> None:
    locator, version = made.locator, made.version
    grant_key = secrets.token_bytes(32)
    policy_hash = g.policy_hash(made.policy)
    box = g.KeyBox(grant_key, unb64u(ed25519_thumbprint(made.key.public_key().public_bytes_raw()), 32))
    if made.agency is not None:
        public = made.agency.seal.public_key().public_bytes_raw()
        keybox = g.seal_agency(public, locator.grant, version, policy_hash, box)
    else:
        keybox = g.seal_bearer(locator, version, policy_hash, box, stretched=made.stretched)
    slots = {
        slot: g.seal_slot(
            grant_key,
            g.SlotAt(locator.grant, version, slot, policy_hash),
            {
                "v": 1,
                "kind": "field",
                "name": f"passport.field_{at}",
                "value": value,
                "assurance": "self-declared",
                "source": "holder",
                "as_of": "2026-01-01",
                "evidence": [],
            },
        )
        for at, (slot, value) in enumerate(made.values.items())
    }
    record = g.make_record(
        made.key,
        grant=locator.grant,
        version=version,
        policy=made.policy,
        terms=made.terms,
        keybox=keybox,
        slots=slots,
        time=1_800_000_000,
    )
    made.body = {
        "policy": made.policy,
        "terms": made.terms,
        "keybox": keybox,
        "slots": {b64u(slot): token for slot, token in slots.items()},
        "record": record,
        "auth": auth,
        "passcode": passcode,
        "files": files,
    }


class Wallet:
    """A wallet and its one device."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = secrets.token_bytes(32)
        self.log = X25519PrivateKey.generate()
        self.device = ec.generate_private_key(ec.SECP256R1())
        token, self.token_hash = new_token("mst")
        self.token = token.reveal()

    def insert(self, tx: Tx) -> None:
        now = self.world.clock.now()
        jkt = thumbprint(self.device.public_key())
        chain.open_chain(tx, self.id, self.log.public_key().public_bytes_raw())
        tx.run(
            "INSERT INTO wallet_devices (wallet_id, jkt, label, created, seen, generation) "
            "VALUES (:w, :j, '', :n, :n, 1)",
            w=self.id,
            j=jkt,
            n=now,
        )
        tx.run(
            "INSERT INTO wallet_sessions (token_hash, wallet_id, jkt, generation, exp) VALUES (:t, :w, :j, 1, :e)",
            t=self.token_hash,
            w=self.id,
            j=jkt,
            e=now + 80 * DAY,
        )
        wallets.add(
            tx,
            wallet=self.id,
            handle_hash=sha256(self.id).digest(),
            genesis="-",
            signing=bytes(32),
            stop_hash=bytes(32),
            created=now,
            allowance=wallets.Allowance(1_000, 10 * GIB),
            identity_box="-",
            head_hash=bytes(32),
            head_change="-",
        )

    async def call(self, method: str, path: str, body: object = None) -> httpx2.Response:
        return await self.world.call(method, path, body, key=self.device, token=self.token)

    async def put(self, sealed: Sealed, **changes: Any) -> httpx2.Response:
        return await self.call("PUT", f"/v1/grants/{sealed.id}", {**sealed.body, **changes})

    async def share(self, **options: Any) -> Sealed:
        """Seals and publishes."""
        sealed = seal(self.world.clock.now(), **options)
        answer = await self.put(sealed)
        assert answer.status_code == 201, answer.text
        return sealed

    async def end(self, *grants: Sealed) -> httpx2.Response:
        return await self.call("POST", "/v1/grants/end", {"ids": [one.id for one in grants]})

    async def listed(self, sealed: Sealed) -> dict[str, Any]:
        rows = (await self.call("GET", "/v1/grants")).json()["grants"]
        found: dict[str, Any] = next(row for row in rows if row["id"] == sealed.id)
        return found

    def events(self) -> list[dict[str, Any]]:
        """The wallet's log, opened with its log key; every leaf is checked on the way."""
        rows = self.world.ctx.db.read_now(
            lambda tx: tx.all(
                "SELECT seq, leaf, body FROM log_pending WHERE wallet_id = :w UNION ALL "
                "SELECT seq, leaf, body FROM log_entries WHERE wallet_id = :w ORDER BY 1",
                w=self.id,
            )
        )
        found = []
        for seq, leaf, body in rows:
            opened = log.open_row(self.log, self.id, log.Row(seq, leaf, b64u(body)))
            found.append(json.loads(opened.event))
        return found

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]

    async def attach(self, data: bytes) -> tuple[bytes, int]:
        """Uploads an attachment."""
        attachment = secrets.token_bytes(16)
        begun = await self.call("POST", "/v1/attachments", {"id": b64u(attachment), "version": 1, "size": len(data)})
        assert begun.status_code == 201, begun.text
        path = f"/v1/attachments/{b64u(attachment)}/1"
        proof = dpop.make(self.device, "PATCH", self.world.origin + path, token=self.token, now=self.world.clock.now())
        headers = {"authorization": f"DPoP {self.token}", "dpop": proof, "upload-offset": "0"}
        sent = await self.world.http.patch(path, content=data, headers=headers)
        assert sent.json()["complete"] is True, sent.text
        return attachment, 1


class World:
    """The server and everybody who talks to it."""

    def __init__(self, app: FastAPI, ctx: Context, clock: ManualClock, http: httpx2.AsyncClient) -> None:
        self.app = app
        self.ctx = ctx
        self.clock = clock
        self.http = http
        self.origin = ctx.config.public_origin
        self.agencies: dict[str, Agency] = {}

    async def wallet(self) -> Wallet:
        made = Wallet(self)
        await self.ctx.db.write(made.insert)
        return made

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> httpx2.Response:
        """One request with its proof; no proof without a key."""
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = dict(headers or {})
        if token is not None:
            sent["authorization"] = f"DPoP {token}"
        if key is not None:
            sent["dpop"] = dpop.make(key, method, self.origin + path, token=token, body=content, now=self.clock.now())
        return await self.http.request(method, path, content=content, headers=sent)

    def agency_token(self, agency: Agency) -> str:
        return tokens.issue(self.ctx.keys, origin=self.origin, agency=agency.id, jkt=agency.jkt, now=self.clock.now())

    async def redeem(
        self,
        sealed: Sealed,
        what: str,
        body: Mapping[str, Any],
        *,
        key: Any = None,
        agency: Agency | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """`what`: peek, open, files/…; as the agency that the grant is for, or with `key` as a link's holder."""
        path = f"/v1/grants/{sealed.id}/{what}"
        agency = agency or sealed.agency
        if agency is not None:
            return await self.call("POST", path, body, key=agency.login, token=self.agency_token(agency), **more)
        return await self.call("POST", path, body, key=key, **more)

    async def open(
        self,
        sealed: Sealed,
        *,
        lease: str | None = None,
        key: Any = None,
        proof: str | None = None,
        agency: Agency | None = None,
        **more: Any,
    ) -> httpx2.Response:
        key = key or LINK_KEY
        body = {**sealed.prove(), "lease": lease or new_lease(), **more}
        if proof is not None:
            body["proof"] = proof
        return await self.redeem(sealed, "open", body, key=key, agency=agency)

    async def read_file(
        self, sealed: Sealed, ref: bytes, *, lease: str, slot: str, key: Any = None, **more: Any
    ) -> httpx2.Response:
        body = {**sealed.prove(), "lease": lease, "slot": slot}
        return await self.redeem(sealed, f"files/{b64u(ref)}", body, key=key or LINK_KEY, **more)

    async def download(
        self, sealed: Sealed, ref: bytes, *, lease: str, slot: str, between: Callable[[int], Awaitable[bool]]
    ) -> tuple[int, dict[str, str], bytes]:
        """A download over bare ASGI. `between(pieces)` runs after each piece; it may change the world, and False hangs
        up. Returns status, headers and what came."""
        path = f"/v1/grants/{sealed.id}/files/{b64u(ref)}"
        content = json.dumps({**sealed.prove(), "lease": lease, "slot": slot}).encode()
        proof = dpop.make(LINK_KEY, "POST", self.origin + path, body=content, now=self.clock.now())
        gone = asyncio.Event()
        sent = False
        status, headers, pieces = 0, {}, []

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": content, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {name.decode(): value.decode() for name, value in message["headers"]}
            elif message.get("body"):
                pieces.append(message["body"])
                if not await between(len(pieces)):
                    gone.set()
                    await asyncio.sleep(0)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": [(b"content-length", str(len(content)).encode()), (b"dpop", proof.encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }
        await self.app(scope, receive, send)
        return status, headers, b"".join(pieces)

    def count(self, table: str) -> int:
        """Rows of one table, decoys aside."""
        row = self.ctx.db.read_now(
            lambda tx: tx.one(f"SELECT COUNT(*) FROM {table} WHERE wallet_id <> :d", d=bytes(32))
        )
        assert row is not None
        return int(row[0])

    def run_jobs(self) -> None:
        """The background runner, once through."""
        assert Runner(self.ctx).once()


LINK_KEY = Ed25519PrivateKey.generate()


def new_lease() -> str:
    return b64u(secrets.token_bytes(16))


def _registry(agencies: list[Agency], roots: list[Ed25519PrivateKey], now: int) -> str:
    def key(use: str, jwk: dict[str, str]) -> dict[str, Any]:
        return {
            "use": use,
            "kid": thumbprint(jwk),
            "jwk": jwk,
            "nbf": now - DAY,
            "exp": now + 400 * DAY,
            "status": "active",
        }

    payload = registry.make_payload(
        bundle="test",
        version=1,
        previous=None,
        issued=now - 1,
        expires=now + 44 * DAY,
        agencies=[
            {
                "id": agency.id,
                "name": agency.id.title(),
                "address": "Street 1",
                "contact": {},
                "power": "can-sanction",
                "status": "active",
                "purposes": [],
                "keys": [
                    key("login", ed25519_jwk(agency.login.public_key())),
                    key("seal", x25519_jwk(agency.seal.public_key())),
                ],
            }
            for agency in agencies
        ],
    )
    return registry.combine(payload, [registry.sign_payload(root, payload) for root in roots[:2]])


@asynccontextmanager
async def open_world(tmp_path: Path, url: str, agencies: int = 2) -> AsyncIterator[World]:
    """A server on a migrated database, with so many enrolled agencies."""
    clock = ManualClock()
    roots = [Ed25519PrivateKey.generate() for _ in range(3)]
    pinned = registry.make_roots("test", [root.public_key() for root in roots])
    file = tmp_path / "roots.json"
    file.write_bytes(pinned)
    settings = Settings.from_env(
        {
            "MAPPE_DATA_DIR": str(tmp_path / "data"),
            "MAPPE_WEB_DIR": str(tmp_path / "web"),
            "MAPPE_DATABASE_URL": url,
            "MAPPE_REGISTRY_ROOT": str(file),
            "MAPPE_RUNNER": "0",
        }
    )
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        ctx: Context = app.state.context
        # refusals are answers here, not exceptions of the test
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.config.public_origin) as http:
            world = World(app, ctx, clock, http)
            made = [Agency(f"agency-{at}") for at in range(agencies)]
            world.agencies = {agency.id: agency for agency in made}
            document = _registry(made, roots, clock.now()).encode()
            accept.load(ctx.db, read_roots(pinned), [document], clock.now())
            ctx.get(RegistryInForce).forget_poll()
            yield world
