"""Deposits: a code through which others put papers in, and the inbox where they wait."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MappeError
from ...formats.errors import FormatError
from ...formats.labels import SUITE
from ...formats.locator import DepositLocator, parse_link
from ...formats.registry import Registry
from ...holder import cleaning, deposits, marks
from ...holder.wallet import Wallet
from .. import qr
from ..links import read_link
from ..output import JsonOption, Out, day
from .common import (
    DEFAULT_FOLDER,
    ROOTS,
    FolderOption,
    PassphraseOption,
    QrOption,
    connect,
    open_wallet,
    registry_of,
)


def deposit_code(
    label: Annotated[str, typer.Argument(help="What it is for; only you see this.")],
    minutes: Annotated[int, typer.Option(min=1, max=43_200, help="Ends after so many minutes.")] = 60,
    suite: Annotated[
        int,
        typer.Option(min=1, max=2, help="2: also secret for a future quantum computer; older programs cannot use it."),
    ] = SUITE,
    qr_file: QrOption = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Let somebody put papers into your wallet, and read nothing."""
    out = Out(json_)
    qr.check_target(qr_file)
    link = deposits.new_code(open_wallet(wallet, passphrase_file).vault, label=label, life=minutes * 60, suite=suite)
    out.result({"link": link}, link)
    qr.show(out, link, qr_file)


def inbox(
    accept: Annotated[
        list[int] | None, typer.Option("--accept", help="Number of a file to keep; again for each.")
    ] = None,
    discard: Annotated[
        list[int] | None, typer.Option("--discard", help="Number of a file to throw away; again for each.")
    ] = None,
    type_: Annotated[str, typer.Option("--type", help="Kind of paper for what is accepted.")] = "other_paper",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Look at what others have put in; keep it or throw it away."""
    out = Out(json_)
    keep, drop = set(accept or []), set(discard or [])
    if both := keep & drop:
        raise MappeError("bad-number", f"{min(both)} cannot be both kept and thrown away.", "Give it once.")
    opened = open_wallet(wallet, passphrase_file)
    pinned = (opened.profile.folder / ROOTS).exists()
    registry = registry_of(opened) if pinned else None
    received = deposits.inbox(opened.vault, registry)
    if unknown := {number for number in keep | drop if not 1 <= number <= len(received)}:
        raise MappeError("bad-number", f"No file has the number {min(unknown)}.", "Look with 'mappe inbox'.")
    rows = []
    for number, one in enumerate(received, 1):
        state = "waiting"
        if number in keep:
            state = _keep(opened, one, registry, type_)
        elif number in drop:
            deposits.discard(opened.vault, one)
            state = "thrown away"
        rows.append(
            {
                "nr": number,
                "kind": one.kind,
                "name": one.name,
                "from": one.sender,
                "size": one.size,
                "until": one.until,
                "state": state,
            }
        )
    out.table(
        rows,
        ["nr", "kind", "name", "from", "until", "state"],
        [
            (row["nr"], row["kind"], row["name"], row["from"], day(one.until), row["state"])
            for row, one in zip(rows, received, strict=True)
        ],
        "Nothing waits.",
    )


def _keep(wallet: Wallet, one: deposits.Received, registry: Registry | None, type_id: str) -> str:
    """A file becomes a paper; what an office says about papers goes to them."""
    if one.kind not in marks.KINDS:
        deposits.keep(wallet, one, type_id=type_id)
        return "kept"
    if registry is None:
        raise MappeError("no-roots", "Without the registry nobody knows whose word this is.", "Pin it: 'mappe roots'.")
    marks.take(wallet, one, registry)
    return "taken over"


def deposit(
    link: Annotated[
        str,
        typer.Argument(
            help="The deposit link that you were shown, a picture of its QR code, or - to read the link from "
            "standard input."
        ),
    ],
    file: Annotated[list[Path], typer.Argument(help="Files to put in.")],
    note: Annotated[str | None, typer.Option(help="A line for the holder.")] = None,
    json_: JsonOption = False,
) -> None:
    """Put files into somebody's wallet through their deposit code. You cannot read anything there."""
    out = Out(json_)
    try:
        origin, path, locator = parse_link(read_link(link))
    except FormatError:
        path = ""
    if path != "d":
        raise MappeError("bad-link", "This is not a deposit code.", "Ask the holder for one: 'mappe deposit-code'.")
    server, receipts = connect(origin), []
    for one in file:
        with cleaning.cleaned(one) as clean:
            receipts.append(deposits.put_in(server, DepositLocator.of(locator), clean, note=note))
    out.result(receipts, f"Put in: {len(receipts)} files.")
