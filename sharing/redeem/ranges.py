"""One byte range of a file (RFC 9110 section 14); several at once, or a header that cannot be read, mean all of it."""

from __future__ import annotations

import re

_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z", re.ASCII)


def resolve(header: str | None, size: int) -> tuple[int, int, bool] | None:
    """(start, end, partial), end not included; None where the range lies outside of the file."""
    found = _ONE.match(header.replace(" ", "")) if header is not None else None
    if found is None or found[1] == found[2] == "":
        return 0, size, False
    if not found[1]:
        length = int(found[2])
        return (max(0, size - length), size, True) if length else None
    start = int(found[1])
    end = min(size, int(found[2]) + 1) if found[2] else size
    if found[2] and int(found[2]) < start:
        return 0, size, False  # RFC 9110 section 14.1.1: invalid, to be ignored
    return (start, end, True) if start < size else None
