"""What all commands of `mappe` share: the options, the folder, the passphrase, the opened wallet."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ...errors import MappeError
from ...formats.registry import Registry
from ...holder import pin
from ...holder.profile import Profile
from ...holder.wallet import Wallet
from ...net.server import Server
from ...recipient.registry import RegistryClient
from ..output import day
from ..secrets import read_secret

PASSPHRASE = "MAPPE_PASSPHRASE"  # noqa: S105 (the name of a variable)
PIN = "MAPPE_PIN"
ROOTS = "roots.json"  # in the wallet's folder: the pinned keys of the registry
DEFAULT_FOLDER = Path("~/.local/share/mappe")

FolderOption = Annotated[
    Path, typer.Option("--wallet", envvar="MAPPE_WALLET", help="Folder of the wallet on this device.")
]
ServerOption = Annotated[str, typer.Option("--server", envvar="MAPPE_SERVER", help="Address of the server, https://…")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help=f"File with the 24 digits; else {PASSPHRASE}, else a prompt."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
LanguageOption = Annotated[str, typer.Option("--language", help="Language of the consent text: de, de-x-plain, en.")]
QrOption = Annotated[Path | None, typer.Option("--qr", help="Write the QR code to this .png or .svg file.")]
HandleOption = Annotated[
    str | None, typer.Option("--handle", help="Account name: the ten characters on the sheet; else a prompt.")
]
NewKeysOption = Annotated[bool, typer.Option(help="The office has confirmed its new keys to me.")]


def folder_of(path: Path) -> Path:
    """The folder that the option means."""
    return path.expanduser()


def connect(origin: str) -> Server:
    """The server at this address, once it has answered under this name: a wallet signs the address it was given."""
    server = Server(origin)
    server.meta()
    return server


def handle_of(given: str | None) -> str:
    """The account name; asked for at a terminal, never on standard output. MappeError `handle-needed`."""
    if given:
        return given
    if not sys.stdin.isatty():
        raise MappeError("handle-needed", "The account name is missing.", "Give it by --handle; it is on the sheet.")
    typed: str = typer.prompt("Account name", err=True)
    return typed


def read_passphrase(file: Path | None) -> str:
    """The 24 digits."""
    return read_secret("Passphrase (24 digits)", env=PASSPHRASE, file=file, option="--passphrase-file")


def open_with(folder: Path, passphrase_file: Path | None) -> tuple[Wallet, str]:
    """The wallet of a folder, unlocked, and its passphrase for what needs it again."""
    folder = folder_of(folder)
    profile = Profile.load(folder)
    passphrase = read_passphrase(passphrase_file)
    if profile.unsure:
        raise MappeError(
            "not-confirmed",
            "Nobody has said yet whether this wallet is yours.",
            "Look at it with 'mappe unlock', and say so.",
        )
    return Wallet.unlock(Server(profile.origin), folder, passphrase=passphrase), passphrase


def _by_pin(folder: Path, passphrase_file: Path | None) -> Wallet | None:
    """None where the passphrase is to be used: it is there, no PIN is set, or none was typed."""
    if passphrase_file is not None or PASSPHRASE in os.environ or not (PIN in os.environ or pin.is_set(folder)):
        return None
    profile = Profile.load(folder)
    typed = read_secret("PIN (6 digits, empty for the passphrase)", env=PIN, optional=True)
    return pin.unlock(Server(profile.origin), folder, typed) if typed else None


def open_wallet(folder: Path, passphrase_file: Path | None, *, fresh: bool = False) -> Wallet:
    """The wallet of a folder, unlocked by passphrase or, where this device has one and no passphrase is given, by PIN;
    `fresh`: with what other devices have written."""
    wallet = _by_pin(folder_of(folder), passphrase_file) or open_with(folder, passphrase_file)[0]
    if fresh:
        freshen(wallet)
    return wallet


def freshen(wallet: Wallet) -> None:
    """Takes over what other devices have written, and says it aloud if somebody is waiting to get in."""
    wallet.vault.sync()
    if wallet.vault.recovery_until is not None:
        typer.echo(
            f"Somebody has used your recovery code and gets into the wallet at {day(wallet.vault.recovery_until)}. "
            "If it was not you: mappe stop-recovery",
            err=True,
        )


def registry_of(wallet: Wallet, *, accept_new_keys: bool = False) -> Registry:
    """The registry of offices, verified against the pinned roots."""
    folder = wallet.profile.folder
    client = RegistryClient(wallet.server, wallet.vault.keys, wallet.vault.pins, folder / ROOTS, folder)
    return client.fresh(accept_changed_keys=accept_new_keys)
