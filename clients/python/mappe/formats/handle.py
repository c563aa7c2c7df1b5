"""The account handle (wallet, "Account handle"): random, kept by the holder, and the source of salt and profile.

So neither a salt nor a cost parameter ever comes from the server, which could weaken both.
"""

from __future__ import annotations

import secrets

from .errors import FormatError
from .labels import tagged_hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32
LENGTH = 10  # characters, 50 bits

_READ = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_PROFILE_OF_BIT = ("argon2id-64-3-1", "argon2id-32-6-1")


def new_handle(*, small_memory: bool = False) -> str:
    """A fresh handle whose last bit names the Argon2id profile: 32 MiB with `small_memory`, else 64 MiB."""
    values = [secrets.randbelow(32) for _ in range(LENGTH)]
    values[-1] = values[-1] & ~1 | small_memory
    return "".join(ALPHABET[value] for value in values)


def normalise_handle(typed: str) -> str:
    """The ten characters that were meant; FormatError `malformed`."""
    # Only ASCII letters change case: some others would turn into letters of the alphabet.
    handle = typed.upper().translate(_READ) if typed.isascii() else ""
    if len(handle) != LENGTH or any(character not in ALPHABET for character in handle):
        raise FormatError("malformed", "not a handle")
    return handle


def show_handle(handle: str) -> str:
    """XXXXX-XXXXX."""
    return f"{handle[:5]}-{handle[5:]}"


def handle_profile(handle: str) -> str:
    """The Argon2id profile that this handle names."""
    return _PROFILE_OF_BIT[ALPHABET.index(handle[-1]) & 1]


def handle_salt(handle: str) -> bytes:
    """The 16 bytes of salt for this handle."""
    return tagged_hash("salt", handle.encode("ascii"))[:16]


def handle_hash(handle: str) -> bytes:
    """What the server stores instead of the handle; 32 bytes."""
    return tagged_hash("handle", handle.encode("ascii"))
