"""Bodies and answers of the request slice."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from kit.bodies import MAX_TIME, Body, Hash, Id
from sharing.agencies.schemas import Notice, WaitingNotice
from sharing.request.rules import Mode, State

BOX_CHARACTERS = 40_000  # a request of 16 KiB, signed, padded, sealed and in base64url twice
DONE_IDS = 100  # as many as one answer holds

Box = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", min_length=64, max_length=BOX_CHARACTERS)]


class NewRequest(Body):
    """What the server sees of a request."""

    request: Id
    auth: Hash = Field(description="SHA-256 of the capability that fetches and answers")
    box: Box
    mode: Mode
    exp: int = Field(ge=0, le=MAX_TIME)
    digits: bool


class Collect(Body):
    """`digits` as typed by the clerk; `done` are the ids of notices that the agency has stored."""

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    done: list[Annotated[int, Field(ge=1, le=MAX_TIME)]] = Field(default=[], max_length=DONE_IDS)


class Fetch(Body):
    """The capability."""

    auth: Hash


class NewAnswer(Body):
    """The capability, the notice sealed to the agency, and how to recognise the digits where they are used."""

    auth: Hash
    notice: Notice
    salt: Id | None = None
    digits: Hash | None = None


class Created(BaseModel):
    """When the server stops serving it."""

    exp: int


class Status(BaseModel):
    """What its agency learns."""

    state: State
    answers: int


class Collected(BaseModel):
    """Sealed answers; `more` wait."""

    notices: list[WaitingNotice]
    more: bool


class Fetched(BaseModel):
    """The sealed request."""

    box: str
    exp: int
