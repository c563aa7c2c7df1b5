"""The registry of agencies: a list that two of three root keys sign (registry.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .encoding import b64u, unb64u
from .errors import FormatError
from .handle import ALPHABET
from .jwk import ed25519_jwk, ed25519_thumbprint, load_ed25519, load_hybrid, load_x25519
from .jws import kid_header, sign, verify_self_keyed
from .labels import HYBRID_SUITE, SUITE, info, tagged_hash
from .seal_keys import SUITES, seal_thumbprint, suite_of
from .strict_json import (
    Checker,
    closed,
    dumps,
    exactly,
    hash32,
    integer,
    list_of,
    loads,
    map_of,
    matching,
    nullable,
    one_of,
    opened,
    string,
    time,
)
from .strict_json import thumbprint as thumbprint_text

MAX_REGISTRY = 4 * 1024 * 1024  # bytes of the payload
MAX_DOCUMENT = 6 * 1024 * 1024  # bytes with base64 and signatures
MAX_ENROLMENT = 16 * 1024
MAX_AGE = 45 * 24 * 3600  # seconds from issue to expiry: how long a hidden revocation can last
THRESHOLD = 2
FINGERPRINT_CHARACTERS = 16  # 80 bits: a second enrolment with the same fingerprint costs 2^80 hashes

USES = ("login", "request", "seal")
_BUNDLE = matching("[a-z0-9-]{1,40}")
AGENCY_ID = matching("[a-z0-9-]{3,40}")


def _contact(value: object) -> Mapping[str, str]:
    members: Mapping[str, str] = closed(value, {}, {"email": string, "phone": string, "url": string})
    return members


@dataclass(frozen=True, slots=True)
class Roots:
    """The root keys that clients and servers pin for one bundle (raw Ed25519, 32 bytes each)."""

    bundle: str
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an agency may ask for: `text` language -> sentence, `fields` the allowed `type.field` names."""

    id: str
    text: Mapping[str, str]
    basis: str
    fields: frozenset[str]
    retention: str


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """One key with one use; `public` is raw: Ed25519 for login and request, for seal X25519 or MLKEM768-X25519."""

    use: str
    kid: str
    public: bytes
    nbf: int
    exp: int
    status: str

    @property
    def suite(self) -> int:
        """In which it signs, or is sealed to."""
        return suite_of(self.public)

    def active(self, now: int) -> bool:
        return self.status == "active" and self.nbf <= now < self.exp


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency as the registry has it; `power` says what it can do to the holder, `keys` are those of both suites."""

    id: str
    name: str
    address: str
    contact: Mapping[str, str]
    power: str
    status: str
    purposes: tuple[Purpose, ...]
    keys: tuple[AgencyKey, ...]

    def active_keys(self, use: str, now: int) -> list[AgencyKey]:
        """The keys of one use that count now; none while the agency is suspended."""
        return [key for key in self.keys if self.status == "active" and key.use == use and key.active(now)]

    def seal_key(self, now: int, suites: Collection[int] = SUITES) -> AgencyKey | None:
        """What a sender that knows these suites seals to: the best suite that both have, and of it the key listed
        last. None: no active key."""
        fitting = [key for key in self.active_keys("seal", now) if key.suite in suites]
        best = max((key.suite for key in fitting), default=SUITE)
        return next((key for key in reversed(fitting) if key.suite == best), None)

    def purpose(self, id_: str) -> Purpose | None:
        return next((purpose for purpose in self.purposes if purpose.id == id_), None)


@dataclass(frozen=True, slots=True)
class Registry:
    """A verified registry. `hash` is what a client pins together with `version`."""

    bundle: str
    version: int
    previous: bytes | None
    issued: int
    expires: int
    agencies: Mapping[str, Agency] = field(repr=False)
    hash: bytes


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An agency's application: its three public keys (use -> raw), signed with the login key; `seal_2` is a further
    seal key of suite 2."""

    id: str
    name: str
    address: str
    contact: Mapping[str, str]
    keys: Mapping[str, bytes]
    time: int
    fingerprint: str
    seal_2: bytes | None = None


