"""Methods, their roots, and the envelope of the wallet key (wallet, "Methods and their roots", "Envelope")."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .encoding import u32
from .errors import FormatError
from .handle import handle_profile, handle_salt
from .jwe import Members, carried, check_header, open_sealed, seal
from .kdf import argon2id
from .labels import derive, tagged_hash
from .strict_json import hash32

METHODS = ("passphrase", "recovery", "passkey", "pin", "device")
NO_KDF = "none"


@dataclass(frozen=True, slots=True)
class EnvelopeId:
    """Where an envelope belongs: wallet (32 bytes), method id (16), method name, its version and the epoch (>= 1)."""

    wallet: bytes
    id: bytes
    method: str
    version: int
    epoch: int


def passphrase_root(digits: str, handle: str) -> bytes:
    """The root (32 bytes) of the 24 ASCII digits; salt and cost come from the handle, never from the server."""
    return argon2id(handle_profile(handle), digits.encode("ascii"), handle_salt(handle))


def recovery_root(code: bytes, handle: str) -> bytes:
    """The root (32 bytes) of the 16 bytes of a recovery code, which needs no slow function."""
    return derive(code, "recovery-root", handle.encode("ascii"), 32)


def passkey_input() -> bytes:
    """What a passkey's PRF is asked (`prf.eval.first`): the same for every wallet, because a passkey names its wallet
    only in the answer."""
    return tagged_hash("passkey-prf", b"")


def passkey_root(output: bytes, handle: str) -> bytes:
    """The root (32 bytes) of a passkey's PRF output; FormatError `malformed` unless that has 32 bytes."""
    if len(output) != 32:
        raise FormatError("malformed", "a PRF output has 32 bytes")
    return derive(output, "passkey-root", handle.encode("ascii"), 32)


def sign_in_key(root: bytes, handle: str) -> Ed25519PrivateKey:
    """The key that proves possession of a root at sign-in."""
    return Ed25519PrivateKey.from_private_bytes(derive(root, "sign-in", handle.encode("ascii"), 32))


def sheet_pin_proof(root: bytes, handle: str, pin: str) -> bytes:
    """What proves the 6-digit PIN of the sheet (32 bytes); the server keeps its SHA-256 and counts tries."""
    return derive(root, "sheet-pin", f"{handle}{pin}".encode("ascii"), 32)


def stop_proof(stop_code: bytes, handle: str) -> bytes:
    """What proves the 12 bytes of a stop code (32 bytes); the server keeps its SHA-256."""
    return derive(stop_code, "stop", handle.encode("ascii"), 32)


def kdf_of(method: str, handle: str) -> str:
    """The `kdf` that an envelope of this method must name."""
    return handle_profile(handle) if method == "passphrase" else NO_KDF


def check_kdf(token: str, method: str, handle: str) -> str:
    """The envelope's `kdf`, which is the one expected; FormatError `kdf-refused`. Ask before deriving the root."""
    kdf = carried(token, "envelope", ("kdf",))["kdf"]
    if kdf != kdf_of(method, handle):
        raise FormatError("kdf-refused")
    return str(kdf)


def seal_envelope(root: bytes, at: EnvelopeId, handle: str, vmk: bytes, *, iv: bytes | None = None) -> str:
    """The wallet key (32 bytes) under a method's root."""
    key, commit = _keys(root, at)
    return seal("envelope", key, _members(at, kdf_of(at.method, handle), commit), vmk, iv=iv)


def open_envelope(root: bytes, at: EnvelopeId, handle: str, token: str) -> bytes:
    """The wallet key (32 bytes). (1) `kdf` is the handle's; (2) the header names this place; (3) the commitment is the
    root's; (4) only then it is decrypted, so that no ciphertext opens under two roots (partitioning oracles, Len,
    Grubbs, Ristenpart, USENIX Security 2021).

    FormatError: `kdf-refused`, `header-mismatch`, `wrong-key`, `undecryptable`, `malformed`.
    """
    kdf = check_kdf(token, at.method, handle)  # (1)
    commit = hash32(carried(token, "envelope", ("commit",))["commit"])
    key, expected = _keys(root, at)
    check_header("envelope", _members(at, kdf, commit), token)  # (2)
    if not compare_digest(commit, expected):  # (3)
        raise FormatError("wrong-key")
    vmk = open_sealed("envelope", key, _members(at, kdf, commit), token)  # (4)
    if len(vmk) != 32:
        raise FormatError("malformed", "a wallet key has 32 bytes")
    return vmk


def _keys(root: bytes, at: EnvelopeId) -> tuple[bytes, bytes]:
    context = at.wallet + at.id + u32(at.version) + at.method.encode("ascii")
    both = derive(root, "envelope", context, 64)
    return both[:32], both[32:]


def _members(at: EnvelopeId, kdf: str, commit: bytes) -> Members:
    return {
        "wallet": at.wallet,
        "id": at.id,
        "method": at.method,
        "version": at.version,
        "epoch": at.epoch,
        "kdf": kdf,
        "commit": commit,
    }
