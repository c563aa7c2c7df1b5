"""The one exception of the formats."""

from __future__ import annotations


class FormatError(ValueError):
    """A refusal: `code` is the stable word of the specification, the message helps whoever debugs it.

    Neither holds key material nor plaintext, so both may be logged.
    """

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class LogBroken(FormatError):
    """The holder's log does not hold together; `seq` is the first entry that does not fit."""

    def __init__(self, seq: int, message: str) -> None:
        super().__init__("log-broken", f"entry {seq}: {message}")
        self.seq = seq
