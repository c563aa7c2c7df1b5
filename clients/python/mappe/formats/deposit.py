"""Deposits: somebody puts papers in and reads nothing (deposit.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .attachment import Attachment
from .encoding import b64u
from .errors import FormatError
from .hpke import open_box, seal_box
from .jws import sign, verify, verify_self_keyed
from .locator import DepositLocator, deposit_key_hash
from .padding import padded, unpadded
from .seal_keys import SealPrivateKey, check_public
from .strict_json import Checker, closed, dumps, exactly, hash32, id16, loads, one_of, opened, string, time

MAX_MANIFEST = 64 * 1024  # bytes of JSON
MAX_LIFE = 30 * 24 * 3600  # seconds
DEFAULT_LIFE = 3600
MAX_FILES = 20
MAX_BYTES = 100 * 1024**2
QUARANTINE = 30 * 24 * 3600

KINDS = ("paper", "credential", "mark", "request")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the sender says it is; believed only with a valid signature."""

    type: str
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What came with one file. `content` is the whole JSON object, unknown members included."""

    kind: str
    name: str = field(repr=False)
    media: str
    attachment: Attachment
    sender: Sender = field(repr=False)
    note: str | None = field(repr=False)
    signature: str | None = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DepositSignature:
    """What a sender signs: this file (its hash), for this code and item, as this kind."""

    code: bytes
    item: bytes
    attachment: bytes
    kind: str
    time: int


def _sender(value: object) -> Sender:
    kinds = one_of(("anonymous", "agency", "wallet"))
    return Sender(**closed(value, {"type": kinds}, {"id": string, "name": string}))


_MANIFEST: Mapping[str, Checker] = {
    "v": exactly(1),
    "kind": one_of(KINDS),
    "name": string,
    "media": string,
    "attachment": Attachment.parse,
    "sender": _sender,
}
_SIGNATURE: Mapping[str, Checker] = {
    "v": exactly(1),
    "code": id16,
    "item": id16,
    "attachment": hash32,
    "kind": one_of(KINDS),
    "time": time,
}


def check_key(locator: DepositLocator, public: bytes) -> bytes:
    """The key that the server showed, of either suite, which is the one made for this code; FormatError `wrong-key`,
    `malformed`."""
    key = check_public(public)
    if not compare_digest(deposit_key_hash(public), locator.key_hash):
        raise FormatError("wrong-key")
    return key


def seal_manifest(public: bytes, code: bytes, item: bytes, content: Mapping[str, Any]) -> str:
    """The manifest of one file; `code` and `item` ids. FormatError `malformed`."""
    data = dumps(content)
    parse_manifest(data)
    return seal_box("deposit", public, code + item, padded(data))


def open_manifest(private: SealPrivateKey, code: bytes, item: bytes, token: str) -> Manifest:
    """FormatError `malformed`, `undecryptable`. Who sent it, `verify_sender` tells."""
    return parse_manifest(unpadded(open_box("deposit", private, code + item, token)))


def parse_manifest(data: bytes) -> Manifest:
    """A manifest's JSON, an open object."""
    content = loads(data, max_bytes=MAX_MANIFEST)
    members = opened(content, _MANIFEST, {"note": string, "signature": string})
    return Manifest(
        members["kind"],
        members["name"],
        members["media"],
        members["attachment"],
        members["sender"],
        members.get("note"),
        members.get("signature"),
        content,
    )


def sign_deposit(key: Ed25519PrivateKey, signature: DepositSignature, *, jwk: bool) -> str:
    """Signed by an agency's request key, or with `jwk` by a wallet's key."""
    payload = {
        "v": 1,
        "code": b64u(signature.code),
        "item": b64u(signature.item),
        "attachment": b64u(signature.attachment),
        "kind": signature.kind,
        "time": signature.time,
    }
    return sign("deposit-signature", key, dumps(payload), jwk=jwk)


def verify_sender(manifest: Manifest, code: bytes, item: bytes, agency_key: bytes | None = None) -> bytes | None:
    """The raw key (32 bytes) that signed this very deposit, or None: "unknown sender".

    `agency_key` is the request key that the registry has for `sender.id`. None, not an error: an unsigned or wrongly
    signed paper is still a paper, it only has no name.
    """
    if manifest.signature is None or manifest.sender.type == "anonymous":
        return None
    try:
        if manifest.sender.type == "wallet":
            public, payload = verify_self_keyed("deposit-signature", manifest.signature)
            signer = public.public_bytes_raw()
        elif agency_key is not None:
            signer, payload = agency_key, verify("deposit-signature", manifest.signature, agency_key)
        else:
            return None
        members = closed(loads(payload, max_bytes=4096), _SIGNATURE)
    except FormatError:
        return None
    expected = (code, item, manifest.attachment.hash, manifest.kind)
    said = (members["code"], members["item"], members["attachment"], members["kind"])
    return signer if said == expected else None
