"""Agency sign-in as pure functions: the assertion comes in, the access token goes out (sign_in.md, "Tokens").

PyJWT compares times with the machine's clock; here time is passed in, so its time checks are off and every one of them
is made below. `algorithms=["EdDSA"]` is what refuses `none` and an HMAC keyed with a public key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from mappe.formats import strict_json
from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError

from kit.ids import b64u, new_id
from kit.signing import KeyRing

ASSERTION_SECONDS = 120  # longest life of an assertion: what is kept of used ones stays small
TOKEN_SECONDS = 600  # life of an access token; the registry is asked again at every use
SKEW_SECONDS = 60  # clocks of two machines, the same tolerance as for a DPoP proof
ASSERTION_BYTES = 2_048  # an assertion has five short claims
JTI_CHARACTERS = 128
_ASSERTION_TYPE = "client-authentication+jwt"
_TOKEN_TYPE = "at+jwt"  # noqa: S105 (RFC 9068, a media type)
_ASSERTION_CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti"]
_TOKEN_CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti", "client_id", "cnf"]
# An assertion without a known key is checked against this one (RFC 8032, test 1), so that it costs the same work.
# Nothing is accepted because of it: see `raw is None` below.
_DECOY = Ed25519PublicKey.from_public_bytes(
    bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
)

FindKey = Callable[[str, str], bytes | None]


class Refused(Exception):
    """The token or assertion does not hold; why is nobody's business."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion; the caller still makes sure that its `jti` is used once."""

    agency: str
    kid: str
    jti: bytes
    exp: int


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A verified access token; the caller still checks the proof and asks the registry."""

    agency: str
    jkt: str
    exp: int


def read_assertion(token: str, *, origin: str, jkt: str, find_key: FindKey, now: int) -> Assertion:
    """RFC 7523 section 3 with a closed header and a registered key. `jkt` is the key of the DPoP proof.

    An unknown agency or key costs the same work as a wrong signature.
    """
    if len(token) > ASSERTION_BYTES:
        raise Refused
    header = _header(token)
    if set(header) != {"alg", "typ", "kid"} or header["typ"] != _ASSERTION_TYPE:
        raise Refused
    kid = header["kid"]
    claimed = _claimed_issuer(token)
    raw = find_key(claimed, kid) if isinstance(kid, str) else None
    public = _DECOY if raw is None else Ed25519PublicKey.from_public_bytes(raw)
    claims = _decode(token, public, origin=origin, issuer=claimed, require=_ASSERTION_CLAIMS)
    iat, exp, jti = claims["iat"], claims["exp"], claims["jti"]
    if raw is None or claims["sub"] != claimed or kid != jkt:
        raise Refused
    if not _time(iat) or not _time(exp) or not iat <= now + SKEW_SECONDS or not now < exp <= iat + ASSERTION_SECONDS:
        raise Refused
    if exp > now + SKEW_SECONDS + ASSERTION_SECONDS:
        raise Refused
    if not isinstance(jti, str) or not 1 <= len(jti) <= JTI_CHARACTERS:
        raise Refused
    return Assertion(claimed, jkt, sha256(jti.encode()).digest(), exp)


def issue(keys: KeyRing, *, origin: str, agency: str, jkt: str, now: int) -> str:
    """An access token in the shape of RFC 9068, bound to the login key (RFC 7800 `cnf`)."""
    key = keys.current("token")
    claims = {
        "iss": origin,
        "sub": agency,
        "aud": origin,
        "client_id": agency,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": b64u(new_id()),
        "cnf": {"jkt": jkt},
    }
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"typ": _TOKEN_TYPE, "kid": key.kid})


def read_token(token: str, keys: KeyRing, *, origin: str, now: int) -> AccessToken:
    """The token, verified with a key that this server has published for tokens."""
    header = _header(token)
    if header.get("typ") != _TOKEN_TYPE or not isinstance(header.get("kid"), str):
        raise Refused
    key = keys.find("token", header["kid"])
    if key is None:
        raise Refused
    public = Ed25519PublicKey.from_public_bytes(key.public)
    claims = _decode(token, public, origin=origin, issuer=origin, require=_TOKEN_CLAIMS)
    confirmation = claims["cnf"]
    jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if not isinstance(jkt, str) or not _time(claims["exp"]) or claims["exp"] <= now:
        raise Refused
    return AccessToken(claims["sub"], jkt, claims["exp"])


def _decode(token: str, key: Ed25519PublicKey, *, origin: str, issuer: str, require: list[str]) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            audience=origin,
            issuer=issuer,
            options={
                "require": require,
                "strict_aud": True,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.InvalidTokenError, InvalidKey, ValueError, TypeError):
        raise Refused from None
    return claims


def _header(token: str) -> dict[str, Any]:
    return _json(token.split(".", 1)[0])


def _claimed_issuer(token: str) -> str:
    parts = token.split(".")
    issuer = _json(parts[1]).get("iss") if len(parts) == 3 else None
    if not isinstance(issuer, str):
        raise Refused
    return issuer


def _json(segment: str) -> dict[str, Any]:
    """Read strictly as well: PyJWT's own reader takes the last of two members of one name."""
    try:
        value = strict_json.loads(unb64u(segment), max_bytes=ASSERTION_BYTES)
    except FormatError:
        raise Refused from None
    if not isinstance(value, dict):
        raise Refused
    return value


def _time(value: object) -> bool:
    return type(value) is int and value >= 0


__all__ = ["AccessToken", "Assertion", "Refused", "issue", "read_assertion", "read_token"]
