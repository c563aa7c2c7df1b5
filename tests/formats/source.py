"""Where the vectors' "random" bytes come from: a name gives the same bytes for ever."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats.encoding import b64u
from mappe.formats.genesis import Identity
from mappe.formats.labels import HYBRID_SUITE, info
from mappe.formats.seal_keys import HybridPrivateKey, SealPrivateKey, public_raw, suite_of
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKeyPair

from .mlkem import hpke_seal

NOW = 1_800_000_000

SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def some(name: str, size: int = 32) -> bytes:
    """`size` bytes that belong to this name."""
    data = b""
    while len(data) < size:
        data += sha256(f"mappe vectors {name} {len(data)}".encode()).digest()
    return data[:size]


def some_id(name: str) -> bytes:
    return some(name, 16)


def iv(name: str) -> bytes:
    return some(f"iv {name}", 12)


def signer(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(some(f"ed25519 {name}"))


def agreer(name: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(some(f"x25519 {name}"))


def hybrid(name: str) -> HybridPrivateKey:
    return HybridPrivateKey(some(f"hybrid {name}"))


def p256(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(some(f"p256 {name}"), "big") % _P256_ORDER, ec.SECP256R1())


def raw(key: Ed25519PrivateKey | SealPrivateKey) -> bytes:
    return key.public_key().public_bytes_raw() if isinstance(key, Ed25519PrivateKey) else public_raw(key)


def identity(name: str) -> Identity:
    return Identity(signer(name), agreer(f"{name} receive"), agreer(f"{name} log"))


def box(kind: str, public: bytes, context: bytes, plaintext: bytes) -> str:
    """`seal_box` by another implementation, and with an ephemeral key that belongs to the content."""
    name = f"ephemeral {kind} {b64u(context)} {b64u(plaintext)}"
    if suite_of(public) == HYBRID_SUITE:
        return b64u(hpke_seal(public, info(kind, context, HYBRID_SUITE), plaintext, some(name, 64)))
    seed = some(name)
    private = SUITE.kem.deserialize_private_key(seed)
    ephemeral = X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    pair = KEMKeyPair(private, SUITE.kem.deserialize_public_key(ephemeral))
    enc, context_of_sender = SUITE.create_sender_context(
        SUITE.kem.deserialize_public_key(public), info=info(kind, context), eks=pair
    )
    return b64u(enc + context_of_sender.seal(plaintext))
