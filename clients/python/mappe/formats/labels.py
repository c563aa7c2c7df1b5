"""Domain separation: every hash, key and header says what it is for (conventions, "Labels, hashing, derivation")."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITE = 1
HYBRID_SUITE = 2  # what is sealed to an MLKEM768-X25519 key; everything else is suite 1
PREFIX = f"mappe/{SUITE}/"


def label(kind: str, suite: int = SUITE) -> str:
    """The label of a kind, such as `mappe/1/policy`."""
    return f"mappe/{suite}/{kind}"


@lru_cache(maxsize=128)
def _separator(kind: str, suite: int = SUITE) -> bytes:
    return label(kind, suite).encode("ascii") + b"\0"


def info(kind: str, context: bytes, suite: int = SUITE) -> bytes:
    """label ‖ 0x00 ‖ context. No kind holds a zero byte, so no two (kind, context) share an encoding."""
    return _separator(kind, suite) + context


def tagged_hash(kind: str, data: bytes, suite: int = SUITE) -> bytes:
    """`H(kind, data)`: SHA-256 over label ‖ 0x00 ‖ data; 32 bytes."""
    return sha256(_separator(kind, suite) + data).digest()


def derive(key: bytes, kind: str, context: bytes = b"", size: int = 32) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with an empty salt and info = label ‖ 0x00 ‖ context; `size` bytes.

    The input keys are uniform or come from Argon2id, so no salt is needed (RFC 5869 section 3.1). Each (key, kind) has
    one use, and one output length.
    """
    return HKDF(hashes.SHA256(), size, None, _separator(kind) + context).derive(key)
