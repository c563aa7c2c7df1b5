"""Random ids and the one spelling of bytes in JSON: base64url without padding, canonical or refused."""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, urlsafe_b64encode

ID_BYTES = 16  # 128 random bits: never guessed, never met twice

_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")  # '+' and '/' become a character that no alphabet holds


def new_id() -> bytes:
    """A fresh random id."""
    return secrets.token_bytes(ID_BYTES)


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: str, length: int | None = None) -> bytes:
    """The bytes of a canonical base64url text; anything else, or another length than asked for, is a ValueError.

    Canonical means one spelling for each byte string: no padding, no stray character, no set bit after the last byte.
    Otherwise two texts would name one object, and a comparison of texts could be fooled.
    """
    try:
        raw = text.encode("ascii")
        data = b64decode(raw.translate(_TO_STANDARD) + b"=" * (-len(raw) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64url") from None
    if urlsafe_b64encode(data).rstrip(b"=") != raw:
        raise ValueError("not canonical base64url")
    if length is not None and len(data) != length:
        raise ValueError(f"expected {length} bytes")
    return data
