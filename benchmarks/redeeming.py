"""An agency's signed opens, ready to be sent: each has its own DPoP proof, lease and `jti`, as a real one does.

A proof is good for a minute, so the file is written just before the load starts.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats.encoding import b64u
from mappe.formats.jwk import ed25519_jwk
from mappe.formats.strict_json import dumps

from benchmarks.shares import Share


@dataclass(frozen=True, slots=True)
class Caller:
    """An agency's program at one server."""

    origin: str
    login: Ed25519PrivateKey
    token: str


def open_request(caller: Caller, header: str, ath: str, share: Share, lease: bytes, now: int) -> bytes:
    """One `POST /v1/grants/{id}/open` for all five fields."""
    path = f"/v1/grants/{b64u(share.grant)}/open"
    body = f'{{"r":"{b64u(share.r)}","lease":"{b64u(lease)}"}}'.encode()
    claims = (
        f'{{"jti":"{b64u(secrets.token_bytes(16))}","htm":"POST","htu":"{caller.origin}{path}","iat":{now},'
        f'"ath":"{ath}","bh":"{b64u(sha256(body).digest())}"}}'
    )
    signed = f"{header}.{b64u(claims.encode())}"
    proof = f"{signed}.{b64u(caller.login.sign(signed.encode()))}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {caller.origin[7:]}\r\nAuthorization: DPoP {caller.token}\r\n"
        f"DPoP: {proof}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def proof_header(login: Ed25519PrivateKey) -> str:
    """The first segment of every proof by this key."""
    return b64u(dumps({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": ed25519_jwk(login.public_key())}))


def write_opens(path: Path, caller: Caller, shares: Sequence[Share], count: int) -> Path:
    """A file of `count` opens over random grants, each a new lease."""
    header, ath, now = proof_header(caller.login), b64u(sha256(caller.token.encode()).digest()), int(time.time())
    order = [shares[secrets.randbelow(len(shares))] for _ in range(count)] if count < len(shares) else list(shares)
    with path.open("wb") as out:
        for at in range(count):
            request = open_request(caller, header, ath, order[at % len(order)], secrets.token_bytes(16), now)
            out.write(b"%d\n%s" % (len(request), request))
    return path
