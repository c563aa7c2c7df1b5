"""The body of the holder's call."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kit.bodies import MAX_TIME, Body, Id

PAGE_ENTRIES = 500  # entries in one answer, about half a megabyte


class EntriesRequest(Body):
    """What comes after `after` (a seq, 0 for the beginning); `nonce` is 16 fresh bytes, signed into the head."""

    after: Annotated[int, Field(ge=0, le=MAX_TIME)]
    nonce: Id
    limit: Annotated[int, Field(ge=1, le=PAGE_ENTRIES)] = PAGE_ENTRIES
