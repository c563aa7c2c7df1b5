"""After a wallet has come to this device: is it yours? Somebody else may have let the device in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import typer

from ...errors import MappeError
from ...formats.handle import show_handle
from ...holder import arrival
from ...holder.pin import FILE as PIN_FILE
from ...holder.profile import FILE
from ...holder.restored import FILE as LOG_FILE
from ...holder.wallet import Wallet
from ..output import Out, day, safe
from .common import ROOTS

# All that a wallet's folder holds; whatever else somebody keeps there is theirs.
_OURS = (FILE, PIN_FILE, LOG_FILE, "pins.db*", ROOTS, "registry-*.json", "waiting-*.pem")
_OUR_FOLDERS = ("objects", "uploads", "changes")


def confirm_yours(out: Out, wallet: Wallet, *, yes: bool) -> None:
    """Goes on only after a yes; after a no the device leaves the wallet. MappeError `not-confirmed`, `not-yours`."""
    found = arrival.look(wallet)
    if found is None:
        return
    question = (
        f"Account {show_handle(found.handle)}: {found.papers} papers, last change {day(found.changed)}. Is that yours?"
    )
    if not yes:
        if out.as_json or not sys.stdin.isatty():
            raise MappeError("not-confirmed", question, "If it is yours: 'mappe unlock --yes'.")
        if not typer.confirm(safe(question), err=True):
            arrival.leave(wallet)
            wallet.vault.pins.close()
            clear(wallet.profile.folder)
            raise MappeError(
                "not-yours",
                "This device has left that wallet, and nothing was put into it. Somebody may have let it in, or the "
                "server shows an old state.",
                "Try again with your sheet and the change number on it: 'mappe unlock --recovery --number N'.",
            )
    arrival.accept(wallet)


def clear(folder: Path) -> list[str]:
    """Removes what a wallet keeps, and the folder if nothing else is in it; the names of what is."""
    for pattern in _OURS:
        for path in folder.glob(pattern):
            path.unlink()
    for name in _OUR_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    left = sorted(path.name for path in folder.iterdir())
    if not left:
        folder.rmdir()
    return left
