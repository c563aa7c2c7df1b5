"""Bodies of the public log's calls."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kit.bodies import MAX_TIME, Body, Hash

NOTE_CHARACTERS = 16 * 1024  # a checkpoint with dozens of cosignatures

TreeSize = Annotated[int, Field(ge=0, le=MAX_TIME)]


class InclusionRequest(Body):
    """Which leaf."""

    leaf: Hash


class ConsistencyRequest(Body):
    """Between which two sizes."""

    older: TreeSize = Field(alias="from")
    newer: TreeSize = Field(alias="to")


class CosignatureRequest(Body):
    """A checkpoint of this log with at least one cosignature line."""

    checkpoint: str = Field(max_length=NOTE_CHARACTERS)
