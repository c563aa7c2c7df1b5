"""Digits that a person types (conventions, "Digits a person types"; wallet, "Recovery code, stop code, sheet PIN")."""

from __future__ import annotations

import secrets

from .errors import FormatError

PASSPHRASE_DIGITS = 24  # 79.7 bits: with Argon2id out of reach of whoever steals the database
PASSCODE_DIGITS = 6  # guarded by a counter, never alone
RECOVERY_BYTES = 16
STOP_BYTES = 12
BLOCK_DIGITS = 6
BLOCK_FACTOR = 11  # prime and above 9: a mistyped digit or two neighbours swapped never give another multiple of 11

_ZEROES = (0x0660, 0x06F0, 0xFF10)  # Arabic-Indic, extended Arabic-Indic, full-width
_DROPPED = " -.\u00a0\u200e\u200f\u061c\u2066\u2067\u2068\u2069"
_TABLE: dict[int, str | None] = {
    **{zero + digit: str(digit) for zero in _ZEROES for digit in range(10)},
    **{ord(mark): None for mark in _DROPPED},
}


def normalise_digits(typed: str, count: int) -> str:
    """The `count` ASCII digits that were meant; FormatError `malformed`."""
    plain = typed.translate(_TABLE)
    if len(plain) != count or not (plain.isascii() and plain.isdigit()):
        raise FormatError("malformed", f"not {count} digits")
    return plain


def new_digits(count: int) -> str:
    """`count` random digits, each equally likely."""
    return f"{secrets.randbelow(10**count):0{count}d}"


def grouped(digits: str, size: int) -> str:
    """Digits in groups with a space between, as they are printed."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def encode_code(code: bytes) -> str:
    """A recovery code (16 bytes) or stop code (12 bytes) as digits without spaces: 11 times each 16 bits."""
    return "".join(
        f"{BLOCK_FACTOR * int.from_bytes(code[start : start + 2], 'big'):0{BLOCK_DIGITS}d}"
        for start in range(0, len(code), 2)
    )


def decode_code(typed: str, size: int) -> bytes:
    """The `size` bytes of a typed code. FormatError `malformed` (length), `bad-block` (its number from 1 in `message`).

    All wrong blocks are named at once by `bad_blocks`.
    """
    digits = normalise_digits(typed, size // 2 * BLOCK_DIGITS)
    wrong = bad_blocks(digits)
    if wrong:
        raise FormatError("bad-block", ", ".join(map(str, wrong)))
    return b"".join((value // BLOCK_FACTOR).to_bytes(2, "big") for value in _blocks(digits))


def bad_blocks(digits: str) -> list[int]:
    """The numbers, from 1, of the blocks that cannot be right."""
    highest = BLOCK_FACTOR * 0xFFFF
    return [number for number, value in enumerate(_blocks(digits), 1) if value % BLOCK_FACTOR or value > highest]


def _blocks(digits: str) -> list[int]:
    return [int(digits[start : start + BLOCK_DIGITS]) for start in range(0, len(digits), BLOCK_DIGITS)]
