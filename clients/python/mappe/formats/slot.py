"""Slots: one field, attachment, derived answer or evidence each, so that a reader may fetch two of five (grant.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .attachment import Attachment
from .encoding import u32
from .errors import FormatError
from .jwe import Members, open_sealed, seal
from .labels import derive
from .object import AS_OF, ASSURANCE, MISSING
from .padding import padded, unpadded
from .strict_json import Checker, anything, dumps, exactly, id16, list_of, loads, one_of, opened, string
from .terms import SLOT_KINDS

MAX_SLOT = 64 * 1024  # bytes of JSON; anything larger is an attachment

_SLOT: Mapping[str, Checker] = {
    "v": exactly(1),
    "kind": one_of(SLOT_KINDS),
    "name": string,
    "value": anything,
    "assurance": ASSURANCE,
    "source": string,
    "as_of": AS_OF,
    "evidence": list_of(anything, maximum=64),
}
_OPTIONAL: Mapping[str, Checker] = {"missing": MISSING, "computed_on": string, "attachment": anything}


@dataclass(frozen=True, slots=True)
class SlotAt:
    """Where a slot stands: grant id (16), version of the grant, slot id (16), hash of the policy (32)."""

    grant: bytes
    version: int
    slot: bytes
    policy: bytes


@dataclass(frozen=True, slots=True)
class Slot:
    """An opened slot. `content` is the whole JSON object; `ref` (16 bytes) names the file at the server."""

    kind: str
    name: str
    content: Mapping[str, Any] = field(repr=False)
    attachment: Attachment | None
    ref: bytes | None


def seal_slot(grant_key: bytes, at: SlotAt, content: Mapping[str, Any], *, iv: bytes | None = None) -> str:
    """The sealed slot; FormatError `malformed`, `too-large`."""
    data = dumps(content)
    if len(data) > MAX_SLOT:
        raise FormatError("too-large", "a slot holds at most 64 KiB")
    parse_slot(data)
    return seal("slot", _key(grant_key, at), _members(at), padded(data), iv=iv)


def open_slot(grant_key: bytes, at: SlotAt, token: str) -> Slot:
    """The slot, whose name and kind the caller compares with the terms. FormatError: `malformed`, `header-mismatch`,
    `undecryptable`, `too-large`."""
    return parse_slot(unpadded(open_sealed("slot", _key(grant_key, at), _members(at), token)))


def parse_slot(data: bytes) -> Slot:
    """A slot's JSON; an open object, so that members of a later version survive in `content`."""
    content = loads(data, max_bytes=MAX_SLOT)
    members = opened(content, _SLOT, _OPTIONAL)
    attachment = ref = None
    if "attachment" in members:
        value = members["attachment"]
        attachment = Attachment.parse(value, {"ref": id16})
        ref = id16(value["ref"])
    if (attachment is None) == (members["kind"] == "attachment"):
        raise FormatError("malformed", "an attachment slot, and no other, has an attachment")
    if (members["kind"] == "derived") != ("computed_on" in members):
        raise FormatError("malformed", "a derived answer, and no other, says when it was computed")
    return Slot(members["kind"], members["name"], content, attachment, ref)


def _key(grant_key: bytes, at: SlotAt) -> bytes:
    return derive(grant_key, "slot", at.slot + u32(at.version), 32)


def _members(at: SlotAt) -> Members:
    return {"grant": at.grant, "version": at.version, "slot": at.slot, "policy": at.policy}
