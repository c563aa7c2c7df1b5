"""A server with its own root keys, so that a test can sign, change and break the registry, and agencies that sign in.

Wallets, calls and proofs are those of the grants' world.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import registry
from mappe.formats.encoding import b64u
from mappe.formats.jwk import ed25519_jwk, thumbprint, x25519_jwk

from app.main import create_app
from app.settings import Settings
from kit.clock import DAY, ManualClock
from kit.context import Context
from kit.sqlite import SqliteDatabase
from sharing.agencies import accept
from sharing.agencies.documents import Roots, Snapshot, read_roots
from sharing.agencies.registry import RegistryInForce
from tests.sharing.grant.world import Agency, World

both_databases = pytest.mark.parametrize("office", ["sqlite", "postgres"], indirect=True)
BUNDLE = "district-7"
Change = Callable[[dict[str, Any]], None]


class Office:
    """Root keys, the agencies that they list, and the versions made so far."""

    def __init__(self, clock: ManualClock, folder: Path) -> None:
        self.clock = clock
        self.folder = folder
        self.keys = [Ed25519PrivateKey.generate() for _ in range(3)]
        self.roots_file = folder / "roots.json"
        self.roots_file.write_bytes(registry.make_roots(BUNDLE, [key.public_key() for key in self.keys]))
        self.agencies = [Agency("youth-office"), Agency("aliens-office")]
        self.entries = [self.entry(agency) for agency in self.agencies]
        self.version = 0
        self.previous: bytes | None = None
        self.world: World

    @property
    def roots(self) -> Roots:
        return read_roots(self.roots_file.read_bytes())

    @property
    def agency(self) -> Agency:
        return self.agencies[0]

    @property
    def ctx(self) -> Context:
        return self.world.ctx

    def entry(self, agency: Agency) -> dict[str, Any]:
        """An agency as the registry lists it, with one key of each use."""
        keys = {
            "login": ed25519_jwk(agency.login.public_key()),
            "request": ed25519_jwk(Ed25519PrivateKey.generate().public_key()),
            "seal": x25519_jwk(agency.seal.public_key()),
        }
        now = self.clock.now()
        return {
            "id": agency.id,
            "name": agency.id.title(),
            "address": "Street 1",
            "contact": {},
            "power": "voluntary-advice",
            "status": "active",
            "purposes": [],
            "keys": [
                {"use": use, "kid": thumbprint(jwk), "jwk": jwk, "nbf": now - DAY, "exp": now + DAY, "status": "active"}
                for use, jwk in keys.items()
            ],
        }

    def payload(self, **changes: Any) -> bytes:
        """The next version's payload; it does not count until `follow`."""
        now = self.clock.now()
        members: dict[str, Any] = {
            "bundle": BUNDLE,
            "version": self.version + 1,
            "previous": self.previous,
            "issued": now,
            "expires": changes.get("issued", now) + 45 * DAY,
            "agencies": copy.deepcopy(self.entries),
        }
        return registry.make_payload(**{**members, **changes})

    def sign(self, payload: bytes, signers: Sequence[int] = (0, 1)) -> bytes:
        return registry.combine(payload, [registry.sign_payload(self.keys[at], payload) for at in signers]).encode()

    def follow(self, payload: bytes) -> None:
        """The next payload will be this one's successor."""
        self.version += 1
        self.previous = registry.registry_hash(payload)

    def load(self, *documents: bytes) -> Snapshot:
        return accept.load(self.ctx.db, self.roots, documents, self.clock.now())

    def publish(self, **changes: Any) -> bytes:
        """Signs and loads the next version; this process takes it at its next request."""
        payload = self.payload(**changes)
        document = self.sign(payload)
        self.load(document)
        self.follow(payload)
        self.ctx.get(RegistryInForce).forget_poll()
        return document

    def change(self, agency: Agency, change: Change) -> None:
        """Changes an agency's entry and publishes it."""
        change(next(entry for entry in self.entries if entry["id"] == agency.id))
        self.publish()

    def assertion(self, agency: Agency | None = None, *, key: Any = None, **changes: Any) -> str:
        """A sign-in assertion; `changes` replace claims (None: left out) and, as `header`, `algorithm`, the rest."""
        agency = agency or self.agency
        now = self.clock.now()
        header = {"typ": "client-authentication+jwt", "kid": agency.jkt, **changes.pop("header", {})}
        algorithm = changes.pop("algorithm", "EdDSA")
        claims = {
            "iss": agency.id,
            "sub": agency.id,
            "aud": self.world.origin,
            "iat": now,
            "exp": now + 60,
            "jti": b64u(secrets.token_bytes(16)),
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or agency.login, algorithm=algorithm, headers=header)

    async def sign_in(
        self, assertion: str | None = None, *, agency: Agency | None = None, key: Any = None
    ) -> httpx2.Response:
        """Sends an assertion with a proof by `key` or the agency's login key."""
        agency = agency or self.agency
        body = {"client_assertion": assertion or self.assertion(agency)}
        return await self.world.call("POST", "/v1/agency/token", body, key=key or agency.login)

    async def token(self, agency: Agency | None = None) -> str:
        answer = await self.sign_in(agency=agency)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        agency: Agency | None = None,
        token: str | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """A request of an agency, by default of the first one with a fresh token."""
        agency = agency or self.agency
        token = token or await self.token(agency)
        return await self.world.call(method, path, body, key=agency.login, token=token, **more)

    async def run_jobs(self) -> None:
        """The background runner, once through, in a thread as in a server."""
        await asyncio.to_thread(self.world.run_jobs)

    def rows(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Every row of every table."""

        def read(tx: Any) -> dict[str, list[tuple[Any, ...]]]:
            if isinstance(self.ctx.db, SqliteDatabase):
                names = [row[0] for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
            else:
                names = [row[0] for row in tx.all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            return {name: tx.all(f'SELECT * FROM "{name}"') for name in names}

        return self.ctx.db.read_now(read)


@asynccontextmanager
async def open_office(folder: Path, url: str) -> AsyncIterator[Office]:
    """A server whose registry has version 1 in force."""
    clock = ManualClock()
    office = Office(clock, folder)
    settings = Settings.from_env(
        {
            "MAPPE_DATA_DIR": str(folder / "data"),
            "MAPPE_WEB_DIR": str(folder / "web"),
            "MAPPE_DATABASE_URL": url,
            "MAPPE_REGISTRY_ROOT": str(office.roots_file),
            "MAPPE_RUNNER": "0",
        }
    )
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.config.public_origin) as http:
            office.world = World(app, app.state.context, clock, http)
            office.publish()
            yield office
