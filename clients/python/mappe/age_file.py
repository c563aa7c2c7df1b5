"""Bytes under a passphrase, as an age file (scrypt): opened by any age tool as well."""

from __future__ import annotations

import pyrage  # type: ignore[import-untyped]

from .errors import MappeError

HEADER = b"age-encryption.org/v1"


def is_age(data: bytes) -> bool:
    """Whether this is an age file."""
    return data.startswith(HEADER)


def seal(data: bytes, passphrase: str) -> bytes:
    """The age file. Deriving the key takes about a second, for whoever guesses as well."""
    sealed: bytes = pyrage.passphrase.encrypt(data, passphrase)
    return sealed


def unseal(data: bytes, passphrase: str, what: str) -> bytes:
    """What is inside; MappeError `wrong-passphrase`."""
    try:
        plain: bytes = pyrage.passphrase.decrypt(data, passphrase)
    except pyrage.DecryptError:
        raise MappeError(
            "wrong-passphrase", f"{what} does not open with this passphrase.", "Check the file and the passphrase."
        ) from None
    return plain