def _purpose(value: object) -> Purpose:
    members = opened(
        value,
        {
            "id": string,
            "text": map_of(string, string, maximum=64),
            "basis": one_of(("consent", "contract", "public-task")),
            "fields": list_of(string, maximum=512),
            "retention": string,
        },
    )
    members["fields"] = frozenset(members["fields"])
    return Purpose(**members)


def _key(value: object, uses: Collection[str] = USES, suite: int = SUITE) -> AgencyKey:
    members = opened(
        value,
        {
            "use": one_of(uses),
            "kid": thumbprint_text,
            "jwk": lambda jwk: jwk,
            "nbf": time,
            "exp": time,
            "status": one_of(("active", "revoked")),
        },
    )
    public = load_use(members["use"], members["jwk"], suite)
    if key_thumbprint(members["use"], public) != members["kid"]:
        raise FormatError("malformed", "a key's kid is its thumbprint")
    return AgencyKey(members["use"], members["kid"], public, members["nbf"], members["exp"], members["status"])


def _hybrid_key(value: object) -> AgencyKey:
    return _key(value, ("seal",), HYBRID_SUITE)


def load_use(use: str, jwk: object, suite: int = SUITE) -> bytes:
    """The raw key of a JWK that has the type its use and suite demand; FormatError `malformed`."""
    if suite == HYBRID_SUITE:
        return load_hybrid(jwk)
    return load_x25519(jwk).public_bytes_raw() if use == "seal" else load_ed25519(jwk).public_bytes_raw()


def key_thumbprint(use: str, public: bytes) -> str:
    """What names a key of an agency."""
    return seal_thumbprint(public) if use == "seal" else ed25519_thumbprint(public)


def _agency(value: object) -> Agency:
    # Keys of suite 2 stand apart: readers that know suite 1 alone pass over a member of an open object.
    members = opened(value, _AGENCY, {"keys_2": list_of(_hybrid_key, maximum=64)})
    members["keys"] += members.pop("keys_2", ())
    return Agency(**members)


_AGENCY: Mapping[str, Checker] = {
    "id": AGENCY_ID,
    "name": string,
    "address": string,
    "contact": _contact,
    "power": one_of(("can-intervene", "can-sanction", "voluntary-advice")),
    "status": one_of(("active", "suspended")),
    "purposes": list_of(_purpose, maximum=256),
    "keys": list_of(_key, maximum=64),
}
_REGISTRY: Mapping[str, Checker] = {
    "v": exactly(1),
    "bundle": _BUNDLE,
    "version": integer(1, 2**32 - 1),
    "previous": nullable(hash32),
    "issued": time,
    "expires": time,
    "agencies": list_of(_agency, maximum=10_000),
}
_SIGNATURE = {"protected": string, "signature": string}
_DOCUMENT: Mapping[str, Checker] = {
    "payload": string,
    "signatures": list_of(lambda value: opened(value, _SIGNATURE), minimum=2, maximum=3),
}


def parse_roots(data: bytes) -> Roots:
    """The pinned roots file. FormatError `malformed`."""
    members = closed(
        loads(data, max_bytes=8192),
        {
            "v": exactly(1),
            "bundle": _BUNDLE,
            "threshold": exactly(THRESHOLD),
            "keys": list_of(lambda jwk: load_ed25519(jwk).public_bytes_raw(), minimum=3, maximum=3),
        },
    )
    if len(set(members["keys"])) != 3:
        raise FormatError("malformed", "three different root keys")
    return Roots(members["bundle"], members["keys"])


def make_roots(bundle: str, keys: Sequence[Ed25519PublicKey | bytes]) -> bytes:
    """The roots file for three root keys."""
    data = dumps({"v": 1, "bundle": bundle, "threshold": THRESHOLD, "keys": [ed25519_jwk(key) for key in keys]})
    parse_roots(data)
    return data


