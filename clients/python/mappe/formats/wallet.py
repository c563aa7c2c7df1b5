"""The wallet's formats in one place, and what a device checks after every unwrap (wallet.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .chain import Change, access_of, root_of, verify_change
from .digits import (
    PASSPHRASE_DIGITS,
    RECOVERY_BYTES,
    STOP_BYTES,
    bad_blocks,
    decode_code,
    encode_code,
    grouped,
    new_digits,
    normalise_digits,
)
from .envelope import (
    METHODS,
    EnvelopeId,
    check_kdf,
    kdf_of,
    open_envelope,
    passkey_input,
    passkey_root,
    passphrase_root,
    recovery_root,
    seal_envelope,
    sheet_pin_proof,
    sign_in_key,
    stop_proof,
)
from .errors import FormatError
from .genesis import Genesis, Identity, make_genesis, open_identity, seal_identity, verify_genesis, wallet_id_of
from .handle import handle_hash, handle_profile, handle_salt, new_handle, normalise_handle, show_handle
from .kdf import PROFILES, argon2id
from .pin import PIN_DIGITS, PIN_TRIES, DevicePin

__all__ = [
    "METHODS",
    "PASSPHRASE_DIGITS",
    "PIN_DIGITS",
    "PIN_TRIES",
    "PROFILES",
    "RECOVERY_BYTES",
    "STOP_BYTES",
    "DevicePin",
    "EnvelopeId",
    "Genesis",
    "Identity",
    "Unlocked",
    "argon2id",
    "bad_blocks",
    "check_kdf",
    "check_unlocked",
    "decode_code",
    "encode_code",
    "grouped",
    "handle_hash",
    "handle_profile",
    "handle_salt",
    "kdf_of",
    "make_genesis",
    "new_digits",
    "new_handle",
    "normalise_digits",
    "normalise_handle",
    "open_envelope",
    "open_identity",
    "passkey_input",
    "passkey_root",
    "passphrase_root",
    "recovery_root",
    "seal_envelope",
    "seal_identity",
    "sheet_pin_proof",
    "show_handle",
    "sign_in_key",
    "stop_proof",
    "verify_genesis",
    "wallet_id_of",
]


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A wallet whose server has proved that it shows this wallet and no other; only now may the device write."""

    vmk: bytes = field(repr=False)
    genesis: Genesis
    identity: Identity
    head: Change


def check_unlocked(
    *,
    wallet: bytes,
    genesis: str,
    vmk: bytes,
    identity_box: str,
    head: str,
    methods: Iterable[tuple[bytes, int, str]],
    objects: Iterable[tuple[bytes, int, bytes | None]],
) -> Unlocked:
    """The four checks after every unwrap (wallet.md). A server that made a wallet key itself, replaced a public key,
    hid a method or dropped an object is found here, before anything is written or sent.

    `methods` are (id, version, envelope), `objects` (id, version, SHA-256 of the body or None) as in chain.md.
    FormatError `server-lied`, whatever fails.
    """
    try:
        begin = verify_genesis(genesis)
        if begin.wallet_id != wallet:  # (1)
            raise FormatError("server-lied", "another genesis")
        change = verify_change(head, begin.public)  # (4), first half: the head names the epoch
        identity = open_identity(vmk, wallet, change.epoch, identity_box)  # (2)
        if not identity.fits(begin):  # (3)
            raise FormatError("server-lied", "private halves of other keys")
        if change.wallet != wallet:  # (4)
            raise FormatError("server-lied", "the head is of another wallet")
        if change.access != access_of(methods, identity_box):
            raise FormatError("server-lied", "methods are not those of the head")
        if change.root != root_of(objects):
            raise FormatError("server-lied", "objects are not those of the head")
    except FormatError as error:
        raise FormatError("server-lied", str(error)) from None
    return Unlocked(vmk, begin, identity, change)
