"""A device that has not seen the wallet before: what its holder is asked before anything is entered (wallet.md)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ..errors import MappeError
from ..formats import chain
from . import account
from .wallet import Wallet


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the new device has come into; `changed` is the time that the writer of the newest change signed."""

    handle: str
    papers: int
    changed: int


def look(wallet: Wallet) -> Arrival | None:
    """None: somebody has said that it is theirs, or the device knew it before."""
    if not wallet.profile.unsure:
        return None
    change = chain.verify_change(wallet.profile.head_change, wallet.vault.genesis.public)
    papers = [item for item in wallet.vault.items("document") if "trashed" not in item.payload]
    return Arrival(wallet.profile.handle, len(papers), change.time)


def accept(wallet: Wallet) -> None:
    """Yes: from now on something may be entered."""
    wallet.profile.unsure = False
    wallet.profile.save()


def leave(wallet: Wallet) -> None:
    """No: this device ends on the server, where an answer comes. The caller removes the folder."""
    here = account.device_of(wallet.profile.device_key)
    with suppress(MappeError):
        wallet.server.post(f"/v1/devices/{here}/remove")
