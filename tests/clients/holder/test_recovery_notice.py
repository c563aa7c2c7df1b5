"""Somebody recovers with the code alone: every device says so when it next looks, and can stop it (wallet.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mappe.errors import MappeError
from mappe.holder.wallet import Wallet
from mappe.net.server import Server as Connection

from tests.conftest import ServerFactory


def test_a_waiting_recovery_is_announced_and_stoppable(server: ServerFactory, tmp_path: Path) -> None:
    one = server()
    wallet, secrets = Wallet.create(Connection(one.origin), tmp_path / "phone", small_memory=True)
    wallet.vault.sync()
    assert wallet.vault.recovery_until is None
    with pytest.raises(MappeError) as waits:
        Wallet.adopt(
            Connection(one.origin), tmp_path / "thief", handle=secrets.handle, recovery_code=secrets.recovery_code
        )
    assert waits.value.code == "recovery-waits"
    wallet.vault.sync()
    assert wallet.vault.recovery_until is not None
    env = {**os.environ, "MAPPE_WALLET": str(tmp_path / "phone"), "MAPPE_PASSPHRASE": secrets.passphrase}
    command = [sys.executable, "-m", "mappe.cli.holder"]
    shown = subprocess.run([*command, "list"], env=env, capture_output=True, text=True, check=True)
    assert "stop-recovery" in shown.stderr
    subprocess.run([*command, "stop-recovery"], env=env, capture_output=True, check=True)
    wallet.vault.sync()
    assert wallet.vault.recovery_until is None
