"""From a signed registry to what the server asks of it. Pure: bytes and pinned keys in, values or a refusal out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from mappe.formats import strict_json as js
from mappe.formats.encoding import u32, unb64u
from mappe.formats.errors import FormatError
from mappe.formats.jwk import load_ed25519, load_jwk, thumbprint
from mappe.formats.jws import kid_header
from mappe.formats.labels import tagged_hash

PAYLOAD_BYTES = 4 * 1024 * 1024  # every client fetches it by district; ten thousand agencies fit
DOCUMENT_BYTES = 6 * 1024 * 1024  # the payload in base64url and three signatures
LIFE_SECONDS = 45 * 86_400  # a list that nobody renews stops being trusted
AGENCIES = 20_000
KEYS = 32  # of one agency: three uses, and old ones until they are dropped

_BUNDLE = js.matching("[a-z0-9-]{1,40}")
_AGENCY_ID = js.matching("[a-z0-9-]{3,40}")


@dataclass(frozen=True, slots=True)
class Roots:
    """The pinned root keys of one bundle, by thumbprint."""

    bundle: str
    threshold: int
    keys: Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an agency. `public` has 32 bytes."""

    use: str
    kid: str
    public: bytes
    nbf: int
    exp: int
    revoked: bool

    def usable(self, now: int) -> bool:
        return not self.revoked and self.nbf <= now < self.exp


@dataclass(frozen=True, slots=True)
class Agency:
    """What the server needs of an agency; the rest of its entry is for people and their wallets."""

    id: str
    name: str
    active: bool
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One verified version."""

    bundle: str
    version: int
    previous: bytes | None
    issued: int
    expires: int
    hash: bytes
    agencies: Mapping[str, Agency]
    document: bytes

    @property
    def etag(self) -> str:
        return f'"{sha256(self.document).hexdigest()[:32]}"'

    @property
    def leaf(self) -> bytes:
        """The leaf of this version in the public log (log.md, "Tree")."""
        other = tagged_hash("registry-leaf", u32(self.version) + self.bundle.encode())
        return sha256(b"\0" + self.hash + other).digest()


def read_roots(raw: bytes) -> Roots:
    """The roots file as the ceremony wrote it; FormatError `malformed`."""
    members = js.closed(
        js.loads(raw, max_bytes=4096),
        {
            "v": js.exactly(1),
            "bundle": _BUNDLE,
            "threshold": js.exactly(2),
            "keys": js.list_of(load_ed25519, minimum=3, maximum=3),
        },
    )
    keys = {thumbprint(key): key for key in members["keys"]}
    if len(keys) != 3:
        raise FormatError("malformed", "a root key appears twice")
    return Roots(members["bundle"], members["threshold"], MappingProxyType(keys))


def read_snapshot(document: bytes, roots: Roots) -> Snapshot:
    """The version in `document`, signed by enough different root keys; whether it may be used now, the caller decides.

    (1) signatures over the bytes as sent, each root key counted once; (2) the payload strictly; (3) bundle and life.
    FormatError: `malformed`, `bad-signature`, `wrong-bundle`.
    """
    outer = js.closed(
        js.loads(document, max_bytes=DOCUMENT_BYTES),
        {"payload": js.string, "signatures": js.list_of(js.anything, minimum=1, maximum=3)},
    )
    _count_signatures(outer["payload"], outer["signatures"], roots)  # (1)
    payload = unb64u(outer["payload"])
    members = js.closed(  # (2)
        js.loads(payload, max_bytes=PAYLOAD_BYTES),
        {
            "v": js.exactly(1),
            "bundle": _BUNDLE,
            "version": js.integer(1, 2**32 - 1),
            "previous": js.nullable(js.hash32),
            "issued": js.time,
            "expires": js.time,
            "agencies": js.list_of(_agency, maximum=AGENCIES),
        },
    )
    if members["bundle"] != roots.bundle:  # (3)
        raise FormatError("wrong-bundle")
    if not members["issued"] < members["expires"] <= members["issued"] + LIFE_SECONDS:
        raise FormatError("malformed", "a registry lives at most 45 days")
    agencies = {agency.id: agency for agency in members["agencies"]}
    kids = [key.kid for agency in members["agencies"] for key in agency.keys]
    if len(agencies) != len(members["agencies"]) or len(set(kids)) != len(kids):
        raise FormatError("malformed", "an agency or a key appears twice")
    return Snapshot(
        members["bundle"],
        members["version"],
        members["previous"],
        members["issued"],
        members["expires"],
        tagged_hash("registry", payload),
        MappingProxyType(agencies),
        document,
    )


def _count_signatures(payload: str, signatures: tuple[object, ...], roots: Roots) -> None:
    valid: set[str] = set()
    for signature in signatures:
        part = js.closed(signature, {"protected": js.string, "signature": js.b64u_bytes(64)})
        for kid, public in roots.keys.items():
            if part["protected"] == kid_header("registry", kid):
                try:
                    public.verify(part["signature"], f"{part['protected']}.{payload}".encode())
                except InvalidSignature:
                    raise FormatError("bad-signature") from None
                valid.add(kid)
    if len(valid) < roots.threshold:
        raise FormatError("bad-signature", f"{len(valid)} of {roots.threshold} root keys have signed")


def _key(value: object) -> Key:
    members = js.opened(
        value,
        {
            "use": js.one_of(("login", "request", "seal")),
            "kid": js.thumbprint,
            "jwk": js.anything,
            "nbf": js.time,
            "exp": js.time,
            "status": js.one_of(("active", "revoked")),
        },
    )
    public = load_jwk(members["jwk"])
    curve: Any = members["jwk"]["crv"]
    if curve != ("X25519" if members["use"] == "seal" else "Ed25519") or thumbprint(public) != members["kid"]:
        raise FormatError("malformed", "a key does not fit its use or its name")
    raw: bytes = unb64u(members["jwk"]["x"], 32)
    return Key(members["use"], members["kid"], raw, members["nbf"], members["exp"], members["status"] == "revoked")


def _agency(value: object) -> Agency:
    members = js.opened(
        value,
        {
            "id": _AGENCY_ID,
            "name": js.text(200, 1),
            "status": js.one_of(("active", "suspended")),
            "keys": js.list_of(_key, maximum=KEYS),
        },
    )
    return Agency(members["id"], members["name"], members["status"] == "active", members["keys"])
