"""Attachments: sealed chunk by chunk on the way out, verified chunk by chunk on the way in (attachment.md).

An upload that breaks off goes on where the server stopped, with the same bytes: the key of an unfinished upload is kept
on this device, sealed under the wallet key. A download is complete only after its hash has been compared; until then it
has another name.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import MappeError, ServerLied, ServerProblem, Unreachable
from ..formats import attachment as fmt
from ..formats import jwe
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.labels import derive
from ..net.server import Server
from ..storage import write_private
from .cleaning import Clean
from .vault import Vault

SEGMENT = 32 << 20  # bytes a request: a break costs at most this much upload, and a proxy's body limit is rarely lower
TRIES = 6  # a request; the pause doubles from half a second
PAUSE = 0.5  # seconds
Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    del done, total


def upload(vault: Vault, clean: Clean, *, progress: Progress = _silent) -> dict[str, Any]:
    """Seals and sends one file; what the document says about it (attachment.md, closed object)."""
    state = _Unfinished(vault, clean)
    chunk = fmt.MAX_CHUNK
    total = fmt.stored_size(clean.size, chunk)
    id_, key = state.id, state.key
    vault.server.post("/v1/attachments", {"id": b64u(id_), "version": 1, "size": total})
    digest = send(
        clean,
        fmt.Sealer(key, id_, 1, clean.size, chunk),
        status=lambda: int(vault.server.get(f"/v1/attachments/{b64u(id_)}/1/status")["offset"]),
        append=lambda offset, data: vault.server.append(f"/v1/attachments/{b64u(id_)}/1", offset, data),
        progress=progress,
    )
    state.done()
    return fmt.Attachment(
        id_, 1, clean.name, clean.media, clean.size, chunk, fmt.chunk_count(clean.size, chunk), key, digest
    ).to_json()


def send(
    clean: Clean,
    sealer: fmt.Sealer,
    *,
    status: Callable[[], int],
    append: Callable[[int, Iterable[bytes]], Any],
    progress: Progress = _silent,
) -> bytes:
    """Sends all stored bytes from the server's offset on, going on after breaks; the attachment's hash (32 bytes).

    A chunk that must be sent again is sealed again: same key, number and bytes, hence the same ciphertext.
    """
    total = fmt.stored_size(clean.size, sealer.chunk)
    digests: dict[int, bytes] = {}
    failures = 0
    while (offset := status()) < total:
        try:
            while offset < total:
                end = min(total, offset + SEGMENT)
                with clean.path.open("rb") as file:
                    append(offset, _stored(file, sealer, offset, end, digests, lambda done: progress(done, total)))
                offset, failures = end, 0
        except (Unreachable, ServerProblem) as error:
            if (
                isinstance(error, ServerProblem)
                and error.code != "offset-mismatch"
                and error.retry in ("never", "after-change")
            ):
                raise
            failures += 1
            if failures >= TRIES:
                raise
            time.sleep(PAUSE * 2**failures)
    progress(total, total)
    stored_hash = fmt.StoredHash()
    with clean.path.open("rb") as file:
        for index in range(sealer.chunks):
            if index not in digests:  # sent by an earlier run
                file.seek(index * sealer.chunk)
                digests[index] = sha256(sealer.seal_at(index, file.read(sealer.true_length(index)))).digest()
            stored_hash.add_digest(digests[index])
    return stored_hash.value()


def _stored(
    file: Any, sealer: fmt.Sealer, start: int, end: int, digests: dict[int, bytes], progress: Callable[[int], None]
) -> Iterator[bytes]:
    """The stored bytes [start, end): chunks are sealed one at a time, so memory holds one."""
    unit = sealer.chunk + fmt.TAG
    for index in range(start // unit, -(-end // unit)):
        position = index * unit
        file.seek(index * sealer.chunk)
        stored = sealer.seal_at(index, file.read(sealer.true_length(index)))
        digests[index] = sha256(stored).digest()
        yield stored[max(0, start - position) : end - position]
        progress(min(position + len(stored), end))


class _Unfinished:
    """Id and key of an upload that may be taken up again, for this very file; sealed, as the key opens the file."""

    def __init__(self, vault: Vault, clean: Clean) -> None:
        with clean.path.open("rb") as file:
            content = sha256()
            while block := file.read(1 << 20):
                content.update(block)
        self._path = vault.profile.folder / "uploads" / b64u(content.digest())
        self._key = derive(vault.vmk, "local-upload", content.digest(), 32)
        try:
            plain = json.loads(jwe.open_sealed("local-upload", self._key, {}, self._path.read_text("ascii")))
            self.id, self.key = unb64u(plain["id"], 16), unb64u(plain["key"], 32)
        except (FileNotFoundError, FormatError, ValueError, KeyError):
            self.id, self.key = secrets.token_bytes(16), secrets.token_bytes(32)
            plain = json.dumps({"id": b64u(self.id), "key": b64u(self.key)}).encode()
            write_private(self._path, jwe.seal("local-upload", self._key, {}, plain).encode())

    def done(self) -> None:
        self._path.unlink(missing_ok=True)


Source = Callable[[int], AbstractContextManager[tuple[Mapping[str, str], Iterator[bytes]]]]
"""Opens the stored bytes from a byte on."""


def download(described: Mapping[str, Any], source: Source, target: Path, *, progress: Progress = _silent) -> Path:
    """Fetches, verifies and writes one file; `target` exists only once everything has been verified.

    ServerLied when a chunk is altered, moved, missing or too much.
    """
    about = {key: value for key, value in described.items() if key != "ref"}
    try:
        attachment = fmt.Attachment.parse(about)
        opener = fmt.Opener(attachment)
    except FormatError as error:
        raise ServerLied(error.code, "The description of the file cannot be true.") from error
    total = fmt.stored_size(attachment.size, attachment.chunk)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            index = failures = 0
            while index < opener.chunks:
                try:
                    with source(opener.byte_range(index)[0]) as (_, data):
                        for stored in _chunks(data, opener, index):
                            file.write(opener.feed(stored))
                            index += 1
                            failures = 0
                            progress(min(total, opener.byte_range(index - 1)[1]), total)
                    if index < opener.chunks:
                        raise FormatError("truncated")
                except Unreachable:
                    failures += 1
                    if failures >= TRIES:
                        raise
                    time.sleep(PAUSE * 2**failures)
            opener.finish()
        temporary.replace(target)
    except FormatError as error:
        raise ServerLied(error.code, "The file is not the one that was signed for.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _chunks(data: Iterator[bytes], opener: fmt.Opener, first: int) -> Iterator[bytes]:
    """Stored chunks out of a stream of arbitrary pieces; a rest that fits no chunk is trailing data."""
    held = bytearray()
    index = first
    for piece in data:
        held += piece
        while index < opener.chunks:
            start, end = opener.byte_range(index)
            if len(held) < end - start:
                break
            yield bytes(held[: end - start])
            del held[: end - start]
            index += 1
        if index == opener.chunks and held:
            raise FormatError("trailing-data")
    if held and index == opener.chunks:
        raise FormatError("trailing-data")


def fetch(vault: Vault, described: Mapping[str, Any], target: Path, *, progress: Progress = _silent) -> Path:
    """One of the wallet's own attachments."""
    path = f"/v1/attachments/{described['id']}/{described['version']}"
    return download(described, lambda start: vault.server.stream("GET", path, start=start), target, progress=progress)


def free_name(folder: Path, name: str) -> Path:
    """A path in `folder` for a name that somebody else chose: no folders, no hidden file, nothing overwritten."""
    base = Path(name.replace("\\", "/")).name.lstrip(".") or "file"
    target = folder / base
    for number in range(2, 10_000):
        if not target.exists():
            return target
        target = folder / f"{Path(base).stem}-{number}{Path(base).suffix}"
    raise MappeError("too-many-files", f"{folder} is full of files of that name.", "Choose another folder.")


def drop(server: Server, described: Mapping[str, Any]) -> None:
    """The wallet's own reference goes; the bytes go with the last grant that uses them."""
    server.post(f"/v1/attachments/{described['id']}/{described['version']}/delete")
