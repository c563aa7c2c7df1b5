"""Fetching a file of an opened grant: resumable, and whole and verified or not there at all.

What arrives is kept sealed beside the target until all of it is there; only then it is opened, checked chunk by chunk
and as a whole, and takes its name. So an interrupted download leaves nothing readable and goes on where it broke off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import MappeError, ServerProblem, Unreachable
from ..formats.attachment import TAG, Attachment, Opener, stored_size
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.slot import Slot
from .errors import NotAuthentic, checked
from .opening import Opened, Opening

TRIES = 5  # breaks of one transfer before the caller is asked to try again later
Advance = Callable[[int], None]
_SAFE_NAME = 200  # bytes of a file name that every file system takes


def safe_name(attachment: Attachment) -> str:
    """A file name made from the sender's: no folder, no control character, not hidden."""
    kept = "".join(
        c for c in attachment.name.replace("\\", "/").rpartition("/")[2] if c.isprintable() and c not in ':*?"<>|'
    )
    name = kept.strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    return stem.encode()[: _SAFE_NAME - len(ending)].decode(errors="ignore") + dot + ending


def fetch_file(
    opening: Opening, opened: Opened, slot_id: bytes, target: Path, *, advance: Advance = lambda count: None
) -> Opened:
    """Writes the file of an attachment slot to `target`, which must not exist; MappeError `exists`, `no-file`.

    Returns the lease that is now in force: a grant without a limit of opens is opened again if the lease ends on the
    way; another one is not, since that would cost an open.
    """
    slot = opened.grant.slots.get(slot_id)
    if slot is None or slot.attachment is None or slot.ref is None:
        raise MappeError("no-file", "There is no file in this field.", "Choose a field that is an attachment.")
    if target.exists():
        raise MappeError("exists", f"{target} exists already.", "Choose another name or move it away.")
    part = target.with_name(f".{target.name}.{b64u(slot.attachment.hash)[:16]}.part")
    total = stored_size(slot.attachment.size, slot.attachment.chunk)
    breaks = 0
    while (there := part.stat().st_size if part.exists() else 0) < total:
        try:
            _receive(opening, opened, slot_id, slot, part, there, total, advance)
            if part.stat().st_size == there:
                raise Unreachable(opening.server.origin, "the transfer ended early")
        except Unreachable:
            breaks += 1
            if breaks == TRIES:
                raise
        except ServerProblem as error:
            if error.code != "lease-ended" or opened.grant.policy.opens:
                raise
            opened = opening.open([slot_id])
    _finish(slot.attachment, part, target)
    return opened


def _receive(
    opening: Opening, opened: Opened, slot_id: bytes, slot: Slot, part: Path, there: int, total: int, advance: Advance
) -> None:
    assert slot.ref is not None
    body = {**opening.proves, "lease": b64u(opened.lease), "slot": b64u(slot_id)}
    path = f"{opening.path}/files/{b64u(slot.ref)}"
    with opening.server.stream("POST", path, body=body, start=there) as (headers, pieces):
        _keep_receipt(opening, headers, slot_id)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            for piece in pieces:
                there += len(piece)
                if there > total:
                    part.unlink()
                    raise NotAuthentic("trailing-data", "The server sent more than the file has.")
                file.write(piece)
                advance(len(piece))


def _keep_receipt(opening: Opening, headers: Mapping[str, str], slot_id: bytes) -> None:
    """The first bytes of a file in a lease come with a receipt; a continued transfer has it already."""
    if "mappe-event" not in headers:
        return
    with checked({"malformed": "The server's promise cannot be read."}):
        try:
            answer = {name: unb64u(headers[f"mappe-{name}"]).decode() for name in ("event", "promise")}
        except (KeyError, UnicodeDecodeError):
            raise FormatError("malformed") from None
    opening.keep(answer, kinds=("file-delivered",), slots=(slot_id,))


def _finish(attachment: Attachment, part: Path, target: Path) -> None:
    """Opens the sealed bytes; on any failure they are removed, so that the next attempt starts afresh."""
    opener = Opener(attachment)
    plain = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with checked(), part.open("rb") as sealed, os.fdopen(descriptor, "wb") as file:
            for _ in range(attachment.chunks):
                file.write(opener.feed(sealed.read(attachment.chunk + TAG)))
            opener.finish()
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        plain.unlink(missing_ok=True)
        if isinstance(error, NotAuthentic):
            part.unlink()
        raise
    plain.replace(target)
    part.unlink()
