"""The desk: a page without enrolment shows its keys, both sides compare six digits, the wallet seals a locator to it
(desk.md).

The wallet commits to its part of the digits before it sees the page's, so that nobody between them can search for keys
that give equal digits (Vaudenay, CRYPTO 2005; RFC 6189, section 4.4.1.1).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from .digits import BLOCK_FACTOR, normalise_digits
from .encoding import b64u, unb64u
from .errors import FormatError
from .hpke import open_box, seal_box
from .jwk import x25519_public
from .labels import tagged_hash
from .padding import padded, unpadded
from .strict_json import closed, dumps, exactly, hash32, loads

DESK_SECONDS = 600  # how long a page waits, from its beginning to the hand-over
NUMBER_DIGITS = 8
DIGITS = 6  # what two people compare at a glance
MAX_DESK = 1024  # bytes of the box's JSON
CODE_BYTES = 64
NUMBERS = (10**NUMBER_DIGITS - 1) // BLOCK_FACTOR + 1  # 9,090,910 multiples of 11

_LINK = re.compile(r"(https?://[^/?#\s]+)/e#([A-Za-z0-9_-]{86})")
_BOX = {"v": exactly(1), "locator": hash32}


@dataclass(frozen=True, slots=True)
class DeskCode:
    """Who waits: X25519 key (32 bytes) and raw thumbprint of the DPoP key (32 bytes)."""

    public: bytes
    jkt: bytes

    def __post_init__(self) -> None:
        x25519_public(self.public)

    @classmethod
    def read(cls, url: str) -> tuple[str, DeskCode]:
        """(origin, code) of a scanned link; FormatError `malformed`. Whether the origin is the wallet's own is the
        caller's to compare (`wrong-audience`)."""
        match = _LINK.fullmatch(url.strip())
        if match is None:
            raise FormatError("malformed", "not a desk code")
        code = unb64u(match[2], CODE_BYTES)
        return match[1], cls(code[:32], code[32:])

    def link(self, origin: str) -> str:
        """What the page shows as a QR code."""
        return f"{origin}/e#{b64u(self.whole)}"

    @property
    def whole(self) -> bytes:
        return self.public + self.jkt

    @property
    def id(self) -> bytes:
        """Under which the server relays; 16 bytes, from which neither key follows."""
        return tagged_hash("desk-id", self.whole)[:16]


def new_number() -> str:
    """A random number for a page; the server draws it."""
    return f"{secrets.randbelow(NUMBERS) * BLOCK_FACTOR:0{NUMBER_DIGITS}d}"


def read_number(typed: str) -> str:
    """The eight digits that were meant. FormatError `malformed`, `wrong-number` (a slip)."""
    number = normalise_digits(typed, NUMBER_DIGITS)
    if int(number) % BLOCK_FACTOR:
        raise FormatError("wrong-number", "no multiple of 11")
    return number


@dataclass(frozen=True, slots=True)
class Opening:
    """The wallet's part: thumbprint of the record key of the grant to come, and a nonce; 32 bytes each."""

    signer: bytes
    nonce: bytes = field(repr=False)

    @property
    def commit(self) -> bytes:
        """Message 1: says nothing about the part, and fits no other."""
        return tagged_hash("desk-commit", self.signer + self.nonce)


def check_opening(commit: bytes, opening: Opening) -> None:
    """Message 3 fits message 1. FormatError `wrong-opening`."""
    if not compare_digest(opening.commit, commit):
        raise FormatError("wrong-opening")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of one comparison; `nonce` is the page's (32 bytes)."""

    code: DeskCode
    nonce: bytes
    opening: Opening

    @property
    def transcript(self) -> bytes:
        """T, 32 bytes."""
        return tagged_hash(
            "desk-transcript",
            self.code.whole + self.opening.commit + self.nonce + self.opening.signer + self.opening.nonce,
        )

    @property
    def digits(self) -> str:
        """What both screens show and the person compares before anything is sealed."""
        number = int.from_bytes(tagged_hash("desk-digits", self.transcript)[:8], "big")
        return f"{number % 10**DIGITS:0{DIGITS}d}"

    @property
    def context(self) -> bytes:
        return self.code.id + self.transcript


def seal_desk(compared: Comparison, locator: bytes) -> str:
    """The locator S (32 bytes) for this page and this comparison alone."""
    return seal_box("desk", compared.code.public, compared.context, padded(dumps({"v": 1, "locator": b64u(locator)})))


def open_desk(private: X25519PrivateKey, compared: Comparison, token: str) -> bytes:
    """The locator that came for this page. What it leads to is still to be checked against the signer that was compared
    (`check_signer`). FormatError `malformed`, `too-large`, `undecryptable`."""
    plain = unpadded(open_box("desk", private, compared.context, token))
    locator: bytes = closed(loads(plain, max_bytes=MAX_DESK), _BOX)["locator"]
    return locator


def check_signer(compared: Comparison, signer: str) -> None:
    """`terms.signer` of a grant that has been read is the one that was compared. FormatError `wrong-record-key`."""
    if not compare_digest(unb64u(signer, 32), compared.opening.signer):
        raise FormatError("wrong-record-key", "signed by somebody else than the wallet whose digits were compared")
