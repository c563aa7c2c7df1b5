"""Sealed to a public key: HPKE base mode, single shot (conventions, "Sealed to a public key"; RFC 9180).

The key decides the suite: DHKEM(X25519, HKDF-SHA256) in suite 1, MLKEM768-X25519 in suite 2; HKDF-SHA256 and
AES-256-GCM in both. Everything that binds the box to its place stands in `info`, whose label names the suite; the AAD
is empty. Base mode says nothing about who sealed: where that matters, a signature is inside.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from .encoding import b64u, unb64u
from .errors import FormatError
from .jwk import x25519_public
from .labels import HYBRID_SUITE, SUITE, info
from .seal_keys import HybridPrivateKey, SealPrivateKey, hybrid_public, suite_of

_TAG = 16  # bytes
_ENC = {SUITE: 32, HYBRID_SUITE: 1120}  # bytes: the encapsulated key
OVERHEAD = {suite: size + _TAG for suite, size in _ENC.items()}  # what a box is longer than its plaintext

_CLASSIC = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_HYBRID = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_box(kind: str, public: X25519PublicKey | bytes, context: bytes, plaintext: bytes) -> str:
    """`box(kind, public, context, plaintext)`: base64url of enc ‖ ciphertext, in the suite of the key."""
    if isinstance(public, bytes):
        if suite_of(public) == HYBRID_SUITE:
            return b64u(_HYBRID.encrypt(plaintext, hybrid_public(public), info=info(kind, context, HYBRID_SUITE)))
        public = x25519_public(public)
    return b64u(_CLASSIC.encrypt(plaintext, public, info=info(kind, context)))


def open_box(kind: str, private: SealPrivateKey, context: bytes, token: str) -> bytes:
    """The plaintext. FormatError `malformed` (not base64url, too short), `undecryptable`."""
    suite = suite_of(private)
    data = unb64u(token)
    if len(data) < OVERHEAD[suite]:
        raise FormatError("malformed", "box too short")
    bound = info(kind, context, suite)
    try:
        if isinstance(private, HybridPrivateKey):
            # Implementations differ about a point that makes the X25519 half zero: it is refused before.
            x25519_public(data[_ENC[suite] - 32 : _ENC[suite]])
            return _HYBRID.decrypt(data, private.hpke, info=bound)
        return _CLASSIC.decrypt(data, private, info=bound)
    except (InvalidTag, ValueError):  # a FormatError is one, too
        raise FormatError("undecryptable") from None
