"""What an agency's installation knows: a folder with the address of the server, the pinned roots, who we are."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MappeError
from ..formats import strict_json as js
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.labels import HYBRID_SUITE, SUITE
from ..formats.registry import USES, make_enrolment, parse_roots, verify_enrolment
from ..storage import write_private
from .keys import AgencyKeys

FILE = "agency.json"
KEYS = "keys"
ROOTS = "roots.json"
MAX_PROFILE = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class AgencyProfile:
    """`id` as in the registry. Beside it lie the private keys and the roots file, which never comes from a server."""

    folder: Path
    origin: str
    id: str
    name: str
    address: str
    contact: dict[str, str] = field(default_factory=dict)

    @property
    def keys_file(self) -> Path:
        return self.folder / KEYS

    @property
    def roots_file(self) -> Path:
        return self.folder / ROOTS

    def pin_roots(self, data: bytes) -> None:
        """Takes the roots file of the district; MappeError `roots-wrong`."""
        try:
            parse_roots(data)
        except FormatError as error:
            raise MappeError("roots-wrong", f"This is no roots file: {error}.", "Get it from the operator.") from None
        write_private(self.roots_file, data)

    def save(self) -> None:
        """MappeError `exists` is the caller's to raise: this replaces."""
        body = {
            "v": 1,
            "origin": self.origin,
            "id": self.id,
            "name": self.name,
            "address": self.address,
            "contact": self.contact,
        }
        write_private(self.folder / FILE, json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n")

    @classmethod
    def load(cls, folder: Path) -> AgencyProfile:
        """MappeError `no-agency`, `bad-profile`."""
        path = folder / FILE
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            raise MappeError(
                "no-agency", f"There is no agency in {folder}.", "Begin with 'mappe-agency init', or give --folder."
            ) from None
        members: dict[str, Any]
        try:
            members = js.closed(
                js.loads(raw, max_bytes=MAX_PROFILE),
                {
                    "v": js.exactly(1),
                    "origin": js.string,
                    "id": js.string,
                    "name": js.string,
                    "address": js.string,
                    "contact": js.map_of(js.string, js.string, maximum=3),
                },
            )
        except FormatError:
            raise MappeError("bad-profile", f"{path} cannot be read.", "Put it back from your backup.") from None
        del members["v"]
        return cls(folder=folder, **members)

    def enrolment(self, keys: AgencyKeys, now: int) -> tuple[str, str]:
        """The enrolment for the operator, with the newest key of each use and of each suite, and its fingerprint to be
        read out."""
        newest = {use: keys.of(use, SUITE)[0] for use in USES}
        hybrid = next(iter(keys.of("seal", HYBRID_SUITE)), None)
        try:
            token = make_enrolment(
                newest["login"].ed25519,
                id=self.id,
                name=self.name,
                address=self.address,
                contact=self.contact,
                keys={use: key.jwk for use, key in newest.items()},
                time=now,
                seal_2=None if hybrid is None else hybrid.jwk,
            )
            return token, verify_enrolment(token).fingerprint
        except FormatError as error:
            raise MappeError(
                "enrolment-wrong", f"This is no enrolment that an operator takes: {error}.", "Check id and contact."
            ) from None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """Where a grant is, as its holder's notice said; kept until the office deletes it."""

    locator: bytes = field(repr=False)
    request: bytes | None
    nonce: bytes | None
    grant: bytes
    time: int

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "v": 1,
            "grant": b64u(self.grant),
            "locator": b64u(self.locator),
            "request": None if self.request is None else b64u(self.request),
            "nonce": None if self.nonce is None else b64u(self.nonce),
            "time": self.time,
        }

    @classmethod
    def parse(cls, raw: bytes) -> StoredAnswer:
        """FormatError `malformed`."""
        nullable_id = js.nullable(js.id16)
        members = js.closed(
            js.loads(raw, max_bytes=4096),
            {
                "v": js.exactly(1),
                "grant": js.id16,
                "locator": js.hash32,
                "request": nullable_id,
                "nonce": nullable_id,
                "time": js.time,
            },
        )
        del members["v"]
        return cls(**members)
