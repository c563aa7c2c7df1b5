"""attachment.md"""

from __future__ import annotations

from typing import Any

from mappe.formats.encoding import b64u

from ..source import some, some_id
from .kit import Cases, each, no, ok

CHUNK = 65_536


def cases() -> Cases:
    base: dict[str, Any] = {"key": b64u(some("A")), "id": b64u(some_id("file")), "version": 2, "chunk": CHUNK}
    for size in (0, 1, 255, 256, 257, 5000, CHUNK - 1, CHUNK, CHUNK + 1, 200_000):
        yield ok(f"file of {size} bytes", "attachment.seal", **base, size=size)
    yield ok("file of 200000 bytes, chunk of 1 MiB", "attachment.seal", **{**base, "chunk": 1_048_576}, size=200_000)
    yield ok("another version", "attachment.seal", **{**base, "version": 3}, size=5000)
    for chunk in (0, 32_768, CHUNK + 1, 2_097_152, 100_000):
        yield no("malformed", f"chunk of {chunk}", "attachment.seal", **{**base, "chunk": chunk}, size=5000)
    given = {**base, "size": 200_000}  # four chunks, the last one shorter
    yield ok("opened", "attachment.open", **given, edit=["none"])
    yield ok("opened, empty file", "attachment.open", **base, size=0, edit=["none"])
    for code, name, edit in (
        ("undecryptable", "a bit changed", ["flip", 1, 77]),
        ("undecryptable", "a bit of a tag changed", ["flip", 3, -1]),
        ("undecryptable", "two chunks exchanged", ["swap", 0, 1]),
        ("undecryptable", "a chunk repeated", ["repeat", 0]),
        ("undecryptable", "a chunk under another key", ["foreign", b64u(some("other A"))]),
        ("undecryptable", "first chunk dropped", ["drop", 0]),
        ("truncated", "last chunk dropped", ["drop", 3]),
        ("truncated", "a byte missing at the end", ["cut", 3, 1]),
        ("truncated", "a byte missing in the middle", ["cut", 1, 1]),
        ("trailing-data", "a byte more at the end", ["append", 3, 1]),
        ("trailing-data", "a chunk more at the end", ["add", 3]),
        ("truncated", "last chunk in the place of the first", ["swap", 0, 3]),
    ):
        yield no(code, f"opened: {name}", "attachment.open", **given, edit=edit)
    yield no(
        "hash-mismatch",
        "opened: another hash in the document",
        "attachment.open",
        **given,
        edit=["none"],
        hash=b64u(some("h")),
    )

    described = {
        "id": b64u(some_id("file")),
        "version": 1,
        "name": "Pass.pdf",
        "media": "application/pdf",
        "size": 200_000,
        "chunk": CHUNK,
        "chunks": 4,
        "key": b64u(some("A")),
        "hash": b64u(some("hash")),
    }
    yield ok("description", "attachment.parse", value=described)
    yield ok("largest file", "attachment.parse", value={**described, "size": 2**31, "chunks": 32_768})
    for name, changes in each(
        {
            "a chunk too few": {"chunks": 3},
            "a chunk too many": {"chunks": 5},
            "no chunk": {"chunks": 0},
            "chunk of 1 byte": {"chunk": 1},
            "chunk that is no power of two": {"chunk": 100_000},
            "negative size": {"size": -1},
            "a byte more than 2 GiB": {"size": 2**31 + 1},
            "key of 16 bytes": {"key": b64u(bytes(16))},
            "version 0": {"version": 0},
            "extra member": {"url": "https://evil.example"},
            "no hash": {"hash": ...},
        }
    ):
        value = {n: v for n, v in {**described, **changes}.items() if v is not ...}
        yield no("malformed", f"description: {name}", "attachment.parse", value=value)
