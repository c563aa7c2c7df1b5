"""The terms of a grant: why, on what basis, for how long, readable before an open counts (grant.md, "Terms")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .encoding import b64u
from .errors import FormatError
from .jwe import open_sealed, seal
from .labels import derive, tagged_hash
from .padding import padded, unpadded
from .policy import MAX_SLOTS
from .strict_json import (
    Checker,
    boolean,
    closed,
    dumps,
    exactly,
    hash32,
    id16,
    loads,
    map_of,
    matching,
    nullable,
    one_of,
    string,
    thumbprint,
)

MAX_TERMS = 64 * 1024  # bytes of the plaintext JSON
TEXT_OF_BASIS = {"consent": "consent", "contract": "contract", "public-task": "notice"}
BASES = tuple(TEXT_OF_BASIS)
SLOT_KINDS = ("field", "attachment", "derived", "evidence")


@dataclass(frozen=True, slots=True)
class SlotName:
    """What a slot holds, known before it is opened: `kind` and `name` (`type.field`)."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """The recipient as the holder was shown it."""

    name: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms' plaintext; `salt` (16 random bytes) keeps its hash in the policy from being guessed. `signer` is
    the thumbprint of the record key: sealed under the locator's secret, it tells the holder's record from one that the
    server made, which knows an agency's public key as well as the holder does."""

    salt: bytes = field(repr=False)
    purpose: str = field(repr=False)
    basis: str
    retention: str
    language: str
    text: bytes
    text_kind: str
    recipient: Recipient | None = field(repr=False)
    request: bytes | None
    standing: bool
    signer: str
    slots: Mapping[bytes, SlotName] = field(repr=False)


def _key_id(value: object) -> bytes:
    identifier: bytes = id16(value)
    return identifier


def _slot_name(value: object) -> SlotName:
    return SlotName(**closed(value, {"kind": one_of(SLOT_KINDS), "name": string}))


def _recipient(value: object) -> Recipient:
    return Recipient(**closed(value, {"name": string}, {"address": string}))


_TERMS: Mapping[str, Checker] = {
    "v": exactly(1),
    "salt": id16,
    "purpose": string,
    "basis": one_of(BASES),
    "retention": string,
    "language": matching("[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}"),
    "text": hash32,
    "text_kind": one_of(tuple(TEXT_OF_BASIS.values())),
    "recipient": nullable(_recipient),
    "request": nullable(id16),
    "standing": boolean,
    "signer": thumbprint,
    "slots": map_of(_key_id, _slot_name, maximum=MAX_SLOTS),
}


def make_terms(terms: Terms) -> bytes:
    """The terms' JSON, whose hash stands in the policy. FormatError `malformed` where a rule is broken."""
    recipient = terms.recipient
    shown = None if recipient is None else {"name": recipient.name}
    if shown is not None and recipient is not None and recipient.address is not None:
        shown["address"] = recipient.address
    data = dumps(
        {
            "v": 1,
            "salt": b64u(terms.salt),
            "purpose": terms.purpose,
            "basis": terms.basis,
            "retention": terms.retention,
            "language": terms.language,
            "text": b64u(terms.text),
            "text_kind": terms.text_kind,
            "recipient": shown,
            "request": None if terms.request is None else b64u(terms.request),
            "standing": terms.standing,
            "signer": terms.signer,
            "slots": {b64u(id_): {"kind": slot.kind, "name": slot.name} for id_, slot in terms.slots.items()},
        }
    )
    parse_terms(data)
    return data


def parse_terms(data: bytes) -> Terms:
    """FormatError `malformed`; also where a public task is dressed up as consent."""
    members = closed(loads(data, max_bytes=MAX_TERMS), _TERMS)
    del members["v"]
    terms = Terms(**members)
    if terms.text_kind != TEXT_OF_BASIS[terms.basis]:
        raise FormatError("malformed", "only a consent is called a consent, and a public task has its notice")
    return terms


def terms_hash(data: bytes) -> bytes:
    """`H("terms", JSON)`; 32 bytes."""
    return tagged_hash("terms", data)


def seal_terms(terms_key: bytes, grant: bytes, data: bytes, *, iv: bytes | None = None) -> str:
    """The sealed terms, under the terms key of the locator."""
    return seal("terms", derive(terms_key, "terms", grant, 32), {"grant": grant}, padded(data), iv=iv)


def open_terms(terms_key: bytes, grant: bytes, token: str) -> bytes:
    """The terms' JSON; `parse_terms` and `terms_hash` follow. FormatError: `malformed`, `header-mismatch`,
    `undecryptable`."""
    return unpadded(open_sealed("terms", derive(terms_key, "terms", grant, 32), {"grant": grant}, token))
