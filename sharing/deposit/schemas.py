"""Bodies and answers of the deposit slice."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from kit.bodies import MAX_TIME, Body, Hash, Id, SealKey
from sharing.deposit.rules import State

MANIFEST_CHARACTERS = 32_768  # names, a note and a signature, sealed and padded; a text for people, not a file
VERSIONS = 2**32 - 1

Manifest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", min_length=64, max_length=MANIFEST_CHARACTERS)]
Whole = Annotated[int, Field(ge=1, le=MAX_TIME)]


class NewCode(Body):
    """A code and its limits. The server learns the digest of the capability and the public key, nothing else."""

    code: Id
    auth: Hash = Field(description="SHA-256 of the capability")
    key: SealKey = Field(description="X25519 or MLKEM768-X25519 public key made for this code alone")
    exp: Whole
    files: Whole
    bytes: Whole


class Capability(Body):
    """Proof of holding the code."""

    auth: Hash


class NewItem(Body):
    """A file to come: its sealed manifest and its stored size."""

    auth: Hash
    item: Id
    manifest: Manifest
    size: Whole


class Accept(Body):
    """The id and version under which the sealed file becomes an attachment: those it was sealed for."""

    attachment: Id
    version: Annotated[int, Field(ge=1, le=VERSIONS)]


class Nothing(Body):
    """An empty object."""


class Logged(BaseModel):
    """The entry of the holder's log, as hashed, and the server's signed promise that its leaf is in the tree."""

    event: str
    promise: str


class Ended(BaseModel):
    """As `Logged`; empty if the code had ended before."""

    event: str | None = None
    promise: str | None = None


class ListedCode(BaseModel):
    """A code and what is left of it."""

    code: str
    exp: int
    files_left: int
    bytes_left: int
    state: State


class Codes(BaseModel):
    """Every code of the wallet."""

    codes: list[ListedCode]


class ListedItem(BaseModel):
    """A sealed file in quarantine."""

    code: str
    item: str
    manifest: str
    size: int
    received: int
    until: int


class Items(BaseModel):
    """What lies in quarantine."""

    items: list[ListedItem]


class Peeked(Logged):
    """The public key to seal to, when the code ends, and what it still takes."""

    key: str
    until: int
    files_left: int
    bytes_left: int


class Offset(BaseModel):
    """Bytes stored: send from here on."""

    offset: int
