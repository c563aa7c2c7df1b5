"""ML-KEM-768 (FIPS 203) and MLKEM768-X25519, slowly and with the sender's randomness given: for the vectors alone.

The client under test takes both from `cryptography`, which seals with fresh randomness only. What is made here it must
open, so the two check each other.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from hashlib import sha3_256, sha3_512, shake_128, shake_256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Q, RANK = 3329, 3
EK_BYTES = 1184
LABEL = bytes.fromhex("5c2e2f2f5e5c")
Poly = list[int]

_REVERSED = [int(f"{i:07b}"[::-1], 2) for i in range(128)]
_ZETAS = [pow(17, turned, Q) for turned in _REVERSED]
_GAMMAS = [pow(17, 2 * turned + 1, Q) for turned in _REVERSED]


def _ntt(f: Poly) -> Poly:
    f, at = f.copy(), 1
    for length in (128, 64, 32, 16, 8, 4, 2):
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = _ZETAS[at] * f[j + length] % Q
                f[j + length], f[j] = (f[j] - t) % Q, (f[j] + t) % Q
            at += 1
    return f


def _inverse(f: Poly) -> Poly:
    f, at = f.copy(), 127
    for length in (2, 4, 8, 16, 32, 64, 128):
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = f[j]
                f[j], f[j + length] = (t + f[j + length]) % Q, _ZETAS[at] * (f[j + length] - t) % Q
            at -= 1
    return [x * 3303 % Q for x in f]


def _plus(*polys: Poly) -> Poly:
    return [sum(column) % Q for column in zip(*polys, strict=True)]


def _times(a: list[Poly], b: list[Poly]) -> Poly:
    out = [0] * 256
    for f, g in zip(a, b, strict=True):
        for i in range(128):
            low, high = 2 * i, 2 * i + 1
            out[low] = (out[low] + f[low] * g[low] + f[high] * g[high] * _GAMMAS[i]) % Q
            out[high] = (out[high] + f[low] * g[high] + f[high] * g[low]) % Q
    return out


def _uniform(rho: bytes, j: int, i: int) -> Poly:
    stream, found = shake_128(rho + bytes((j, i))).digest(3 * 512), []
    for at in range(0, len(stream), 3):
        both = int.from_bytes(stream[at : at + 3], "little")
        found += [d for d in (both & 0xFFF, both >> 12) if d < Q]
    return found[:256]


def _noise(seed: bytes, n: int) -> Poly:
    out = []
    for byte in shake_256(seed + bytes((n,))).digest(128):
        for x in (byte & 15, byte >> 4):
            out.append(((x & 1) + (x >> 1 & 1) - (x >> 2 & 1) - (x >> 3 & 1)) % Q)
    return out


def _noises(seed: bytes, first: int) -> list[Poly]:
    return [_noise(seed, first + i) for i in range(RANK)]


def _pack(bits: int, *polys: Poly) -> bytes:
    whole, at = 0, 0
    for x in (x for poly in polys for x in poly):
        whole |= (x if bits == 12 else ((x << bits) + Q // 2) // Q % (1 << bits)) << at
        at += bits
    return whole.to_bytes(at // 8, "little")


def _unpack(bits: int, data: bytes) -> Iterator[Poly]:
    whole, size = int.from_bytes(data, "little"), len(data) * 8 // bits
    numbers = [whole >> (bits * i) & ((1 << bits) - 1) for i in range(size)]
    if bits < 12:
        numbers = [(x * Q + (1 << (bits - 1))) >> bits for x in numbers]
    return (numbers[at : at + 256] for at in range(0, size, 256))


def encapsulation_key(d: bytes) -> bytes:
    """The public key of the seed's first half."""
    both = sha3_512(d + bytes((RANK,))).digest()
    rho, sigma = both[:32], both[32:]
    s, e = ([_ntt(f) for f in _noises(sigma, first)] for first in (0, RANK))
    rows = [[_uniform(rho, j, i) for j in range(RANK)] for i in range(RANK)]
    return _pack(12, *(_plus(_times(row, s), e[i]) for i, row in enumerate(rows))) + rho


def encapsulate(ek: bytes, message: bytes) -> tuple[bytes, bytes]:
    """(shared secret, ciphertext) for 32 bytes that nobody else must know."""
    both = sha3_512(message + sha3_256(ek).digest()).digest()
    shared, randomness = both[:32], both[32:]
    t, rho = list(_unpack(12, ek[:-32])), ek[-32:]
    y, e1 = [_ntt(f) for f in _noises(randomness, 0)], _noises(randomness, RANK)
    columns = [[_uniform(rho, i, j) for j in range(RANK)] for i in range(RANK)]
    u = [_plus(_inverse(_times(column, y)), e1[i]) for i, column in enumerate(columns)]
    v = _plus(_inverse(_times(t, y)), _noise(randomness, 2 * RANK), *_unpack(1, message))
    return shared, _pack(10, *u) + _pack(4, v)


def hybrid_public(seed: bytes) -> bytes:
    """The MLKEM768-X25519 public key of a seed."""
    expanded = shake_256(seed).digest(96)
    x = X25519PrivateKey.from_private_bytes(expanded[64:])
    return encapsulation_key(expanded[:32]) + x.public_key().public_bytes_raw()


def hybrid_encapsulate(public: bytes, message: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    """(shared secret, encapsulated key) with the sender's 64 random bytes given."""
    shared, ct = encapsulate(public[:EK_BYTES], message)
    own, theirs = X25519PrivateKey.from_private_bytes(ephemeral), public[EK_BYTES:]
    ct_x = own.public_key().public_bytes_raw()
    shared_x = own.exchange(X25519PublicKey.from_public_bytes(theirs))
    return sha3_256(shared + shared_x + ct_x + theirs + LABEL).digest(), ct + ct_x


_SUITE = b"HPKE" + bytes.fromhex("647a00010002")  # MLKEM768-X25519, HKDF-SHA256, AES-256-GCM


def _extract(salt: bytes, name: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + _SUITE + name + ikm, "sha256")


def _expand(prk: bytes, name: bytes, about: bytes, size: int) -> bytes:
    text = size.to_bytes(2, "big") + b"HPKE-v1" + _SUITE + name + about
    return hmac.digest(prk, text + b"\1", "sha256")[:size]


def hpke_seal(public: bytes, info: bytes, plaintext: bytes, randomness: bytes) -> bytes:
    """enc ‖ ct of HPKE base mode (RFC 9180, section 5.1) with the sender's 64 random bytes given."""
    shared, enc = hybrid_encapsulate(public, randomness[:32], randomness[32:])
    schedule = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    key, nonce = _expand(secret, b"key", schedule, 32), _expand(secret, b"base_nonce", schedule, 12)
    return enc + AESGCM(key).encrypt(nonce, plaintext, None)
