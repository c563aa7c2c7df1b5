"""Signed objects: JWS compact with exactly one header shape a kind (conventions, "Signed object"; RFC 7515, RFC 8037).

(1) split at two dots; (2) build the header that is expected; (3) compare it with the one received, byte by byte;
(4) verify over the two segments as received; (5) only then give the payload to whoever parses it.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .encoding import b64u, unb64u
from .errors import FormatError
from .headers import MAX_HEADER, header_refusal
from .jwk import ed25519_public, ed25519_thumbprint
from .labels import label
from .strict_json import loads

_X_CHARS = 43  # base64url of 32 bytes


@lru_cache(maxsize=4096)
def kid_header(kind: str, kid: str) -> str:
    """The first segment of a JWS whose header names its key."""
    return b64u(f'{{"alg":"EdDSA","typ":"{label(kind)}","kid":"{kid}"}}'.encode())


@lru_cache(maxsize=64)
def _jwk_header_parts(kind: str) -> tuple[bytes, bytes]:
    head = f'{{"alg":"EdDSA","typ":"{label(kind)}","jwk":{{"kty":"OKP","crv":"Ed25519","x":"'
    return head.encode(), b'"}}'


def sign(kind: str, key: Ed25519PrivateKey, payload: bytes, *, kid: str | None = None, jwk: bool = False) -> str:
    """The JWS of `payload`. The header holds the signer's thumbprint, or with `jwk` the key itself.

    Whoever signs often passes the thumbprint as `kid`: deriving the public key anew costs as much as the signature.
    """
    if jwk:
        head, tail = _jwk_header_parts(kind)
        header = b64u(head + b64u(key.public_key().public_bytes_raw()).encode() + tail)
    else:
        header = kid_header(kind, kid or ed25519_thumbprint(key.public_key().public_bytes_raw()))
    signed = f"{header}.{b64u(payload)}"
    return f"{signed}.{b64u(key.sign(signed.encode('ascii')))}"


def verify(kind: str, token: str, public: Ed25519PublicKey | bytes) -> bytes:
    """The payload, signed by `public` under this kind.

    FormatError: `malformed`, `header-mismatch` (another kind or signer), `unsupported-suite`, `bad-signature`.
    """
    header, payload, signature = _split(token)
    if isinstance(public, bytes):
        raw, public = public, ed25519_public(public)
    else:
        raw = public.public_bytes_raw()
    if header != kid_header(kind, ed25519_thumbprint(raw)):  # (2) (3)
        raise header_refusal(header)
    return _verified(public, token, payload, signature)


def verify_self_keyed(kind: str, token: str) -> tuple[Ed25519PublicKey, bytes]:
    """The signing key that the header carries, and the payload. The caller decides what that key may say."""
    header, payload, signature = _split(token)
    head, tail = _jwk_header_parts(kind)
    raw_header = unb64u(header)
    middle = raw_header[len(head) : len(head) + _X_CHARS]
    if raw_header != head + middle + tail or len(middle) != _X_CHARS:  # (2) (3)
        raise header_refusal(header)
    public = ed25519_public(unb64u(middle.decode("latin-1"), 32))
    return public, _verified(public, token, payload, signature)


def kid_of(token: str) -> str:
    """The `kid` that a token's header names, as it stands: a hint which key to verify with, nothing more. FormatError
    `malformed`."""
    header = loads(unb64u(token.partition(".")[0]), max_bytes=MAX_HEADER)
    kid = header.get("kid") if type(header) is dict else None
    if type(kid) is not str:
        raise FormatError("malformed", "no key is named")
    return kid


def _split(token: str) -> tuple[str, str, str]:
    segments = token.split(".")  # (1)
    if len(segments) != 3:
        raise FormatError("malformed", "a JWS has three segments")
    return segments[0], segments[1], segments[2]


def _verified(public: Ed25519PublicKey, token: str, payload: str, signature: str) -> bytes:
    data, proof = unb64u(payload), unb64u(signature, 64)
    try:
        public.verify(proof, token[: token.rindex(".")].encode("ascii"))  # (4)
    except InvalidSignature:
        raise FormatError("bad-signature") from None
    return data
