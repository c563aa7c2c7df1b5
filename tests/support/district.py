"""A district with everything it needs: a registry signed by two of three roots, offices with keys, people with wallets.

Real files, real processes: what the tests, the demo and the benchmarks play on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.agency.client import Agency
from mappe.agency.keys import AgencyKeys, HeldKey
from mappe.agency.profile import AgencyProfile
from mappe.formats import registry as fmt
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.labels import HYBRID_SUITE
from mappe.formats.log import registry_leaf
from mappe.holder.account import Secrets
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection
from mappe.recipient.registry import RegistryClient

from app.agencies import open_roots
from app.resources import open_clock, open_database
from app.settings import Settings
from sharing.agencies import accept
from tests.support.server import Server

DAY = 24 * 3600
LIFE = 45 * DAY
WAIT_SECONDS = 30  # for a leaf to reach the tree; the sequencer runs every second


@dataclass(frozen=True)
class Office:
    """What an office is, and may ask: purpose id → (basis, sentence, fields)."""

    id: str
    name: str
    address: str
    power: str
    purposes: Mapping[str, tuple[str, str, Sequence[str]]]


@dataclass
class District:
    """One server and its registry. `now` is the clients' clock: it moves with the server's."""

    server: Server
    folder: Path
    roots: tuple[Ed25519PrivateKey, ...] = field(
        default_factory=lambda: tuple(Ed25519PrivateKey.generate() for _ in range(3))
    )
    offices: dict[str, Agency] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    shift: int = 0
    version: int = 0
    last: bytes | None = None
    origin: str = ""  # where clients find the server, if something stands before it

    @property
    def roots_file(self) -> Path:
        return self.folder / "roots.json"

    def now(self) -> float:
        return time.time() + self.shift

    def prepare(self) -> District:
        """Writes the roots file; before the server starts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.roots_file.write_bytes(fmt.make_roots("musterkreis", [root.public_key() for root in self.roots]))
        self.server.env["MAPPE_REGISTRY_ROOT"] = str(self.roots_file)
        return self

    def advance(self, seconds: int) -> None:
        """Moves everybody's clock."""
        self.shift += seconds
        self.server.advance(seconds)

    def connection(self) -> Connection:
        return Connection(self.origin or self.server.origin, now=self.now)

    def enrol(self, *offices: Office) -> None:
        """Makes keys for offices and puts a new version of the registry into force."""
        for office in offices:
            folder = self.folder / "offices" / office.id
            profile = AgencyProfile(
                folder, self.origin or self.server.origin, office.id, office.name, office.address, {}
            )
            keys = AgencyKeys.generate(int(self.now()))
            keys.save(profile.keys_file)
            profile.save()
            profile.pin_roots(self.roots_file.read_bytes())
            self.entries.append(self._entry(office, keys))
            self.offices[office.id] = Agency(profile, keys, now=self.now)
        self.publish()

    def add_hybrid(self, office: str) -> str:
        """Gives an office a further seal key, of suite 2, and lists it; its kid. `publish` puts it into force."""
        held = self.offices[office]
        keys = held.keys.with_new("seal", int(self.now()), HYBRID_SUITE)
        keys.save(held.profile.keys_file)
        self.offices[office] = Agency(held.profile, keys, now=self.now)
        entry = next(one for one in self.entries if one["id"] == office)
        newest = keys.of("seal", HYBRID_SUITE)[0]
        entry.setdefault("keys_2", []).append(self._row("seal", newest))
        return newest.kid

    def publish(self) -> None:
        """Signs the entries as the next version with two roots, loads it, and waits until it is logged."""
        self.version += 1
        now = int(self.now())
        payload = fmt.make_payload(
            bundle="musterkreis",
            version=self.version,
            previous=self.last,
            issued=now,
            expires=now + LIFE,
            agencies=self.entries,
        )
        document = fmt.combine(payload, [fmt.sign_payload(root, payload) for root in self.roots[:2]])
        self.last = fmt.registry_hash(payload)
        path = self.folder / f"registry-{self.version}.json"
        path.write_text(document)
        self._load(document)
        self.wait_logged(registry_leaf(self.last, self.version, "musterkreis"))
        deadline = time.monotonic() + WAIT_SECONDS
        while self._served() != document.strip():
            assert time.monotonic() < deadline, "the running server did not take the new registry"
            time.sleep(0.1)

    def wait_logged(self, leaf: bytes) -> None:
        """Until the leaf is in the public tree."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.connection().post("/v1/log/inclusion", {"leaf": b64u(leaf)}).get("pending"):
            assert time.monotonic() < deadline, "the leaf did not reach the tree"
            time.sleep(0.1)

    def person(self, name: str, **kwargs: Any) -> tuple[Wallet, Secrets]:
        """Somebody with a new wallet on a device of their own; the name may occur again."""
        folder = self.folder / "people" / f"{name}-{token_hex(4)}"
        wallet, secrets = Wallet.create(self.connection(), folder, small_memory=True, **kwargs)
        return wallet, secrets

    def registry_of(self, wallet: Wallet) -> fmt.Registry:
        """The registry as this person's device verifies it, with the pinned roots."""
        folder = wallet.profile.folder
        client = RegistryClient(wallet.server, wallet.vault.keys, wallet.vault.pins, self.roots_file, folder)
        return client.fresh()

    def _load(self, document: str) -> None:
        """What `python -m app registry load` does, without the seconds that a new interpreter takes; the command itself
        is played by the demo and the README's tour."""
        settings = Settings.from_env(self.server.env)
        roots = open_roots(settings)
        assert roots is not None
        db = open_database(settings)
        try:
            accept.load(db, roots, [document.encode()], open_clock(settings).now())
        finally:
            db.close()

    def _served(self) -> str:
        try:
            return self.connection().text("/v1/registry").strip()
        except Exception:
            return ""

    def _entry(self, office: Office, keys: AgencyKeys) -> dict[str, Any]:
        return {
            "id": office.id,
            "name": office.name,
            "address": office.address,
            "contact": {},
            "power": office.power,
            "status": "active",
            "purposes": [
                {
                    "id": id_,
                    "text": {"de": text, "en": text},
                    "basis": basis,
                    "fields": list(fields),
                    "retention": "P6M",
                }
                for id_, (basis, text, fields) in office.purposes.items()
            ],
            "keys": [self._row(use, keys.of(use)[0]) for use in ("login", "request", "seal")],
        }

    def _row(self, use: str, key: HeldKey) -> dict[str, Any]:
        now = int(self.now())
        return {
            "use": use,
            "kid": key.kid,
            "jwk": key.jwk,
            "nbf": now - 60,
            "exp": now + 365 * DAY,
            "status": "active",
        }


def grant_id(text: str) -> bytes:
    return unb64u(text, 16)
