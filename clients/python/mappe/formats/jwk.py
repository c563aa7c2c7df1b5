"""Public keys on the wire: strict JWKs and their thumbprints (RFC 7517, RFC 8037, RFC 7638; `AKP` for hybrid keys)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from .encoding import b64u, digest
from .errors import FormatError
from .strict_json import Checker, b64u_bytes, closed, exactly, hash32

PublicKey = Ed25519PublicKey | X25519PublicKey | ec.EllipticCurvePublicKey

_P = 2**255 - 19
_WITHOUT_SIGN = _P.bit_length()  # 255: the 256th bit of an Ed25519 key is the sign of x
# The points whose order divides 8: a signature verifies for any message under some of them, a key agreement with one
# of them has a known result (RFC 7748 section 6.1, RFC 8032 section 8.9). As y (Edwards) and u (Montgomery).
_SMALL_Y = frozenset(
    (
        0,
        1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        _P - 1,
    )
)
_SMALL_U = frozenset(
    (
        0,
        1,
        0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0,
        0x57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F,
        _P - 1,
    )
)

X25519_BYTES = 32
MLKEM_BYTES = 1184  # an ML-KEM-768 encapsulation key: 768 numbers of 12 bits, and a seed of 32 bytes
HYBRID_BYTES = MLKEM_BYTES + X25519_BYTES
HYBRID = "MLKEM768-X25519"
_Q = 3329  # FIPS 203, section 2.4

_OKP = {"kty": exactly("OKP"), "x": hash32}
_ED25519 = {**_OKP, "crv": exactly("Ed25519")}
_X25519 = {**_OKP, "crv": exactly("X25519")}
_AKP: Mapping[str, Checker] = {"kty": exactly("AKP"), "alg": exactly(HYBRID), "pub": b64u_bytes(HYBRID_BYTES)}
_P256: Mapping[str, Checker] = {"kty": exactly("EC"), "crv": exactly("P-256"), "x": hash32, "y": hash32}


def ed25519_public(raw: bytes) -> Ed25519PublicKey:
    """An Ed25519 public key from its 32 bytes; FormatError `malformed` for a non-canonical or small-order one."""
    if len(raw) != 32:
        raise FormatError("malformed", "an Ed25519 key has 32 bytes")
    y = int.from_bytes(raw, "little") & ((1 << _WITHOUT_SIGN) - 1)
    if y >= _P or y in _SMALL_Y:
        raise FormatError("malformed", "not an acceptable Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(raw)


def x25519_public(raw: bytes) -> X25519PublicKey:
    """An X25519 public key from its 32 bytes; FormatError `malformed` for a non-canonical or small-order one."""
    if len(raw) != 32:
        raise FormatError("malformed", "an X25519 key has 32 bytes")
    u = int.from_bytes(raw, "little")
    if u >= _P or u in _SMALL_U:
        raise FormatError("malformed", "not an acceptable X25519 key")
    return X25519PublicKey.from_public_bytes(raw)


def hybrid_raw(raw: bytes) -> bytes:
    """An MLKEM768-X25519 public key, checked: its length, each number below q (FIPS 203, section 7.2), and the X25519
    half. FormatError `malformed`."""
    if len(raw) != HYBRID_BYTES:
        raise FormatError("malformed", "an MLKEM768-X25519 key has 1,216 bytes")
    for at in range(0, MLKEM_BYTES - 32, 3):
        both = int.from_bytes(raw[at : at + 3], "little")
        if both & 0xFFF >= _Q or both >> 12 >= _Q:
            raise FormatError("malformed", "not an ML-KEM-768 key")
    x25519_public(raw[MLKEM_BYTES:])
    return raw


def ed25519_jwk(public: Ed25519PublicKey | bytes) -> dict[str, str]:
    """The JWK of an Ed25519 public key (RFC 8037), members in the order of the specification."""
    return {"kty": "OKP", "crv": "Ed25519", "x": b64u(_raw(public))}


def x25519_jwk(public: X25519PublicKey | bytes) -> dict[str, str]:
    """The JWK of an X25519 public key (RFC 8037)."""
    return {"kty": "OKP", "crv": "X25519", "x": b64u(_raw(public))}


def hybrid_jwk(raw: bytes) -> dict[str, str]:
    """The JWK of an MLKEM768-X25519 public key."""
    return {"kty": "AKP", "alg": HYBRID, "pub": b64u(raw)}


def p256_jwk(public: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The JWK of a P-256 public key (RFC 7518 section 6.2)."""
    numbers = public.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64u(numbers.x.to_bytes(32, "big")),
        "y": b64u(numbers.y.to_bytes(32, "big")),
    }


