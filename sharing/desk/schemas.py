"""Bodies and answers of the desk slice."""

from __future__ import annotations

from typing import Annotated

from mappe.formats.desk import NUMBER_DIGITS, read_number
from mappe.formats.errors import FormatError
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from kit.bodies import Body, Hash, Id, Token

BOX_CHARACTERS = 2_048  # a JSON of at most 1,024 bytes, padded and sealed


def _multiple(number: str) -> str:
    try:
        return read_number(number)
    except FormatError:
        raise ValueError("not a number of a page") from None


Number = Annotated[str, StringConstraints(pattern=rf"^[0-9]{{{NUMBER_DIGITS}}}$"), AfterValidator(_multiple)]


class NewDesk(Body):
    """The page's X25519 key; its DPoP key is the one that signs."""

    public: Hash


class FindDesk(Body):
    """What somebody typed."""

    number: Number


class Said(Body):
    """Message 3."""

    signer: Hash
    nonce: Hash


class Meet(Body):
    """Message 1, and message 3 once message 2 has come."""

    commit: Hash
    opening: Said | None = None


class Wait(Body):
    """Message 2, once message 1 has come."""

    nonce: Hash | None = None


class Give(Body):
    """The grant that the box leads to, for the holder's own log, and the box."""

    grant: Id
    box: Annotated[Token, StringConstraints(max_length=BOX_CHARACTERS)]


class Nothing(Body):
    """An empty object."""


class Begun(BaseModel):
    """The digits to show, and when the page stops waiting."""

    number: str = Field(description="eight digits, a multiple of 11")
    exp: int


class Found(BaseModel):
    """The code of the page; to be believed only after the comparison."""

    public: str
    device: str


class Met(BaseModel):
    """Message 2, or null while the page has not sent it."""

    nonce: str | None
    exp: int


class Opening(BaseModel):
    """Message 3."""

    signer: str
    nonce: str


class Heard(BaseModel):
    """Messages 1 and 3, null while they have not come; whether a box can be collected."""

    commit: str | None
    opening: Opening | None
    given: bool
    exp: int


class DeskBox(BaseModel):
    """The box, once."""

    box: str
