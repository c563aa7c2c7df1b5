"""DPoP proofs (sign_in, "DPoP"; RFC 9449): who calls holds the key that the token, or the lease, is bound to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from os import urandom
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from .encoding import b64u, digest, digest_bytes, unb64u
from .errors import FormatError
from .jwk import ed25519_jwk, load_ed25519, load_p256, p256_jwk, thumbprint
from .strict_json import anything, closed, dumps, exactly, hash32, id16, loads, one_of, string, time

WINDOW = 60  # seconds a proof is accepted before and after its own time; the server keeps its jti that long
MAX_PROOF = 4096  # bytes of a whole proof: checked before anything is decoded

_HEADER = {"typ": exactly("dpop+jwt"), "alg": one_of(("ES256", "EdDSA")), "jwk": anything}
_CLAIMS = {"jti": id16, "htm": string, "htu": string, "iat": time}
_OPTIONAL = {"ath": hash32, "bh": hash32}
_ES256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A proof whose signature and claims hold. The caller still (a) refuses a `jti` (16 bytes) met before within the
    window and (b) compares `jkt` with the thumbprint that the token, device or lease is bound to."""

    jkt: str
    jti: bytes
    iat: int
    jwk: MappingProxyType[str, str]
    public: Ed25519PublicKey | ec.EllipticCurvePublicKey


def make(
    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey,
    htm: str,
    htu: str,
    *,
    token: str | None = None,
    body: bytes | None = None,
    now: int,
    jti: bytes | None = None,
) -> str:
    """A proof for one request: method, public origin + path, the access token and the JSON body where there is one."""
    if isinstance(key, Ed25519PrivateKey):
        header: dict[str, Any] = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": ed25519_jwk(key.public_key())}
    else:
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": p256_jwk(key.public_key())}
    claims: dict[str, Any] = {"jti": b64u(jti or urandom(16)), "htm": htm, "htu": htu, "iat": now}
    if token is not None:
        claims["ath"] = digest(token)
    if body is not None:
        claims["bh"] = digest(body)
    signed = f"{b64u(dumps(header))}.{b64u(dumps(claims))}"
    if isinstance(key, Ed25519PrivateKey):
        signature = key.sign(signed.encode())
    else:
        r, s = decode_dss_signature(key.sign(signed.encode(), _ES256))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signed}.{b64u(signature)}"


def verify(
    proof: str, *, htm: str, htu: str, now: int, token_hash: bytes | None = None, body: bytes | None = None
) -> DpopProof:
    """RFC 9449 section 4.3, except for replay and for the binding (see DpopProof).

    `token_hash` is SHA-256 of the access token, `body` the JSON body as received; each is given exactly if the request
    has one. FormatError: `malformed`, `bad-signature`, `dpop-mismatch` (another request), `dpop-stale`.
    """
    if len(proof) > MAX_PROOF:
        raise FormatError("malformed", "proof too long")
    segments = proof.split(".")
    if len(segments) != 3:
        raise FormatError("malformed", "a proof has three segments")
    public, jkt, jwk = _header(segments[0])
    payload, signature = unb64u(segments[1]), unb64u(segments[2], 64)
    _verify_signature(public, signature, proof[: proof.rindex(".")].encode("ascii"))
    claims = closed(loads(payload, max_bytes=MAX_PROOF), _CLAIMS, _OPTIONAL)
    if claims["htm"] != htm or claims["htu"] != htu:
        raise FormatError("dpop-mismatch", "made for another request")
    if claims.get("ath") != token_hash:
        raise FormatError("dpop-mismatch", "made for another token")
    if claims.get("bh") != (None if body is None else digest_bytes(body)):
        raise FormatError("dpop-mismatch", "made for another body")
    if abs(now - claims["iat"]) > WINDOW:
        raise FormatError("dpop-stale")
    return DpopProof(jkt, claims["jti"], claims["iat"], jwk, public)


# A caller's header is the same at every request: its key is decoded, checked and hashed once.
@lru_cache(maxsize=4096)
def _header(
    segment: str,
) -> tuple[Ed25519PublicKey | ec.EllipticCurvePublicKey, str, MappingProxyType[str, str]]:
    header = closed(loads(unb64u(segment), max_bytes=1024), _HEADER)
    public = load_ed25519(header["jwk"]) if header["alg"] == "EdDSA" else load_p256(header["jwk"])
    return public, thumbprint(public), MappingProxyType(header["jwk"])


def _verify_signature(public: Ed25519PublicKey | ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> None:
    try:
        if isinstance(public, Ed25519PublicKey):
            public.verify(signature, signed)
        else:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            public.verify(encode_dss_signature(r, s), signed, _ES256)
    except InvalidSignature:
        raise FormatError("bad-signature") from None