def roots_fingerprint(roots: Roots) -> str:
    """What two people compare of a roots file, in whatever order it names the keys."""
    return fingerprint(info("roots", roots.bundle.encode("ascii") + b"\0" + b"".join(sorted(roots.keys))))


def registry_hash(payload: bytes) -> bytes:
    """`H("registry", payload bytes)`; 32 bytes."""
    return tagged_hash("registry", payload)


def make_payload(
    *,
    bundle: str,
    version: int,
    previous: bytes | None,
    issued: int,
    expires: int,
    agencies: Iterable[Mapping[str, Any]],
) -> bytes:
    """The payload that the root holders sign, each on a machine of its own; agencies as JSON objects. FormatError
    `malformed` where a rule is broken, so that nobody signs what no client takes."""
    payload = dumps(
        {
            "v": 1,
            "bundle": bundle,
            "version": version,
            "previous": None if previous is None else b64u(previous),
            "issued": issued,
            "expires": expires,
            "agencies": list(agencies),
        }
    )
    parse_payload(payload)
    return payload


def sign_payload(key: Ed25519PrivateKey, payload: bytes) -> dict[str, str]:
    """One root key's signature entry."""
    protected = kid_header("registry", ed25519_thumbprint(key.public_key().public_bytes_raw()))
    return {"protected": protected, "signature": b64u(key.sign(f"{protected}.{b64u(payload)}".encode()))}


def combine(payload: bytes, signatures: Sequence[Mapping[str, str]]) -> str:
    """The document out of two or three signature entries."""
    return dumps({"payload": b64u(payload), "signatures": [dict(entry) for entry in signatures]}).decode()


def verify_registry(document: str | bytes, roots: Roots) -> Registry:
    """(1) at least two different root keys sign the payload as sent; (2) it is well-formed; (3) it is of this bundle.
    Then `check_fresh`, and the lookup of its leaf in the public log (`log.registry_leaf`; if absent: `unlogged`).

    FormatError `malformed`, `bad-signature`, `header-mismatch` (another bundle).
    """
    members = closed(loads(document, max_bytes=MAX_DOCUMENT), _DOCUMENT)
    by_header = {kid_header("registry", ed25519_thumbprint(key)): key for key in roots.keys}
    signers = set()
    for entry in members["signatures"]:
        key = by_header.get(entry["protected"])
        if key is not None and _signed(key, entry, members["payload"]):
            signers.add(key)
    if len(signers) < THRESHOLD:  # (1)
        raise FormatError("bad-signature", "not signed by two of the root keys")
    registry = parse_payload(unb64u(members["payload"]))  # (2)
    if registry.bundle != roots.bundle:  # (3)
        raise FormatError("header-mismatch", "another bundle")
    return registry


def parse_payload(payload: bytes) -> Registry:
    """The payload, unverified. FormatError `malformed`."""
    members = closed(loads(payload, max_bytes=MAX_REGISTRY), _REGISTRY)
    agencies = {agency.id: agency for agency in members["agencies"]}
    if len(agencies) != len(members["agencies"]):
        raise FormatError("malformed", "an agency appears twice")
    kids = [key.kid for agency in agencies.values() for key in agency.keys]
    if len(set(kids)) != len(kids):
        raise FormatError("malformed", "a key has one use and one owner")
    if not members["issued"] < members["expires"] <= members["issued"] + MAX_AGE:
        raise FormatError("malformed", "a registry lasts at most 45 days")
    if (members["previous"] is None) != (members["version"] == 1):
        raise FormatError("malformed", "only the first version has no predecessor")
    return Registry(
        members["bundle"],
        members["version"],
        members["previous"],
        members["issued"],
        members["expires"],
        agencies,
        registry_hash(payload),
    )


