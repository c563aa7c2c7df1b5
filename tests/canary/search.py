"""Finds marked strings however they were written down: raw, encoded, in UTF-16, inside compressed streams.

A search that finds nothing proves nothing by itself: `disguises` also gives what to plant in each place, and the test
demands that every plant is found.
"""

from __future__ import annotations

import gzip
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote_from_bytes

STREAM_STARTS = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")  # gzip; zlib levels
STREAM_BYTES = 64 << 20  # of one inflated stream


def spellings(mark: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every way to write `mark`."""
    yield "raw", mark
    for offset in range(3):
        # only the characters that depend on nothing before or after
        whole = b64encode(bytes(offset) + mark)
        start = -(-offset * 8 // 6)
        end = (offset + len(mark)) * 8 // 6
        inner = whole[start:end]
        yield f"base64+{offset}", inner
        yield f"base64url+{offset}", inner.translate(bytes.maketrans(b"+/", b"-_"))
    yield "hex", mark.hex().encode()
    yield "HEX", mark.hex().upper().encode()
    percent = "".join(f"%{byte:02X}" for byte in mark).encode()
    yield "percent", percent
    yield "percent lower", percent.lower()
    quoted = quote_from_bytes(mark, safe="").encode()
    if quoted != mark:
        yield "url", quoted
    try:
        text = mark.decode()
    except UnicodeDecodeError:
        return
    yield "utf-16-le", text.encode("utf-16-le")
    yield "utf-16-be", text.encode("utf-16-be")
    escaped = text.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")
    if escaped != mark:
        yield "escaped", escaped


def disguises(mark: bytes) -> Iterator[tuple[str, bytes]]:
    """Everything the search must find: each spelling, and some inside streams."""
    yield from spellings(mark)
    yield "gzip", gzip.compress(b"some text before " + mark + b" and after")
    yield "zlib", zlib.compress(b"some text before " + mark + b" and after")
    yield "base64 in gzip", gzip.compress(b64encode(b"x" + mark + b"y"))


class Searcher:
    """Looks for all marks at once in all spellings."""

    def __init__(self, marks: Mapping[str, bytes]) -> None:
        self._needles = {
            (name, how): spelling for name, mark in marks.items() for how, spelling in dict(spellings(mark)).items()
        }

    def find(self, data: bytes) -> set[tuple[str, str]]:
        """(mark, spelling) of everything found in `data` or in streams inside it."""
        found = {key for key, needle in self._needles.items() if needle in data}
        for inner in streams(data):
            found |= {(name, f"{how} in a stream") for name, how in self.find(inner)}
        return found

    def find_in(self, paths: Iterable[Path]) -> set[tuple[str, str, str]]:
        """(file, mark, spelling) in files, each read whole."""
        return {(path.name, *hit) for path in paths if path.is_file() for hit in self.find(path.read_bytes())}


def streams(data: bytes) -> Iterator[bytes]:
    """What gzip and zlib streams beginning anywhere in `data` hold, as far as they can be inflated."""
    for start in STREAM_STARTS:
        at = data.find(start)
        while at >= 0:
            inflate = zlib.decompressobj(47)
            try:
                inner = inflate.decompress(data[at : at + STREAM_BYTES], STREAM_BYTES)
            except zlib.error:
                inner = b""
            if len(inner) > 16:
                yield inner
            at = data.find(start, at + 1)
