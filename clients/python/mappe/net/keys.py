"""The server's signing keys, pinned at first sight: a promise or statement by a key nobody announced proves nothing."""

from __future__ import annotations

from ..errors import ServerLied
from ..formats import jwk, strict_json
from ..formats.encoding import unb64u
from ..formats.errors import FormatError
from .server import Server

_MAX_HEADER = 1024  # bytes


def key_for(server: Server, use: str, token: str) -> bytes:
    """The public key (32 bytes) named by the `kid` of this JWS among the server's keys for `use` (current and retired)."""
    try:
        header = strict_json.loads(unb64u(token.partition(".")[0]), max_bytes=_MAX_HEADER)
        kid = header["kid"]
    except (FormatError, KeyError, TypeError):
        raise ServerLied("malformed", "The server's signature names no key.") from None
    for key in server.meta()["keys"]:
        if key["use"] == use and key["kid"] == kid:
            raw = unb64u(key["jwk"]["x"], 32)
            if jwk.ed25519_thumbprint(raw) == kid:
                return raw
    raise ServerLied("unknown-key", "The server signed with a key that it has not announced.")
