"""Six digits that open a wallet on one device (wallet.md, "Device PIN").

Neither the device alone nor the server alone can try PINs: one lacks the share, the other the device's secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .digits import normalise_digits
from .errors import FormatError
from .handle import handle_profile
from .kdf import argon2id
from .labels import derive

PIN_DIGITS = 6
PIN_TRIES = 5  # wrong ones for the life of a PIN: six digits are guessed with 1 : 200,000
SECRET_BYTES = 32  # of the device secret and of the share


@dataclass(frozen=True, slots=True)
class DevicePin:
    """A PIN stretched on its device. `mixed` is worth nothing without the share that the server keeps."""

    handle: str
    mixed: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, handle: str, typed: str) -> DevicePin:
        """From the device secret and what was typed; takes as long as a passphrase. FormatError `malformed`."""
        pin = normalise_digits(typed, PIN_DIGITS)
        _check(secret)
        name = handle.encode("ascii")
        stretched = argon2id(handle_profile(handle), pin.encode("ascii"), derive(secret, "pin-salt", name, 16))
        return cls(handle, derive(secret, "pin-device", name + stretched, 32))

    @property
    def proof(self) -> bytes:
        """What gets the share from the server, which keeps its SHA-256; 32 bytes."""
        return derive(self.mixed, "pin-proof", self.handle.encode("ascii"), 32)

    def root(self, share: bytes) -> bytes:
        """The root (32 bytes) of the envelope of kind `pin`, which lies on the device."""
        _check(share)
        return derive(self.mixed + share, "pin-root", self.handle.encode("ascii"), 32)


def _check(secret: bytes) -> None:
    if len(secret) != SECRET_BYTES:
        raise FormatError("malformed", "a device secret and a share have 32 bytes")
