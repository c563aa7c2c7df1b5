"""Whether a new version of the registry may follow the one in force: a pure decision, and the act of storing it.

A server takes no shortcut that it would let its clients see: numbers without gap, each naming the hash of the one
before. Several files may be loaded at once, in order; all but the last may have expired meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mappe.formats.errors import FormatError

from audit import public_leaves
from kit.database import Database
from sharing.agencies import repository
from sharing.agencies.documents import Roots, Snapshot, read_snapshot


def check_successor(held: Snapshot | None, new: Snapshot) -> bool:
    """True if `new` is to be stored, False if it is the one held; FormatError `rolled-back`, `two-faced`, `gap`."""
    if held is None:
        return True
    if new.version < held.version:
        raise FormatError("rolled-back", f"version {new.version} is older than the stored version {held.version}")
    if new.version == held.version:
        if new.hash != held.hash:
            raise FormatError("two-faced", f"there is another version {new.version} already")
        return False
    if new.version != held.version + 1:
        raise FormatError("gap", f"load version {held.version + 1} first, or all missing files in order")
    if new.registry.previous != held.hash:
        raise FormatError("two-faced", f"it does not follow the stored version {held.version}")
    return True


def newest(db: Database, roots: Roots) -> Snapshot | None:
    """The newest stored version, verified again."""
    found = db.read_now(lambda tx: repository.newest_version(tx, roots.bundle))
    if found is None:
        return None
    return read_snapshot(db.read_now(lambda tx: repository.document(tx, roots.bundle, found[0])), roots)


def load(db: Database, roots: Roots, documents: Sequence[bytes], now: int) -> Snapshot:
    """Verifies, stores and logs these versions in order, and returns the last; FormatError says what was wrong.

    All are checked before the first is stored. Each leaf goes to the log first: a version that clients may see without
    its leaf would look like one shown to a single victim. Loading the same file again repairs an interrupted load.
    """
    held = newest(db, roots)
    accepted: list[Snapshot] = []
    for document in documents:
        new = read_snapshot(document, roots)
        check_successor(held, new)
        accepted.append(new)
        held = new
    if held is None:
        raise FormatError("malformed", "no file was given")
    if now >= held.expires:
        raise FormatError("expired", "the last version has expired; have a new one signed")
    if held.registry.issued > now + 86_400:
        raise FormatError("malformed", "it was issued in the future; compare the clocks")
    for new in accepted:
        db.write_now(partial(public_leaves.submit, leaf=new.leaf, now=now))
        _store(db, new, now)
    return held


def _store(db: Database, new: Snapshot, now: int) -> None:
    stored = db.write_now(
        lambda tx: repository.add_version(tx, new.registry.bundle, new.version, new.hash, new.document, now)
    )
    if not stored and db.read_now(lambda tx: repository.version_hash(tx, new.registry.bundle, new.version)) != new.hash:
        raise FormatError("two-faced", f"another process has stored another version {new.version}")
