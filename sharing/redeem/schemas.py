"""What a recipient sends and gets (api.md, "redeem")."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from kit.bodies import Body, Hash, Id
from sharing.grant.limits import SLOTS


class Proof(Body):
    """Exactly one of: `auth` (whoever has the link) and `r` (the agency, with its token)."""

    auth: Hash | None = None
    r: Id | None = None


class OpenGrant(Proof):
    """`lease`: a random id of the caller; the same again is the same open. `slots` absent: all. `proof`: passcode's."""

    lease: Id
    proof: Hash | None = None
    slots: Annotated[list[Id], Field(min_length=1, max_length=SLOTS)] | None = None
    version: Annotated[int, Field(ge=1, le=2**32 - 1)] | None = None


class ReadFile(Proof):
    """`lease`: the open that delivered `slot`, the slot that names the file."""

    lease: Id
    slot: Id


class Receipt(BaseModel):
    """A log entry and the server's promise for it (log.md)."""

    event: str
    promise: str


class Peeked(Receipt):
    """Who shares, why, until when."""

    policy: str
    terms: str
    record: str
    version: int


class Lease(BaseModel):
    """Until when (unix seconds) this open may go on."""

    id: str
    until: int


class Opened(Peeked):
    """Everything that was asked for; `slots` is slot id -> JWE."""

    keybox: str
    slots: dict[str, str]
    lease: Lease
