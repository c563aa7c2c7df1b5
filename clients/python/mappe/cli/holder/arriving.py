"""After a wallet has come to this device: is it yours? Somebody else may have let the device in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from ...errors import MappeError
from ...formats.handle import show_handle
from ...holder import arrival
from ...holder.wallet import Wallet
from ..output import Out, day, safe


def confirm_yours(out: Out, wallet: Wallet, clear: Callable[[Path], object], *, yes: bool) -> None:
    """Goes on only after a yes; after a no the device leaves the wallet, and `clear` removes its folder.

    MappeError `not-confirmed`, `not-yours`.
    """
    found = arrival.look(wallet)
    if found is None:
        return
    question = (
        f"Account {show_handle(found.handle)}: {found.papers} papers, last change {day(found.changed)}. Is that yours?"
    )
    if not yes:
        if out.as_json or not sys.stdin.isatty():
            raise MappeError("not-confirmed", question, "If it is yours: the same command with --yes.")
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
