"""A new device comes in by the code on its screen: the new one waits (`join`), an old one approves (`devices add`)."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ...errors import MappeError, ServerProblem
from ...formats.digits import grouped, normalise_digits
from ...formats.errors import FormatError
from ...formats.join import DIGITS, JOIN_SECONDS
from ...holder import join as joining
from ...holder.wallet import Wallet
from .. import qr
from ..links import read_join
from ..output import JsonOption, Out
from .arriving import confirm_yours
from .common import (
    DEFAULT_FOLDER,
    FolderOption,
    PassphraseOption,
    QrOption,
    ServerOption,
    YesOption,
    connect,
    folder_of,
    open_wallet,
)

POLL_SECONDS = 2  # what join-waiting advises; 300 requests in the ten minutes of a join

CodeArgument = Annotated[
    str, typer.Argument(help="What the new device shows: a picture of its QR code, the link, or - for standard input.")
]
DigitsOption = Annotated[
    str | None, typer.Option("--digits", help="The six digits on the new device's screen; else a prompt.")
]


def join(
    server: ServerOption,
    wallet: FolderOption = DEFAULT_FOLDER,
    qr_file: QrOption = None,
    yes: YesOption = False,
    json_: JsonOption = False,
) -> None:
    """Bring your wallet to this device by another one of yours: shows a code and waits until it is approved there."""
    out = Out(json_)
    qr.check_target(qr_file)
    if json_ and qr_file is None:
        raise MappeError("no-code-shown", "With --json there is nothing to scan.", "Name a file with --qr.")
    new = joining.begin(connect(server), folder_of(wallet), lent=False)
    qr.show(out, new.url, qr_file)
    out.note(new.url)
    out.note("On a device that has your wallet: 'mappe devices add', or in the app More, My devices, Add a device.")
    out.note(f"Both must show {grouped(new.digits, 3)}. This code waits ten minutes.")
    opened = _wait(new)
    confirm_yours(out, opened, yes=yes)
    count = sum(1 for _ in opened.vault.items("document"))
    out.result(
        {"number": opened.vault.state.number, "papers": count},
        f"The wallet is here: {count} papers, change number {opened.vault.state.number}.",
        "It opens with your passphrase, or set a PIN on this device: 'mappe pin set'.",
    )


def add(
    code: CodeArgument,
    digits: DigitsOption = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Let a new device of yours in, for good, after comparing the six digits that it shows."""
    _approve(Out(json_), code, digits, open_wallet(wallet, passphrase_file), "device")


def lend(
    code: CodeArgument,
    digits: DigitsOption = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Open your wallet in the app on an office computer, for half an hour; it cannot let others in or change locks."""
    _approve(Out(json_), code, digits, open_wallet(wallet, passphrase_file), "assisted")


def _wait(new: joining.Joining) -> Wallet:
    end = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < end:
        opened = new.collect()
        if opened is not None:
            return opened
        time.sleep(POLL_SECONDS)
    raise MappeError("join-over", "Nobody has let this device in within ten minutes.", "Run 'mappe join' again.")


def _approve(out: Out, code: str, digits: str | None, wallet: Wallet, mode: str) -> None:
    """Typing what the other screen shows compares more surely than saying yes to it."""
    asked = joining.read(read_join(code))
    if "#" in code:
        out.note("Take this code from the screen of your new device only, never from a message.")
    _compare(asked, digits or out.prompt("The six digits that the new device shows", "digits-needed", "--digits"))
    try:
        asked.approve(wallet, mode)
    except ServerProblem as problem:
        if problem.code == "join-taken":
            out.note(
                "Look at the new device: are your papers there? If not, type nothing on it, it may be in the wallet of "
                "somebody else."
            )
        raise
    told = "It is in for half an hour." if mode == "assisted" else "It is let in; 'mappe devices' lists it."
    out.result({"approved": True, "mode": mode}, told)


def _compare(asked: joining.Asked, typed: str) -> None:
    try:
        same = normalise_digits(typed, DIGITS) == asked.digits
    except FormatError:
        same = False
    if not same:
        raise MappeError(
            "digits-differ",
            "These are not the digits of this code; nobody was let in.",
            "Scan the code on your own new device, and compare again.",
        )
