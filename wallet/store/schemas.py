"""What the store takes. Sealed texts are bounded here, never opened, and kept as sent."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from kit.bodies import Body, Id
from kit.limits import BLOB_BYTES, KIB, MIB
from wallet.unlock.schemas import Change, Compact, MethodBodies

CHANGE_BODY_BYTES = 8 * MIB  # many documents in one change, or 10,000 re-wrapped keys
SYNC_BODY_BYTES = 4 * KIB
BODY_CHARACTERS = 384 * KIB  # 256 KiB of JSON (object.md), padded, in base64url
OBJECTS_MAX = 16_384  # of one change, as in chain.md

Version = Annotated[int, Field(ge=1, lt=2**32)]
ObjectBodyText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=BODY_CHARACTERS)]


class ObjectBody(Body):
    """A new version of a vault object: its wrapped key and its sealed body."""

    id: Id
    version: Version
    key: Compact
    body: ObjectBodyText


class RewrappedBody(Body):
    """The key of an unchanged object under a new wallet key."""

    id: Id
    version: Version
    key: Compact


class ChangeBody(Body):
    """One signed change and everything that it names."""

    change: Change
    objects: Annotated[list[ObjectBody], Field(max_length=OBJECTS_MAX)]
    methods: MethodBodies | None = None
    identity_box: Compact | None = None
    rewrapped: Annotated[list[RewrappedBody], Field(max_length=OBJECTS_MAX)] | None = None


class SyncBody(Body):
    """`since`: the number that the device has, null for none; `nonce`: asks for a signed head statement."""

    since: Annotated[int, Field(ge=0, lt=2**53)] | None
    nonce: Id | None = None
    cursor: Annotated[str, StringConstraints(max_length=64)] | None = None


class AttachmentBody(Body):
    """A new attachment version; `size` in stored bytes."""

    id: Id
    version: Version
    size: Annotated[int, Field(ge=1, le=BLOB_BYTES)]
