"""The record: the holder's signature over everything that belongs to one version of a grant (grant.md, "Record")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .encoding import b64u, digest_bytes, unb64u
from .errors import FormatError
from .jwk import ed25519_thumbprint
from .jws import sign, verify_self_keyed
from .labels import derive
from .policy import MAX_SLOTS, Policy, policy_hash
from .strict_json import Checker, closed, dumps, exactly, hash32, id16, integer, loads, map_of, time

MAX_RECORD = 64 * 1024  # bytes of the payload: 256 slots need 19 KiB


def _slot_id(value: object) -> bytes:
    identifier: bytes = id16(value)
    return identifier


_RECORD: Mapping[str, Checker] = {
    "v": exactly(1),
    "grant": id16,
    "version": integer(1, 2**32 - 1),
    "policy": hash32,
    "terms": hash32,
    "keybox": hash32,
    "slots": map_of(_slot_id, hash32, maximum=MAX_SLOTS),
    "time": time,
}


@dataclass(frozen=True, slots=True)
class Record:
    """What a record says, signed by `public` (32 bytes). `policy` is the policy hash; `terms`, `keybox` and the
    values of `slots` are SHA-256 of the texts as sent; `digest` that of the record, which tells two apart."""

    grant: bytes
    version: int
    policy: bytes
    terms: bytes
    keybox: bytes
    slots: Mapping[bytes, bytes]
    time: int
    public: bytes
    digest: bytes

    @property
    def thumbprint(self) -> bytes:
        """Raw thumbprint (32 bytes) of the record key, as it stands in the key box."""
        return unb64u(ed25519_thumbprint(self.public), 32)


def record_key(signing_seed: bytes, recipient: bytes | str) -> Ed25519PrivateKey:
    """The key for one link (its grant id, 16 bytes) or for one agency (its id): no two recipients can join their
    records by a key."""
    context = recipient.encode("ascii") if isinstance(recipient, str) else recipient
    return Ed25519PrivateKey.from_private_bytes(derive(signing_seed, "record-key", context, 32))


def make_record(
    key: Ed25519PrivateKey,
    *,
    grant: bytes,
    version: int,
    policy: str,
    terms: str,
    keybox: str,
    slots: Mapping[bytes, str],
    time: int,
) -> str:
    """The signed record over the texts as they will be sent; `slots` is slot id -> JWE."""
    payload = {
        "v": 1,
        "grant": b64u(grant),
        "version": version,
        "policy": b64u(policy_hash(policy)),
        "terms": b64u(digest_bytes(terms)),
        "keybox": b64u(digest_bytes(keybox)),
        "slots": {b64u(id_): b64u(digest_bytes(slot)) for id_, slot in slots.items()},
        "time": time,
    }
    return sign("record", key, dumps(payload), jwk=True)


def verify_record(token: str, *, grant: bytes | None = None) -> Record:
    """A record whose signature verifies under the key in its header, and which is for `grant` where given. Whose key
    that is, only the key box tells. FormatError: `malformed`, `header-mismatch`, `bad-signature`, `wrong-grant`."""
    public, payload = verify_self_keyed("record", token)
    members = closed(loads(payload, max_bytes=MAX_RECORD), _RECORD)
    del members["v"]
    record = Record(**members, public=public.public_bytes_raw(), digest=digest_bytes(token))
    if grant is not None and record.grant != grant:
        raise FormatError("wrong-grant")
    return record


def check_record(
    record: Record, *, policy: str, terms: str | None = None, keybox: str | None = None, slots: Mapping[bytes, str]
) -> None:
    """FormatError `record-mismatch` unless everything given has the record's hashes. `slots` may be a part of them."""
    if policy_hash(policy) != record.policy:
        raise FormatError("record-mismatch", "policy")
    if terms is not None and digest_bytes(terms) != record.terms:
        raise FormatError("record-mismatch", "terms")
    if keybox is not None and digest_bytes(keybox) != record.keybox:
        raise FormatError("record-mismatch", "key box")
    for id_, slot in slots.items():
        if record.slots.get(id_) != digest_bytes(slot):
            raise FormatError("record-mismatch", "slot")


def check_slots(record: Record, policy: Policy) -> None:
    """FormatError `record-mismatch` unless the record signs exactly the policy's slots."""
    if record.slots.keys() != set(policy.slots):
        raise FormatError("record-mismatch", "not the policy's slots")
