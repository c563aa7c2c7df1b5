"""Attachments: files as a stream of sealed chunks (attachment.md).

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015) over AES-256-GCM: the nonce holds the chunk's number and
whether it is the last, so that no chunk can be moved, repeated, dropped or appended unnoticed, and each can be opened
alone. The key is new for each version of each attachment, therefore a counter is a safe nonce.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .encoding import b64u, u32
from .errors import FormatError
from .labels import derive, info, label
from .padding import MINIMUM, padme
from .strict_json import Checker, closed, hash32, id16, integer, string

TAG = 16  # bytes added to each chunk
MIN_CHUNK = 65_536
MAX_CHUNK = 1_048_576  # what a cheap phone can hold and send again after a break
MAX_SIZE = 2 * 1024**3
MAX_CHUNKS = 65_536

_MEMBERS: Mapping[str, Checker] = {
    "id": id16,
    "version": integer(1, 2**32 - 1),
    "name": string,
    "media": string,
    "size": integer(0, MAX_SIZE),
    "chunk": integer(MIN_CHUNK, MAX_CHUNK),
    "chunks": integer(1, MAX_CHUNKS),
    "key": hash32,
    "hash": hash32,
}


def padded_size(size: int) -> int:
    """Bytes of plaintext after padding."""
    return padme(max(MINIMUM, size))


def chunk_count(size: int, chunk: int) -> int:
    """Number of chunks of a file of `size` true bytes."""
    return -(-padded_size(size) // chunk)


def stored_size(size: int, chunk: int) -> int:
    """Bytes on the server."""
    return padded_size(size) + TAG * chunk_count(size, chunk)


def check_chunk_size(size: int, chunk: int) -> None:
    """FormatError `malformed` unless these sizes may stand together."""
    if not MIN_CHUNK <= chunk <= MAX_CHUNK or chunk & (chunk - 1):
        raise FormatError("malformed", "a chunk is a power of two from 64 KiB to 1 MiB")
    if not 0 <= size <= MAX_SIZE or chunk_count(size, chunk) > MAX_CHUNKS:
        raise FormatError("malformed", "file too large")


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a document says about one attachment; `key` is A."""

    id: bytes
    version: int
    name: str = field(repr=False)
    media: str
    size: int
    chunk: int
    chunks: int
    key: bytes = field(repr=False)
    hash: bytes

    @classmethod
    def parse(cls, value: object, extra: Mapping[str, Checker] | None = None) -> Attachment:
        """From the object in a document; in a slot it has `ref` as well. FormatError `malformed`."""
        members = closed(value, {**_MEMBERS, **(extra or {})})
        check_chunk_size(members["size"], members["chunk"])
        if members["chunks"] != chunk_count(members["size"], members["chunk"]):
            raise FormatError("malformed", "sizes do not fit")
        return cls(**{name: members[name] for name in _MEMBERS})

    def to_json(self) -> dict[str, Any]:
        return {
            "id": b64u(self.id),
            "version": self.version,
            "name": self.name,
            "media": self.media,
            "size": self.size,
            "chunk": self.chunk,
            "chunks": self.chunks,
            "key": b64u(self.key),
            "hash": b64u(self.hash),
        }


class _Stream:
    def __init__(self, key: bytes, id_: bytes, version: int, size: int, chunk: int) -> None:
        check_chunk_size(size, chunk)
        context = id_ + u32(version)
        self._aead = AESGCM(derive(key, "attachment-key", context, 32))
        self._prefix = derive(key, "attachment-nonce", context, 7)
        self._aad = label("attachment").encode() + b"\0" + context + u32(chunk)
        self.size = size
        self.chunk = chunk
        self.total = padded_size(size)
        self.chunks = chunk_count(size, chunk)

    def _nonce(self, index: int) -> bytes:
        return self._prefix + u32(index) + (b"\1" if index == self.chunks - 1 else b"\0")

    def plain_length(self, index: int) -> int:
        """Bytes of padded plaintext in a chunk."""
        return min(self.chunk, self.total - index * self.chunk)

    def true_length(self, index: int) -> int:
        """Bytes of the file in a chunk; 0 where it is padding alone."""
        return max(0, min(self.chunk, self.size - index * self.chunk))