def load_ed25519(jwk: object) -> Ed25519PublicKey:
    """The key of an Ed25519 JWK with exactly `kty`, `crv`, `x`; FormatError `malformed`."""
    return ed25519_public(closed(jwk, _ED25519)["x"])


def load_x25519(jwk: object) -> X25519PublicKey:
    """The key of an X25519 JWK with exactly `kty`, `crv`, `x`; FormatError `malformed`."""
    return x25519_public(closed(jwk, _X25519)["x"])


def load_hybrid(jwk: object) -> bytes:
    """The key of an MLKEM768-X25519 JWK with exactly `kty`, `alg`, `pub`, as its bytes; FormatError `malformed`."""
    return hybrid_raw(closed(jwk, _AKP)["pub"])


def load_p256(jwk: object) -> ec.EllipticCurvePublicKey:
    """The key of a P-256 JWK with exactly `kty`, `crv`, `x`, `y`; FormatError `malformed`, also off the curve."""
    members = closed(jwk, _P256)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + members["x"] + members["y"])
    except ValueError:
        raise FormatError("malformed", "not a point of P-256") from None


def load_jwk(jwk: object) -> PublicKey:
    """The key of any of the three JWKs that are keys of a curve; FormatError `malformed`."""
    curve = jwk.get("crv") if type(jwk) is dict else None
    if curve == "Ed25519":
        return load_ed25519(jwk)
    if curve == "X25519":
        return load_x25519(jwk)
    return load_p256(jwk)


def thumbprint(key: PublicKey | Mapping[str, object]) -> str:
    """The JWK thumbprint (RFC 7638, SHA-256, base64url) of a public key or of a JWK, which is read strictly."""
    if isinstance(key, Mapping):
        if key.get("kty") == "AKP":
            return hybrid_thumbprint(load_hybrid(dict(key)))
        key = load_jwk(dict(key))
    if isinstance(key, Ed25519PublicKey):
        return ed25519_thumbprint(key.public_bytes_raw())
    if isinstance(key, X25519PublicKey):
        return x25519_thumbprint(key.public_bytes_raw())
    point = p256_jwk(key)
    return digest(f'{{"crv":"P-256","kty":"EC","x":"{point["x"]}","y":"{point["y"]}"}}')


@lru_cache(maxsize=4096)
def ed25519_thumbprint(raw: bytes) -> str:
    """The thumbprint of an Ed25519 key given as its 32 bytes."""
    return digest(f'{{"crv":"Ed25519","kty":"OKP","x":"{b64u(raw)}"}}')


@lru_cache(maxsize=4096)
def x25519_thumbprint(raw: bytes) -> str:
    """The thumbprint of an X25519 key given as its 32 bytes."""
    return digest(f'{{"crv":"X25519","kty":"OKP","x":"{b64u(raw)}"}}')


@lru_cache(maxsize=4096)
def hybrid_thumbprint(raw: bytes) -> str:
    """The thumbprint of an MLKEM768-X25519 key given as its bytes; the members that count are those of `AKP`."""
    return digest(f'{{"alg":"{HYBRID}","kty":"AKP","pub":"{b64u(raw)}"}}')


def _raw(public: Ed25519PublicKey | X25519PublicKey | bytes) -> bytes:
    return public if isinstance(public, bytes) else public.public_bytes_raw()
