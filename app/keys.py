"""The file with the server's signing keys: mode 0600, written whole, old public keys kept for ever.

It is not part of a backup of the database; whoever restores brings the file along or rotates.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TypedDict

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.failpoints import reached
from kit.ids import b64u, unb64u
from kit.signing import KEY_USES, KeyRing, KeyUse, PublicKey, SigningKey, new_signing_key


class _Row(TypedDict):
    kid: str
    use: KeyUse
    public: str
    created: int
    retired: int | None
    private: str | None


def open_keys(path: Path, now: int) -> KeyRing:
    """The keys of this server; makes one for each use at the first start."""
    rows = _load(path) if path.exists() else []
    missing = [use for use in KEY_USES if not any(r["use"] == use and r["private"] for r in rows)]
    if missing:
        rows = [_row(new_signing_key(use, now)) for use in missing] + rows
        try:
            _store(path, rows, replace=bool(len(rows) - len(missing)))
        except FileExistsError:  # another worker was first
            rows = _load(path)
    return _ring(rows)


def rotate_key(path: Path, use: KeyUse, now: int) -> KeyRing:
    """A new key signs from now on; the old private key is erased, its public half stays published."""
    rows = _load(path)
    for row in rows:
        if row["use"] == use and row["private"]:
            row["private"] = None
            row["retired"] = now
    rows = [_row(new_signing_key(use, now)), *rows]
    _store(path, rows, replace=True)
    return _ring(rows)


def _ring(rows: list[_Row]) -> KeyRing:
    current: dict[KeyUse, SigningKey] = {}
    published: list[PublicKey] = []
    for row in rows:
        info = PublicKey(row["kid"], row["use"], unb64u(row["public"], 32), row["created"], row["retired"])
        published.append(info)
        if row["private"]:
            private = Ed25519PrivateKey.from_private_bytes(unb64u(row["private"], 32))
            current[row["use"]] = SigningKey(info, private)
    return KeyRing(current, published)


def _row(key: SigningKey) -> _Row:
    return {
        "kid": key.kid,
        "use": key.info.use,
        "public": b64u(key.info.public),
        "created": key.info.created,
        "retired": None,
        "private": b64u(key.private.private_bytes_raw()),
    }


def _load(path: Path) -> list[_Row]:
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path.name} may be read by others; run chmod 600 on it")
    rows: list[_Row] = json.loads(path.read_text("ascii"))["keys"]
    return rows


def _store(path: Path, rows: list[_Row], *, replace: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            json.dump({"keys": rows}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        reached("keys-before-replace")
        if replace:
            fresh.replace(path)
            reached("keys-replaced")
        else:
            os.link(fresh, path)  # never over a file that another process has just made
    finally:
        fresh.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
