"""What the holder sends and is told about grants (api.md, "grant")."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from kit.bodies import Body, Hash, Id, Token
from sharing.grant.limits import (
    END_AT_ONCE,
    FILES,
    KEYBOX_CHARACTERS,
    POLICY_BYTES,
    RECORD_CHARACTERS,
    SLOT_CHARACTERS,
    SLOTS,
    TERMS_CHARACTERS,
)

SlotId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]


class FileRef(Body):
    """An attachment of the wallet, served by this grant under an id of its own."""

    ref: Id
    attachment: Id
    version: Annotated[int, Field(ge=1, le=2**32 - 1)]


class Publish(Body):
    """One version of a grant. `auth` is the digest of a link's auth, null for an agency; `passcode` likewise."""

    policy: Annotated[str, StringConstraints(max_length=POLICY_BYTES)]
    terms: Annotated[Token, StringConstraints(max_length=TERMS_CHARACTERS)]
    keybox: Annotated[Token, StringConstraints(max_length=KEYBOX_CHARACTERS)]
    slots: Annotated[
        dict[SlotId, Annotated[Token, StringConstraints(max_length=SLOT_CHARACTERS)]],
        Field(min_length=1, max_length=SLOTS),
    ]
    record: Annotated[Token, StringConstraints(max_length=RECORD_CHARACTERS)]
    auth: Hash | None = None
    passcode: Hash | None = None
    files: Annotated[list[FileRef], Field(max_length=FILES, default_factory=list)]


class EndGrants(Body):
    """Grants to end, all in one transaction."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=END_AT_ONCE)]


class Receipt(BaseModel):
    """A log entry and the server's promise for it (log.md)."""

    event: str
    promise: str


class Published(Receipt):
    """The version that is stored now."""

    version: int


class Ended(BaseModel):
    """The grants that this request ended, with an entry each, in the same order."""

    ended: list[str]
    receipts: list[Receipt]


class GrantItem(BaseModel):
    """A grant as the server enforces it. `opens` 0: not limited; `tries_left` null: no passcode."""

    id: str
    version: int
    state: Literal["active", "suspended", "ended"]
    reason: str | None
    exp: int
    opens: int
    opens_used: int
    tries_left: int | None
    peeks: int
    created: int


class Grants(BaseModel):
    """All grants of the wallet, tombstones included, oldest first."""

    grants: list[GrantItem]
