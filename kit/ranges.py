"""The Range header (RFC 9110 section 14.2): one range of bytes, or everything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kit.errors import problem

RANGE_NOT_SATISFIABLE = problem(
    "range-not-satisfiable",
    416,
    "The file does not have the bytes that were asked for.",
    "Ask for one range inside the size that Content-Range names.",
    "after-change",
)
_ONE = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slice:
    """The bytes [start, end) of `size`, and how to answer with them."""

    start: int
    end: int
    size: int
    partial: bool

    @property
    def status(self) -> int:
        return 206 if self.partial else 200

    def headers(self) -> dict[str, str]:
        headers = {"content-length": str(self.end - self.start), "accept-ranges": "bytes"}
        if self.partial:
            headers["content-range"] = f"bytes {self.start}-{self.end - 1}/{self.size}"
        return headers


def one_range(header: str | None, size: int) -> Slice:
    """What the header asks for of `size` bytes; several ranges, or another unit, get everything (RFC 9110 allows it).

    Problem `range-not-satisfiable` if the range begins behind the end.
    """
    found = _ONE.match(header) if header is not None else None
    if found is None:
        return Slice(0, size, size, False)
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= end:
        if last and int(last) < start and start < size:
            return Slice(0, size, size, False)  # "bytes=5-2" is no range at all
        raise RANGE_NOT_SATISFIABLE(headers={"Content-Range": f"bytes */{size}"})
    return Slice(start, end, size, True)
