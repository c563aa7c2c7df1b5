"""Bytes to text and back (conventions, "Values")."""

from __future__ import annotations

import binascii
from hashlib import sha256

from .errors import FormatError

_TO_URL = bytes.maketrans(b"+/", b"-_")
# Standard base64's own characters must not slip through the translation: they become one outside of every alphabet.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
# By length modulo 4: the last characters whose unused low bits are zero, else two texts would name one value.
_LAST: tuple[frozenset[str] | None, ...] = (None, frozenset(), frozenset("AQgw"), frozenset("AEIMQUYcgkosw048"))


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def unb64u(text: str, size: int | None = None) -> bytes:
    """The bytes of a canonical base64url text, exactly `size` of them where given; else FormatError `malformed`."""
    over = len(text) & 3
    last = _LAST[over]
    try:
        if last is not None and text[-1] not in last:
            raise FormatError("malformed", "not canonical base64url")
        raw = text.encode("ascii").translate(_FROM_URL)
        data = binascii.a2b_base64(raw + b"==="[over - 1 :] if over else raw, strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise FormatError("malformed", "not base64url") from None
    if size is not None and len(data) != size:
        raise FormatError("malformed", f"{len(data)} bytes instead of {size}")
    return data


def u32(value: int) -> bytes:
    """Four bytes, unsigned, big-endian."""
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    """Eight bytes, unsigned, big-endian."""
    return value.to_bytes(8, "big")


def digest_bytes(data: str | bytes) -> bytes:
    """SHA-256; of a text, over its UTF-8 bytes exactly as sent (a token is ASCII)."""
    return sha256(data.encode() if isinstance(data, str) else data).digest()


def digest(data: str | bytes) -> str:
    """`digest(x)` of the specification: base64url of SHA-256."""
    return b64u(digest_bytes(data))
