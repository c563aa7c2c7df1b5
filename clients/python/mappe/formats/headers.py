"""Why a header does not fit: asked only after the comparison has failed, to tell an update from an attack."""

from __future__ import annotations

from .encoding import unb64u
from .errors import FormatError
from .labels import PREFIX
from .strict_json import loads

MAX_HEADER = 2048  # bytes; the longest header of any kind is below 600


def header_refusal(segment: str) -> FormatError:
    """`unsupported-suite` for a well-formed header of another suite of ours, `malformed`, else `header-mismatch`."""
    try:
        header = loads(unb64u(segment), max_bytes=MAX_HEADER)
    except FormatError as error:
        return error
    kind = header.get("typ") if type(header) is dict else None
    if type(kind) is str and kind.startswith("mappe/") and not kind.startswith(PREFIX):
        return FormatError("unsupported-suite", "made by a newer version")
    return FormatError("header-mismatch")
