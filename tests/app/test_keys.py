"""The server's keys: private to the owner, one for each use, rotated without losing what they signed."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.keys import open_keys, rotate_key
from kit.signing import KEY_USES, KeyRing


def test_the_first_start_makes_a_key_for_each_use(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys.json"
    ring = open_keys(path, 100)
    assert len({ring.current(use).kid for use in KEY_USES}) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = open_keys(path, 200)
    assert [again.current(use).kid for use in KEY_USES] == [ring.current(use).kid for use in KEY_USES]
    assert "private" not in repr(ring.current("log"))


def test_rotation_erases_the_private_half_and_keeps_the_public_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    old = open_keys(path, 100).current("promise")
    signature = old.sign(b"said")
    secret = old.private.private_bytes_raw()
    ring = rotate_key(path, "promise", 200)
    assert ring.current("promise").kid != old.kid
    assert [(key.kid, key.retired) for key in ring.published("promise")][1] == (old.kid, 200)
    kept = open_keys(path, 300).find("promise", old.kid)
    assert kept is not None
    Ed25519PublicKey.from_public_bytes(kept.public).verify(signature, b"said")
    assert open_keys(path, 300).find("log", old.kid) is None  # a key of one use is unknown to another
    from kit.ids import b64u

    assert b64u(secret) not in path.read_text()


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    open_keys(path, 100)
    path.chmod(0o640)
    with pytest.raises(PermissionError, match="chmod 600"):
        open_keys(path, 100)


def test_workers_that_start_together_share_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    rings: list[KeyRing] = []
    threads = [threading.Thread(target=lambda: rings.append(open_keys(path, 1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rings) == 8
    assert len({ring.current("log").kid for ring in rings}) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]
