"""Joining: a new device shows its whole key, a device that is signed in seals the wallet key to it (join.md).

The server relays a box that it cannot open, and that it could not make: the key it is sealed to stands in the code that
goes from screen to camera, and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from .encoding import b64u, unb64u
from .errors import FormatError
from .hpke import open_box, seal_box
from .jwk import x25519_public
from .labels import tagged_hash
from .padding import padded, unpadded
from .strict_json import closed, dumps, exactly, hash32, integer, loads, matching, one_of

JOIN_SECONDS = 600  # how long a join waits; what follows is refused as if it had never been
ASSISTED_SECONDS = 1800  # life of a lent device
MODES: Final = ("device", "assisted")
MAX_JOIN = 1024  # bytes of the box's JSON
CODE_BYTES = 64
DIGITS = 6  # what two people compare at a glance

_LINK = re.compile(r"(https?://[^/?#\s]+)/j#([A-Za-z0-9_-]{86})")
_BOX = {
    "v": exactly(1),
    "handle": matching("[0-9A-HJKMNP-TV-Z]{10}"),
    "wallet": hash32,
    "vmk": hash32,
    "number": integer(1),
    "head": hash32,
    "mode": one_of(MODES),
}


@dataclass(frozen=True, slots=True)
class JoinCode:
    """Who wants to be let in: X25519 key (32 bytes) and raw thumbprint of the DPoP key (32 bytes)."""

    public: bytes
    jkt: bytes

    @classmethod
    def read(cls, url: str) -> tuple[str, JoinCode]:
        """(origin, code) of a scanned or opened link; FormatError `malformed`. Whether the origin is the wallet's own
        is the caller's to compare (`wrong-audience`)."""
        match = _LINK.fullmatch(url.strip())
        if match is None:
            raise FormatError("malformed", "not a join code")
        code = unb64u(match[2], CODE_BYTES)
        x25519_public(code[:32])
        return match[1], cls(code[:32], code[32:])

    def link(self, origin: str) -> str:
        """What the new device shows as a QR code."""
        return f"{origin}/j#{b64u(self.public + self.jkt)}"

    @property
    def id(self) -> bytes:
        """Under which the server relays; 16 bytes, from which neither key follows."""
        return tagged_hash("join-id", self.public + self.jkt)[:16]

    @property
    def digits(self) -> str:
        """What both devices show and the person compares: it finds the wrong screen scanned, not a chosen key."""
        number = int.from_bytes(tagged_hash("join-digits", self.public + self.jkt)[:8], "big")
        return f"{number % 10**DIGITS:0{DIGITS}d}"

    @property
    def device(self) -> str:
        """The thumbprint as it travels."""
        return b64u(self.jkt)


@dataclass(frozen=True, slots=True)
class Joined:
    """What the box tells the new device: the wallet, its key, and the change that the approving device had verified."""

    handle: str
    wallet: bytes
    vmk: bytes = field(repr=False)
    number: int
    head: bytes
    mode: str


def seal_join(code: JoinCode, joined: Joined) -> str:
    """The wallet key for this device alone."""
    plain = dumps(
        {
            "v": 1,
            "handle": joined.handle,
            "wallet": b64u(joined.wallet),
            "vmk": b64u(joined.vmk),
            "number": joined.number,
            "head": b64u(joined.head),
            "mode": joined.mode,
        }
    )
    return seal_box("join", code.public, _context(code), padded(plain))


def open_join(private: X25519PrivateKey, jkt: bytes, token: str, *, wallet: bytes, mode: str) -> Joined:
    """What came for this device. (1) the box opens for its key, id and jkt, and reads as the page says; (2) it is of
    the `wallet` and `mode` that the server answered. The checks of wallet.md and of the head are still to be made.

    FormatError `malformed`, `undecryptable`, `server-lied`.
    """
    code = JoinCode(private.public_key().public_bytes_raw(), jkt)
    plain = unpadded(open_box("join", private, _context(code), token))  # (1)
    members = closed(loads(plain, max_bytes=MAX_JOIN), _BOX)
    del members["v"]
    joined = Joined(**members)
    if joined.wallet != wallet or joined.mode != mode:  # (2)
        raise FormatError("server-lied", "not the wallet or the mode that was approved")
    return joined


def _context(code: JoinCode) -> bytes:
    return code.id + code.jkt
