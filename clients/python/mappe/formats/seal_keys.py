"""Keys that boxes are sealed to (conventions, "Sealed to a public key"): X25519 in suite 1, MLKEM768-X25519 in suite 2.

A box has no suite of its own: it has that of the key it is sealed to, and a raw public key tells its suite by its
length. A hybrid key is ML-KEM-768 and X25519 side by side; whoever breaks one of them has still to break the other.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import shake_256

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from .errors import FormatError
from .jwk import (
    HYBRID_BYTES,
    MLKEM_BYTES,
    X25519_BYTES,
    hybrid_jwk,
    hybrid_raw,
    hybrid_thumbprint,
    x25519_jwk,
    x25519_public,
    x25519_thumbprint,
)
from .labels import HYBRID_SUITE, SUITE

SUITES = (SUITE, HYBRID_SUITE)  # what this program can seal to and open
SEED_BYTES = 32
_MLKEM_SEED_BYTES = 64  # d ‖ z of FIPS 203


@dataclass(frozen=True)
class HybridPrivateKey:
    """An MLKEM768-X25519 private key: a seed of 32 bytes, from which both halves are expanded."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> HybridPrivateKey:
        return cls(secrets.token_bytes(SEED_BYTES))

    @cached_property
    def halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        """Both private keys, from SHAKE-256 of the seed. FormatError `malformed` for a seed of another length."""
        if len(self.seed) != SEED_BYTES:
            raise FormatError("malformed", "a seed has 32 bytes")
        both = shake_256(self.seed).digest(_MLKEM_SEED_BYTES + X25519_BYTES)
        return (
            MLKEM768PrivateKey.from_seed_bytes(both[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(both[_MLKEM_SEED_BYTES:]),
        )

    @cached_property
    def public(self) -> bytes:
        """The public key, 1,216 bytes."""
        mlkem, x25519 = self.halves
        return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    @cached_property
    def hpke(self) -> MLKEM768X25519PrivateKey:
        """As `cryptography` takes it."""
        return MLKEM768X25519PrivateKey(*self.halves)


SealPrivateKey = X25519PrivateKey | HybridPrivateKey


def suite_of(key: SealPrivateKey | bytes) -> int:
    """The suite of what is sealed to this key; FormatError `malformed` for bytes of another length."""
    if isinstance(key, bytes):
        if len(key) not in (X25519_BYTES, HYBRID_BYTES):
            raise FormatError("malformed", "a seal key has 32 or 1,216 bytes")
        return HYBRID_SUITE if len(key) == HYBRID_BYTES else SUITE
    return HYBRID_SUITE if isinstance(key, HybridPrivateKey) else SUITE


def new_private(suite: int) -> SealPrivateKey:
    """A fresh key of this suite."""
    return HybridPrivateKey.generate() if suite == HYBRID_SUITE else X25519PrivateKey.generate()


def load_private(raw: bytes, suite: int) -> SealPrivateKey:
    """A stored key: 32 bytes in either suite."""
    return HybridPrivateKey(raw) if suite == HYBRID_SUITE else X25519PrivateKey.from_private_bytes(raw)


def private_raw(private: SealPrivateKey) -> bytes:
    """The 32 bytes to store."""
    return private.seed if isinstance(private, HybridPrivateKey) else private.private_bytes_raw()


def public_raw(private: SealPrivateKey) -> bytes:
    """The public half."""
    return private.public if isinstance(private, HybridPrivateKey) else private.public_key().public_bytes_raw()


def check_public(raw: bytes) -> bytes:
    """A public key that may be sealed to; FormatError `malformed` (length, not canonical, of small order)."""
    if suite_of(raw) == HYBRID_SUITE:
        return hybrid_raw(raw)
    x25519_public(raw)
    return raw


def hybrid_public(raw: bytes) -> MLKEM768X25519PublicKey:
    """As `cryptography` takes it. FormatError `malformed`."""
    hybrid_raw(raw)
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_BYTES]), x25519_public(raw[MLKEM_BYTES:])
    )


def seal_thumbprint(public: bytes) -> str:
    """The JWK thumbprint of a seal key given as its bytes."""
    return hybrid_thumbprint(public) if suite_of(public) == HYBRID_SUITE else x25519_thumbprint(public)


def seal_jwk(public: bytes) -> dict[str, str]:
    """The JWK of a seal key given as its bytes."""
    return hybrid_jwk(public) if suite_of(public) == HYBRID_SUITE else x25519_jwk(public)