class Sealer(_Stream):
    """Seals one version of one attachment, chunk by chunk, in order.

    `key` (A, 32 random bytes) seals this one file: an upload that is taken up again sends the same bytes.
    """

    def __init__(self, key: bytes, id_: bytes, version: int, size: int, chunk: int = MAX_CHUNK) -> None:
        super().__init__(key, id_, version, size, chunk)
        self._hash = sha256(info("attachment", b""))
        self._next = 0

    def seal(self, data: bytes) -> bytes:
        """The stored form of the next chunk; `data` are its `true_length` bytes of the file (b"" for padding)."""
        stored = self.seal_at(self._next, data)
        self._hash.update(sha256(stored).digest())
        self._next += 1
        return stored

    def seal_at(self, index: int, data: bytes) -> bytes:
        """The stored form of chunk `index`, for an upload that goes on in the middle. Only ever for the same file: a
        chunk's nonce is its number, so other bytes under this key would break the encryption."""
        if not 0 <= index < self.chunks or len(data) != self.true_length(index):
            raise ValueError("not a chunk of this file")
        return self._aead.encrypt(self._nonce(index), data.ljust(self.plain_length(index), b"\0"), self._aad)

    def hash(self) -> bytes:
        """The attachment's hash (32 bytes), after the last chunk."""
        if self._next != self.chunks:
            raise ValueError("chunks are missing")
        return self._hash.digest()


class Opener(_Stream):
    """Opens the chunks of an attachment: `open` any one alone, or `feed` all in order and `finish`.

    Nothing of a file may be shown as complete before `finish` has returned.
    """

    def __init__(self, attachment: Attachment) -> None:
        super().__init__(attachment.key, attachment.id, attachment.version, attachment.size, attachment.chunk)
        self._expected = attachment.hash
        self._hash = sha256(info("attachment", b""))
        self._next = 0

    def byte_range(self, index: int) -> tuple[int, int]:
        """First byte, and first byte after it, of a chunk in the stored object."""
        start = index * (self.chunk + TAG)
        return start, start + self.plain_length(index) + TAG

    def open(self, index: int, stored: bytes) -> bytes:
        """The file's bytes in chunk `index`. FormatError `truncated`, `trailing-data`, `undecryptable`, `malformed`."""
        if not 0 <= index < self.chunks:
            raise FormatError("trailing-data")
        expected = self.plain_length(index) + TAG
        if len(stored) != expected:
            raise FormatError("truncated" if len(stored) < expected else "trailing-data")
        try:
            plain = self._aead.decrypt(self._nonce(index), stored, self._aad)
        except InvalidTag:
            raise FormatError("undecryptable", f"chunk {index}") from None
        size = self.true_length(index)
        if plain.count(0, size) != len(plain) - size:
            raise FormatError("malformed", "padding is zero bytes")
        return plain[:size]

    def feed(self, stored: bytes) -> bytes:
        """The file's bytes in the next chunk; FormatError as `open`."""
        plain = self.open(self._next, stored)
        self._hash.update(sha256(stored).digest())
        self._next += 1
        return plain

    def finish(self) -> None:
        """FormatError `truncated` if chunks are missing, `hash-mismatch` if they are not those of the document."""
        if self._next != self.chunks:
            raise FormatError("truncated")
        if self._hash.digest() != self._expected:
            raise FormatError("hash-mismatch")


class StoredHash:
    """The attachment's hash over stored chunks, for whoever has no key."""

    def __init__(self) -> None:
        self._hash = sha256(info("attachment", b""))

    def add(self, stored: bytes) -> None:
        self.add_digest(sha256(stored).digest())

    def add_digest(self, stored: bytes) -> None:
        """For a chunk whose SHA-256 is known already."""
        self._hash.update(stored)

    def value(self) -> bytes:
        return self._hash.digest()