def check_fresh(registry: Registry, now: int, pinned: tuple[int, bytes] | None = None) -> None:
    """Against time and the pin (version, hash). FormatError `rolled-back`, `two-faced` (same version, or direct
    successor, of another history), `expired`."""
    if pinned is not None:
        version, hash_ = pinned
        if registry.version < version:
            raise FormatError("rolled-back")
        if registry.version == version and registry.hash != hash_:
            raise FormatError("two-faced")
        if registry.version == version + 1 and registry.previous != hash_:
            raise FormatError("two-faced", "the successor of another version")
    if now >= registry.expires:
        raise FormatError("expired")


def changed_seal_keys(old: Registry, new: Registry) -> list[str]:
    """Ids of agencies known before whose seal keys are not those known before: shown in red, and a stop."""
    return [
        id_
        for id_, agency in new.agencies.items()
        if id_ in old.agencies and _seal_kids(agency) - _seal_kids(old.agencies[id_])
    ]


def _seal_kids(agency: Agency) -> set[str]:
    return {key.kid for key in agency.keys if key.use == "seal" and key.status == "active"}


def _signed(key: bytes, entry: Mapping[str, str], payload: str) -> bool:
    try:
        message = f"{entry['protected']}.{payload}".encode()
        Ed25519PublicKey.from_public_bytes(key).verify(unb64u(entry["signature"], 64), message)
    except InvalidSignature:
        return False
    return True


# -- enrolment --------------------------------------------------------------------------------------------------------


def make_enrolment(
    login: Ed25519PrivateKey,
    *,
    id: str,
    name: str,
    address: str,
    contact: Mapping[str, str],
    keys: Mapping[str, Mapping[str, str]],
    time: int,
    seal_2: Mapping[str, str] | None = None,
) -> str:
    """An agency's application; `keys` is use -> JWK for login, request and seal, `seal_2` the JWK of a further seal
    key of suite 2."""
    rows = [{"use": use, "jwk": dict(keys[use])} for use in USES]
    if seal_2 is not None:
        rows.append({"use": "seal", "jwk": dict(seal_2)})
    payload = {
        "v": 1,
        "id": id,
        "name": name,
        "address": address,
        "contact": dict(contact),
        "keys": rows,
        "time": time,
    }
    return sign("enrolment", login, dumps(payload), jwk=True)


def verify_enrolment(token: str) -> Enrolment:
    """The application, signed with the login key that it names. Who applies is found out by comparing `fingerprint`
    over another channel. FormatError `malformed`, `header-mismatch`, `bad-signature`."""
    public, payload = verify_self_keyed("enrolment", token)
    entry: Mapping[str, Checker] = {"use": one_of(USES), "jwk": lambda jwk: jwk}
    members = closed(
        loads(payload, max_bytes=MAX_ENROLMENT),
        {
            "v": exactly(1),
            "id": AGENCY_ID,
            "name": string,
            "address": string,
            "contact": _contact,
            "keys": list_of(lambda value: closed(value, entry), minimum=3, maximum=4),
            "time": time,
        },
    )
    further = members["keys"][3:]  # the fourth can only be a seal key of suite 2
    if any(item["use"] != "seal" for item in further):
        raise FormatError("malformed", "a fourth key is one of suite 2 to seal to")
    keys = {item["use"]: load_use(item["use"], item["jwk"]) for item in members["keys"][:3]}
    if len(keys) != 3 or len(set(keys.values())) != 3:
        raise FormatError("malformed", "three keys with three uses")
    if keys["login"] != public.public_bytes_raw():
        raise FormatError("header-mismatch", "not signed with its login key")
    del members["v"]
    members["keys"] = keys
    seal_2 = next((load_hybrid(item["jwk"]) for item in further), None)
    return Enrolment(**members, fingerprint=fingerprint(payload), seal_2=seal_2)


def fingerprint(payload: bytes) -> str:
    """The first 80 bits of SHA-256 of the payload in Crockford's alphabet, in groups of four, to be read aloud."""
    bits = int.from_bytes(sha256(payload).digest()[:10], "big")
    characters = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(FINGERPRINT_CHARACTERS)))
    return "-".join(characters[start : start + 4] for start in range(0, FINGERPRINT_CHARACTERS, 4))
