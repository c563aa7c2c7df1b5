"""Sealed to a public key: HPKE base mode, single shot (conventions, "Sealed to a public key"; RFC 9180).

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Everything that binds the box to its place stands in `info`, the
AAD is empty. Base mode says nothing about who sealed: where that matters, a signature is inside.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from .encoding import b64u, unb64u
from .errors import FormatError
from .jwk import x25519_public
from .labels import info

OVERHEAD = 48  # bytes: the encapsulated key (32) and the tag (16)

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_box(kind: str, public: X25519PublicKey | bytes, context: bytes, plaintext: bytes) -> str:
    """`box(kind, public, context, plaintext)`: base64url of enc (32) ‖ ciphertext."""
    if isinstance(public, bytes):
        public = x25519_public(public)
    return b64u(_SUITE.encrypt(plaintext, public, info=info(kind, context)))


def open_box(kind: str, private: X25519PrivateKey, context: bytes, token: str) -> bytes:
    """The plaintext. FormatError `malformed` (not base64url, too short), `undecryptable`."""
    data = unb64u(token)
    if len(data) < OVERHEAD:
        raise FormatError("malformed", "box too short")
    try:
        return _SUITE.decrypt(data, private, info=info(kind, context))
    except (InvalidTag, ValueError):
        raise FormatError("undecryptable") from None
