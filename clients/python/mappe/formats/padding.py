"""Padding hides lengths (conventions, "Padding"; ISO/IEC 7816-4; Nikitin et al., PETS 2019)."""

from __future__ import annotations

from .errors import FormatError

MINIMUM = 256  # bytes: most fields become indistinguishable by size


def padme(length: int) -> int:
    """The smallest Padmé size that holds `length` >= 2: leaks O(log log length) bits, costs at most 12 %."""
    exponent = length.bit_length() - 1
    granule = 1 << (exponent - exponent.bit_length())
    return (length + granule - 1) // granule * granule


def padded(message: bytes) -> bytes:
    """`message` ‖ 0x80 ‖ zeros, to a Padmé size of at least 256 bytes."""
    return (message + b"\x80").ljust(padme(max(MINIMUM, len(message) + 1)), b"\0")


def unpadded(data: bytes) -> bytes:
    """The message. FormatError `malformed` where the end mark is missing."""
    message = data.rstrip(b"\0")
    if not message.endswith(b"\x80"):
        raise FormatError("malformed", "no padding")
    return message[:-1]
