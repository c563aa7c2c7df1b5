"""The registry of offices, and the keys that sign it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MappeError
from ...formats.registry import parse_roots, roots_fingerprint
from ...storage import write_private
from ..output import JsonOption, Out
from .common import (
    DEFAULT_FOLDER,
    ROOTS,
    FolderOption,
    NewKeysOption,
    PassphraseOption,
    folder_of,
    open_wallet,
    registry_of,
)


def offices(
    accept_new_keys: NewKeysOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """List the offices of the registry: who they are, what they can do to you, what they may ask."""
    registry = registry_of(open_wallet(wallet, passphrase_file), accept_new_keys=accept_new_keys)
    rows = [
        {"id": one.id, "name": one.name, "address": one.address, "power": one.power, "status": one.status}
        for one in registry.agencies.values()
    ]
    columns = ["id", "name", "address", "power", "status"]
    Out(json_).table(rows, columns, [[row[name] for name in columns] for row in rows], "No office yet.")


def roots(
    file: Annotated[Path, typer.Argument(help="The district's roots file, from the advice office.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    json_: JsonOption = False,
) -> None:
    """Pin the keys that sign the registry of offices. Get the file from somebody you trust, not from the server."""
    data = file.read_bytes()
    pinned = parse_roots(data)
    target = folder_of(wallet) / ROOTS
    if target.exists() and target.read_bytes() != data:
        raise MappeError(
            "roots-pinned",
            "Other root keys are pinned already.",
            f"If the district changed them, remove {target} first.",
        )
    write_private(target, data)
    mark = roots_fingerprint(pinned)
    Out(json_).result(
        {"bundle": pinned.bundle, "fingerprint": mark}, f"Pinned the roots of {pinned.bundle}; fingerprint {mark}."
    )
