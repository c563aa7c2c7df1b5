"""Six digits that open the wallet on this device while the server helps; five wrong ones and they are gone."""

from __future__ import annotations

import typer

from ...formats.digits import new_digits
from ...formats.pin import PIN_DIGITS
from ...holder import pin as fmt
from ..output import JsonOption, Out
from ..secrets import read_secret
from .common import DEFAULT_FOLDER, FolderOption, PassphraseOption, open_wallet, open_with

pin = typer.Typer(no_args_is_help=True, help="A PIN that opens the wallet on this device, with the server's help.")


@pin.command("set")
def set_(
    wallet: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json_: JsonOption = False
) -> None:
    """Set a PIN on this device, from MAPPE_NEW_PIN or a prompt; one is made if you give none. Needs the passphrase."""
    opened, _ = open_with(wallet, passphrase_file)
    typed = read_secret(
        f"New PIN ({PIN_DIGITS} digits, empty: one is made)", env="MAPPE_NEW_PIN", new=True, optional=True
    )
    made = typed or new_digits(PIN_DIGITS)
    fmt.set_pin(opened, made)
    told = {} if typed else {"pin": made}
    Out(json_).result(
        {"set": True, **told},
        "This device opens with the PIN from now on, and with the passphrase as before.",
        *(f"PIN: {made}" for _ in told),
    )


@pin.command("forget")
def forget(
    wallet: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json_: JsonOption = False
) -> None:
    """Take the PIN off this device, and the server's share with it."""
    fmt.forget(open_wallet(wallet, passphrase_file))
    Out(json_).result({"set": False}, "This device has no PIN any more.")
