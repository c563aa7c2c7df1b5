"""The wallet itself: make it, bring it to a device, delete it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...errors import MappeError
from ...formats.digits import encode_code
from ...formats.errors import FormatError
from ...holder import account
from ...holder.wallet import Wallet
from .. import sheet
from ..links import read_sheet
from ..output import JsonOption, Out
from ..secrets import read_secret
from .arriving import clear, confirm_yours
from .common import (
    DEFAULT_FOLDER,
    FolderOption,
    HandleOption,
    PassphraseOption,
    ServerOption,
    YesOption,
    connect,
    folder_of,
    handle_of,
    open_wallet,
    read_passphrase,
)


def create(
    server: ServerOption,
    wallet: FolderOption = DEFAULT_FOLDER,
    sheet_file: Annotated[
        Path | None, typer.Option("--sheet", help="Write the recovery sheet to this HTML file, to print.")
    ] = None,
    small_memory: Annotated[bool, typer.Option(help="For devices with little memory: 32 MiB instead of 64.")] = False,
    invitation: Annotated[str | None, typer.Option(help="Invitation code of an advice office: more room.")] = None,
    json_: JsonOption = False,
) -> None:
    """Make a wallet. Its secrets are shown once: print the sheet, keep passphrase and sheet PIN apart from it."""
    out = Out(json_)
    sheet.check_target(sheet_file)
    at = connect(server)
    _, secrets = Wallet.create(at, folder_of(wallet), small_memory=small_memory, invitation=invitation)
    shown = sheet.content(at.origin, secrets)
    out.result(shown, *sheet.lines(shown))  # first: whatever happens to the file, they are not lost
    out.note(sheet.APART)
    if sheet_file is not None:
        sheet.write_html(sheet_file, shown)
        out.note(f"The sheet is in {sheet_file}: print it, then delete it.")


def unlock(
    server: ServerOption,
    handle: HandleOption = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    recovery: Annotated[bool, typer.Option("--recovery", help="Use the recovery code and the sheet PIN.")] = False,
    sheet_picture: Annotated[
        Path | None,
        typer.Option(
            "--sheet", help="Picture of the sheet's QR code: account name, recovery code and number are in it."
        ),
    ] = None,
    number: Annotated[
        int, typer.Option(help="Change number on the sheet or of another device: nothing older is taken.")
    ] = 0,
    yes: YesOption = False,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Bring your wallet to this device, with the passphrase or from the recovery sheet."""
    out = Out(json_)
    given: dict[str, Any]
    if sheet_picture is not None:
        handle, code, number = _from_sheet(sheet_picture, handle, number)
    at, name = connect(server), handle_of(handle)
    if recovery or sheet_picture is not None:
        if sheet_picture is None:
            code = read_secret("Recovery code (8 blocks of 6 digits)", env="MAPPE_RECOVERY_CODE")
        pin = read_secret("Sheet PIN (6 digits, empty if you do not have it)", env="MAPPE_SHEET_PIN", optional=True)
        given = {"recovery_code": code, "sheet_pin": pin or None}
    else:
        given = {"passphrase": read_passphrase(passphrase_file)}
    opened = Wallet.adopt(at, folder_of(wallet), handle=name, floor=number, **given)
    confirm_yours(out, opened, yes=yes)
    count = sum(1 for _ in opened.vault.items("document"))
    out.result(
        {"number": opened.vault.state.number, "papers": count},
        f"The wallet is here: {count} papers, change number {opened.vault.state.number}.",
    )


def _from_sheet(picture: Path, handle: str | None, number: int) -> tuple[str, str, int]:
    """Account name, recovery code, and the number below which no state is taken; MappeError `other-sheet`,
    `sheet-misread`."""
    try:
        read = read_sheet(picture)
    except FormatError:
        raise MappeError(
            "sheet-misread", "The code of the sheet cannot be read.", "Take a sharper picture, or use --recovery."
        ) from None
    if handle is not None and account.handle_of(handle) != read.handle:
        raise MappeError("other-sheet", "This sheet is of another account.", "Leave out --handle, or find yours.")
    return read.handle, encode_code(read.code), max(number, read.number)


def delete(
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Delete the wallet, here and on the server. Nobody can bring it back."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file)
    out.ask("Delete the wallet with everything in it, for good?", yes=yes)
    opened.delete()
    opened.vault.pins.close()
    left = clear(opened.profile.folder)
    if left:
        out.note(f"Left in {opened.profile.folder}, not the wallet's: {', '.join(left)}")
    out.result({"deleted": True}, "Deleted.")
