"""Locators: one secret in a link or QR code, from which everything else about the place follows.

S leads to a grant (grant.md), Q to a request (request.md), D to a deposit (deposit.md). A locator stands in the URL's
fragment, so that it reaches no server; what the server sees are one-way derivations of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .encoding import b64u, digest_bytes, u32, unb64u
from .errors import FormatError
from .labels import derive, tagged_hash
from .seal_keys import seal_thumbprint, suite_of

LOCATOR_BYTES = 32


@dataclass(frozen=True, slots=True)
class GrantLocator:
    """S and what is derived from it (grant.md, first table)."""

    secret: bytes = field(repr=False)
    grant: bytes
    auth: bytes = field(repr=False)
    recipient: bytes = field(repr=False)
    terms_key: bytes = field(repr=False)
    base: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> GrantLocator:
        _check(secret)
        return cls(
            secret,
            derive(secret, "grant-id", b"", 16),
            derive(secret, "grant-auth", b"", 32),
            derive(secret, "grant-recipient", b"", 16),
            derive(secret, "grant-terms", b"", 32),
            derive(secret, "grant-base", b"", 32),
            derive(secret, "grant-salt", b"", 16),
        )

    def tag(self, agency_key: bytes) -> bytes:
        """The recipient tag of the agency with this seal key (raw, of either suite); 32 bytes."""
        return recipient_tag(self.recipient, agency_key)


@dataclass(frozen=True, slots=True)
class RequestLocator:
    """Q and what is derived from it (request.md)."""

    secret: bytes = field(repr=False)
    request: bytes
    auth: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> RequestLocator:
        _check(secret)
        return cls(
            secret,
            derive(secret, "request-id", b"", 16),
            derive(secret, "request-auth", b"", 32),
            derive(secret, "request-key", b"", 32),
        )


@dataclass(frozen=True, slots=True)
class DepositLocator:
    """D = secret (16) ‖ key hash (16), and what is derived from it (deposit.md)."""

    secret: bytes = field(repr=False)
    key_hash: bytes
    code: bytes
    auth: bytes = field(repr=False)

    @classmethod
    def of(cls, locator: bytes) -> DepositLocator:
        _check(locator)
        secret = locator[:16]
        return cls(secret, locator[16:], derive(secret, "deposit-id", b"", 16), derive(secret, "deposit-auth", b"", 32))

    @classmethod
    def make(cls, secret: bytes, public: bytes) -> DepositLocator:
        """For a new code: 16 random bytes and the key made for it, of either suite."""
        return cls.of(secret + deposit_key_hash(public))

    @property
    def locator(self) -> bytes:
        return self.secret + self.key_hash


def recipient_tag(recipient: bytes, agency_key: bytes) -> bytes:
    """SHA-256(r ‖ thumbprint): names an agency to whoever knows r, and to nobody else; 32 bytes."""
    return digest_bytes(recipient + unb64u(seal_thumbprint(agency_key), 32))


def deposit_key_hash(public: bytes) -> bytes:
    """The 16 bytes of a deposit code that fix its key; the label names the key's suite. FormatError `malformed`."""
    return tagged_hash("deposit-key", public, suite_of(public))[:16]


def link(origin: str, path: str, locator: bytes) -> str:
    """`<origin>/<path>#<locator>`; path `g` (link), `a` (agency's QR), `r` (request), `d` (deposit)."""
    return f"{origin}/{path}#{b64u(locator)}"


_LINK = re.compile(r"(https?://[^/?#\s]+)/([gard])#([A-Za-z0-9_-]{43})")


def parse_link(url: str) -> tuple[str, str, bytes]:
    """(origin, path letter, locator) of such a link; FormatError `malformed`."""
    match = _LINK.fullmatch(url.strip())
    if match is None:
        raise FormatError("malformed", "not a link of ours")
    return match[1], match[2], unb64u(match[3], LOCATOR_BYTES)


_LEAKED = re.compile(r"^/[ga](?:/|#|%23)*([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])", re.IGNORECASE)


def leaked_grant(path: str) -> bytes | None:
    """The grant id (16 bytes) where a request's path shows a locator S, which must end that grant; else None."""
    match = _LEAKED.match(path)
    if match is None:
        return None
    try:
        return derive(unb64u(match[1], LOCATOR_BYTES), "grant-id", b"", 16)
    except FormatError:
        return None


def versioned(id_: bytes, version: int) -> bytes:
    """id ‖ u32 version, the context of most keys."""
    return id_ + u32(version)


def _check(secret: bytes) -> None:
    if len(secret) != LOCATOR_BYTES:
        raise FormatError("malformed", "a locator has 32 bytes")
