"""Sealed objects: JWE compact with exactly one header shape a kind (conventions, "Sealed object"; RFC 7516).

The reader (1) splits at four dots; (2) builds the header that it expects; (3) compares it with the one received, byte
by byte; (4) only then decrypts. No parameter is ever taken from a header, except a "carried" value, which is parsed
strictly, judged by the caller, and put into the expected header.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import urandom
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .encoding import b64u, unb64u
from .errors import FormatError
from .headers import MAX_HEADER, header_refusal
from .labels import label
from .strict_json import dumps, loads

IV_BYTES = 12
TAG_BYTES = 16

Members = Mapping[str, "str | int | bytes"]


def header_segment(kind: str, members: Members) -> str:
    """The first segment; bytes among the members are written as base64url."""
    header: dict[str, object] = {"alg": "dir", "enc": "A256GCM", "typ": label(kind)}
    for name, value in members.items():
        header[name] = b64u(value) if isinstance(value, bytes) else value
    return b64u(dumps(header))


def seal(kind: str, key: bytes, members: Members, plaintext: bytes, *, iv: bytes | None = None) -> str:
    """The JWE of `plaintext` under the 32-byte `key`, which seals one plaintext only, or few with random `iv`s.

    `iv` (12 bytes) is given by tests alone.
    """
    header = header_segment(kind, members)
    iv = iv or urandom(IV_BYTES)
    sealed = AESGCM(key).encrypt(iv, plaintext, header.encode("ascii"))
    return f"{header}..{b64u(iv)}.{b64u(sealed[:-TAG_BYTES])}.{b64u(sealed[-TAG_BYTES:])}"


def open_sealed(kind: str, key: bytes, members: Members, token: str) -> bytes:
    """The plaintext. FormatError: `malformed`, `header-mismatch`, `unsupported-suite`, `undecryptable`."""
    header, iv, ciphertext, tag = _split(token)  # (1)
    check_header(kind, members, token)  # (2) (3)
    sealed = unb64u(ciphertext) + unb64u(tag, TAG_BYTES)
    try:
        return AESGCM(key).decrypt(unb64u(iv, IV_BYTES), sealed, header.encode("ascii"))  # (4)
    except InvalidTag:
        raise FormatError("undecryptable") from None


def check_header(kind: str, members: Members, token: str) -> None:
    """Steps (2) and (3) alone, for kinds that compare a commitment before decrypting; FormatError as `open_sealed`."""
    segment = token.partition(".")[0]
    if segment != header_segment(kind, members):
        raise header_refusal(segment)


def carried(token: str, kind: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The named header members, as they stand, unauthenticated: the caller judges them before using them.

    FormatError `malformed`, or `header-mismatch` where another kind has no such member.
    """
    header = _split(token)[0]
    members = loads(unb64u(header), max_bytes=MAX_HEADER)
    if type(members) is not dict or members.get("typ") != label(kind) or not all(name in members for name in names):
        raise header_refusal(header)
    return {name: members[name] for name in names}


def _split(token: str) -> tuple[str, str, str, str]:
    segments = token.split(".")
    if len(segments) != 5 or segments[1]:
        raise FormatError("malformed", "a JWE has five segments, the second empty")
    return segments[0], segments[2], segments[3], segments[4]
