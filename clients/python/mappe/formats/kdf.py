"""Argon2id with the two profiles that exist (wallet, "Account handle"; RFC 9106)."""

from __future__ import annotations

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from .errors import FormatError

# name -> (memory in KiB, passes, lanes). The second is for phones that cannot spare 64 MiB.
PROFILES = {
    "argon2id-64-3-1": (64 * 1024, 3, 1),
    "argon2id-32-6-1": (32 * 1024, 6, 1),
}
SALT_BYTES = 16


def check_profile(name: object) -> str:
    """The name of a known profile; FormatError `kdf-refused`, before any work is done for it."""
    if type(name) is not str or name not in PROFILES:
        raise FormatError("kdf-refused")
    return name


def argon2id(profile: str, secret: bytes, salt: bytes) -> bytes:
    """32 bytes; FormatError `kdf-refused` for an unknown profile. Takes some tenths of a second by design."""
    memory, passes, lanes = PROFILES[check_profile(profile)]
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 16 bytes")
    return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)
