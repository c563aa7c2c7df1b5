"""Bodies and answers of the agencies slice."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from kit.bodies import Body

NOTICE_CHARACTERS = 8_192  # the largest notice of the format: 4 KiB of JSON, padded, sealed in suite 2
ASSERTION_CHARACTERS = 2_048

Notice = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", min_length=64, max_length=NOTICE_CHARACTERS)]


class TokenRequest(Body):
    """RFC 7523; grant type and assertion type are fixed, so they are not said."""

    client_assertion: Annotated[str, StringConstraints(max_length=ASSERTION_CHARACTERS)] = Field(
        description="private_key_jwt by a login key"
    )


class NewNotice(Body):
    """A notice sealed to the agency."""

    notice: Notice


class Nothing(Body):
    """An empty object."""


class RootKey(BaseModel):
    """An Ed25519 JWK (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str


class RootsFile(BaseModel):
    """registry.md; clients compare its fingerprint and pin it."""

    v: Literal[1]
    bundle: str
    threshold: Literal[2]
    keys: list[RootKey]


class AccessTokenAnswer(BaseModel):
    """Bound to the login key; the registry is asked again at every use."""

    access_token: str
    token_type: Literal["DPoP"]
    expires_in: int


class WaitingNotice(BaseModel):
    """A sealed notice; `id` rises by one with each."""

    id: int
    notice: str
    time: int


class Inbox(BaseModel):
    """What waits, oldest first."""

    notices: list[WaitingNotice]
