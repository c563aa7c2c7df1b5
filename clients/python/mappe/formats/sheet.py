"""The QR code on a recovery sheet (wallet.md, "Recovery sheet as a QR code").

Account name, recovery code and change number, in letters that a QR code packs tightly. No address: a camera program
that reads it opens nothing. Neither PIN nor passphrase is in it: whoever finds the sheet still lacks the number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .digits import RECOVERY_BYTES, decode_code, encode_code
from .errors import FormatError
from .handle import ALPHABET, LENGTH

PREFIX = "MAPPE-SHEET:"
MAX_NUMBER = 999_999_999  # nine digits keep the code within 33 modules; no wallet makes a billion changes

_FORM = re.compile(rf"{PREFIX}([{ALPHABET}]{{{LENGTH}}}):([0-9]{{48}}):([1-9][0-9]{{0,8}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SheetCode:
    """What a sheet's code tells: handle, recovery code (16 bytes), number of the newest change when it was made."""

    handle: str
    code: bytes = field(repr=False)
    number: int

    @classmethod
    def read(cls, text: str) -> SheetCode:
        """FormatError `malformed`, `bad-block`."""
        match = _FORM.fullmatch(text.strip())
        if match is None:
            raise FormatError("malformed", "not the code of a sheet")
        return cls(match[1], decode_code(match[2], RECOVERY_BYTES), int(match[3]))

    def text(self) -> str:
        """What the QR code holds; FormatError `malformed` for a number beyond nine digits or none."""
        written = f"{PREFIX}{self.handle}:{encode_code(self.code)}:{self.number}"
        if not _FORM.fullmatch(written):
            raise FormatError("malformed", "no sheet has this handle, code or number")
        return written
