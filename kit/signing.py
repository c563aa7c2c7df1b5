"""The server's own Ed25519 keys, one ring for each use, so that a key never signs two kinds of statement.

Slices see only this; where the keys are kept is `app`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats.jwk import ed25519_thumbprint

KeyUse = Literal["log", "promise", "token"]
KEY_USES: tuple[KeyUse, ...] = get_args(KeyUse)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key as published; a retired one still verifies what it signed before. `kid` is its JWK thumbprint
    (RFC 7638), so that two servers never give one name to two keys."""

    kid: str
    use: KeyUse
    public: bytes
    created: int
    retired: int | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The current private key of one use."""

    info: PublicKey
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def kid(self) -> str:
        return self.info.kid

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


class KeyRing:
    """The current key and all public keys of each use."""

    def __init__(self, current: Mapping[KeyUse, SigningKey], published: Sequence[PublicKey]) -> None:
        self._current = dict(current)
        self._published = tuple(published)

    def current(self, use: KeyUse) -> SigningKey:
        return self._current[use]

    def published(self, use: KeyUse) -> tuple[PublicKey, ...]:
        """Newest first."""
        return tuple(key for key in self._published if key.use == use)

    def find(self, use: KeyUse, kid: str) -> PublicKey | None:
        return next((key for key in self.published(use) if key.kid == kid), None)


def new_signing_key(use: KeyUse, now: int) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return SigningKey(PublicKey(ed25519_thumbprint(public), use, public, now), private)
