"""Bodies of the deposit slice."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from kit.bodies import MAX_TIME, Body, Hash, Id

MANIFEST_CHARACTERS = 32_768  # names, a note and a signature, sealed and padded; a text for people, not a file
VERSIONS = 2**32 - 1

Manifest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", min_length=64, max_length=MANIFEST_CHARACTERS)]
Whole = Annotated[int, Field(ge=1, le=MAX_TIME)]


class NewCode(Body):
    """A code and its limits. The server learns the digest of the capability and the public key, nothing else."""

    code: Id
    auth: Hash = Field(description="SHA-256 of the capability")
    key: Hash = Field(description="X25519 public key made for this code alone")
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
