"""Vault objects: one document, person or note each, sealed under a key of its own (object.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import urandom
from typing import Any

from .attachment import Attachment
from .encoding import u32
from .errors import FormatError
from .jwe import Members, open_sealed, seal
from .labels import derive
from .padding import padded, unpadded
from .strict_json import (
    Checker,
    anything,
    closed,
    dumps,
    exactly,
    hash32,
    id16,
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

MAX_OBJECT = 256 * 1024  # bytes of JSON: a document, not a file store

ASSURANCE = one_of(("self-declared", "seen-in-original", "issuer-signed"))
MISSING = one_of(("not-known", "not-obtainable"))
AS_OF = matching("[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class ObjectAt:
    """Where an object stands: wallet (32 bytes), id (16 bytes), version (>= 1)."""

    wallet: bytes
    id: bytes
    version: int

    def context(self) -> bytes:
        return self.wallet + self.id + u32(self.version)

    def members(self) -> Members:
        return {"wallet": self.wallet, "id": self.id, "version": self.version}


@dataclass(frozen=True, slots=True)
class SealedObject:
    """What the server keeps: the wrapped key and the sealed body."""

    key: str = field(repr=False)
    body: str = field(repr=False)


def seal_object(
    vmk: bytes, at: ObjectAt, epoch: int, payload: Mapping[str, Any], *, object_key: bytes | None = None
) -> SealedObject:
    """A new version under a fresh key (`object_key` is given by tests alone). FormatError `malformed`, `too-large`."""
    object_key = object_key or urandom(32)
    return SealedObject(wrap_key(vmk, at, epoch, object_key), seal_body(object_key, at, payload))


def open_object(vmk: bytes, at: ObjectAt, epoch: int, sealed: SealedObject) -> dict[str, Any]:
    """The payload. FormatError `header-mismatch`, `undecryptable`, `malformed`, `too-large`."""
    return open_body(unwrap_key(vmk, at, epoch, sealed.key), at, sealed.body)


def wrap_key(vmk: bytes, at: ObjectAt, epoch: int, object_key: bytes, *, iv: bytes | None = None) -> str:
    """The object key under the wallet key of an epoch; done anew for each object when the epoch rises."""
    return seal("object-key", _wrap_key(vmk, at), {**at.members(), "epoch": epoch}, object_key, iv=iv)


def unwrap_key(vmk: bytes, at: ObjectAt, epoch: int, token: str) -> bytes:
    """The object key (32 bytes). FormatError `header-mismatch`, `undecryptable`, `malformed`."""
    key = open_sealed("object-key", _wrap_key(vmk, at), {**at.members(), "epoch": epoch}, token)
    if len(key) != 32:
        raise FormatError("malformed", "an object key has 32 bytes")
    return key


def seal_body(object_key: bytes, at: ObjectAt, payload: Mapping[str, Any], *, iv: bytes | None = None) -> str:
    """The sealed body, whose digest stands in the chain. FormatError `malformed`, `too-large`."""
    data = dumps(payload)
    parse_payload(data)
    return seal("object", _body_key(object_key, at), at.members(), padded(data), iv=iv)


def open_body(object_key: bytes, at: ObjectAt, token: str) -> dict[str, Any]:
    """The payload. FormatError `header-mismatch`, `undecryptable`, `malformed`, `too-large`."""
    return parse_payload(unpadded(open_sealed("object", _body_key(object_key, at), at.members(), token)))


def _wrap_key(vmk: bytes, at: ObjectAt) -> bytes:
    return derive(vmk, "object-key", at.context(), 32)


def _body_key(object_key: bytes, at: ObjectAt) -> bytes:
    return derive(object_key, "object", at.context(), 32)


# -- payloads ---------------------------------------------------------------------------------------------------------


def value_record(value: object) -> object:
    """A value record (open): what is known, from whom, since when."""
    opened(value, _VALUE, {"missing": MISSING, "reason": string})
    return value


def _not_obtainable(value: object) -> object:
    return closed(value, {"reason": string}, {"substitute": string})


_VALUE: Mapping[str, Checker] = {
    "value": anything,
    "assurance": ASSURANCE,
    "source": string,
    "as_of": AS_OF,
    "evidence": list_of(anything, maximum=64),
}
_BASE: Mapping[str, Checker] = {"v": exactly(1), "kind": string}
_KINDS: Mapping[str, tuple[Mapping[str, Checker], Mapping[str, Checker]]] = {
    "document": (
        {
            "type": string,
            "title": string,
            "created": time,
            "updated": time,
            "state": one_of(("present", "applied", "superseded", "not-obtainable")),
            "fields": map_of(string, list_of(value_record, maximum=64), maximum=512),
            "attachments": list_of(Attachment.parse, maximum=256),
        },
        {"person": id16, "not_obtainable": _not_obtainable, "notes": string},
    ),
    "person": (
        {"label": string, "relation": one_of(("self", "child", "partner", "other")), "created": time},
        {},
    ),
    "grant": (
        {
            "grant": id16,
            "secret": hash32,
            "recipient": anything,
            "title": string,
            "slots": map_of(id16, string, maximum=256),
            "exp": time,
            "version": integer(1, 2**32 - 1),
            "standing": anything,
            "created": time,
        },
        {"passcode": nullable(string)},
    ),
    "deposit-code": ({"code": id16, "secret": anything, "private": hash32, "exp": time, "label": string}, {}),
}


def parse_payload(data: bytes) -> dict[str, Any]:
    """A payload: an open object, unknown kinds and members survive. FormatError `malformed`, `too-large`."""
    if len(data) > MAX_OBJECT:
        raise FormatError("too-large", "an object holds at most 256 KiB")
    payload: dict[str, Any] = loads(data, max_bytes=MAX_OBJECT)
    required, optional = _KINDS.get(opened(payload, _BASE)["kind"], ({}, {}))
    opened(payload, required, optional)
    return payload
