"""Opaque tokens: random, prefixed so that a leaked one is recognised, and stored only as a hash."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from kit.ids import b64u, unb64u

TOKEN_BYTES = 32  # as strong as a key: the hash at rest needs no salt and no slow function


class Secret:
    """Bytes or text that must not appear in a log, a traceback or a test's output; `reveal()` is the only way out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not pickled")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))


def new_token(prefix: str) -> tuple[Secret, bytes]:
    """A fresh token such as `mst_…` and the hash to store for it."""
    text = f"{prefix}_{b64u(secrets.token_bytes(TOKEN_BYTES))}"
    return Secret(text), token_hash(text)


def token_hash(text: str) -> bytes:
    """What is stored and looked up instead of the token."""
    return sha256(text.encode()).digest()


def parse_token(text: str, prefix: str) -> bytes | None:
    """The stored hash of a well-formed token with this prefix, else None; costs the same for known and unknown."""
    head, _, tail = text.partition("_")
    if head != prefix:
        return None
    try:
        unb64u(tail, TOKEN_BYTES)
    except ValueError:
        return None
    return token_hash(text)


def same(left: bytes, right: bytes) -> bool:
    """Comparison whose time does not depend on where the difference is."""
    return hmac.compare_digest(left, right)
