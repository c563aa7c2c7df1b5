"""The locks: devices, the recovery sheet, and stopping what somebody else has begun."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MappeError
from ...holder.wallet import stop_everything
from ...net.server import Server
from .. import sheet
from ..output import TAKES_ID, JsonOption, Out, day
from ..secrets import read_secret
from . import joining
from .common import (
    DEFAULT_FOLDER,
    FolderOption,
    HandleOption,
    PassphraseOption,
    ServerOption,
    YesOption,
    handle_of,
    open_wallet,
    open_with,
)

devices = typer.Typer(
    invoke_without_command=True, help="Your devices: list them, lock one out, let a new one in, lend a computer."
)
devices.command("add", context_settings=TAKES_ID)(joining.add)
devices.command("lend", context_settings=TAKES_ID)(joining.lend)


@devices.callback()
def devices_(
    ctx: typer.Context,
    remove_: Annotated[str | None, typer.Option("--remove", help="Lock this device out and change the locks.")] = None,
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """List devices; or lock one out, which makes a new recovery code."""
    if ctx.invoked_subcommand is not None:
        _nothing_before(ctx)
        return
    out = Out(json_)
    if remove_ is None:
        rows = open_wallet(wallet, passphrase_file).devices()
        out.table(
            rows,
            ["device", "added", "until", "this"],
            [
                (
                    r["device"],
                    day(int(r["created"])),
                    day(int(r["until"])) if r["until"] else "",
                    "this one" if r["this"] else "",
                )
                for r in rows
            ],
        )
        return
    opened, passphrase = open_with(wallet, passphrase_file)
    rows = opened.devices()
    named = [row for row in rows if row["device"] == remove_]
    if not named:
        raise MappeError(
            "no-such-device",
            f"No device is called {remove_!r}.",
            "List them with 'mappe devices'. To change the locks only: 'mappe sheet FILE'.",
        )
    if named[0]["this"]:
        raise MappeError(
            "this-device", "This is the device you are at.", "Lock it out from another one, or with 'mappe stop'."
        )
    out.ask("Lock this device out? Your old recovery code stops working and you get a new one.", yes=yes)
    fresh = opened.lock_out(remove_, passphrase=passphrase)
    out.result(fresh, *sheet.recovery_lines(fresh))


def _nothing_before(ctx: typer.Context) -> None:
    """An option before 'add' would be read by nobody: with the wrong wallet something would be let in."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if given:
        raise MappeError(
            "misplaced-option",
            f"Options stand behind '{ctx.invoked_subcommand}', not before it.",
            f"Write: mappe devices {ctx.invoked_subcommand} CODE, then the options.",
        )


def sheet_(
    target: Annotated[Path, typer.Argument(help="HTML file to write; print it, then delete it.")],
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Make a new recovery sheet with a new sheet PIN, shown once. The old one stops working, copies of it too."""
    out = Out(json_)
    sheet.check_target(target)
    opened, passphrase = open_with(wallet, passphrase_file)
    out.ask("Make a new sheet? The old recovery code stops working.", yes=yes)
    fresh = opened.change_locks(passphrase=passphrase)
    shown = sheet.renewed(opened.profile.origin, opened.profile.handle, fresh, opened.vault.state.number)
    try:
        sheet.write_html(target, shown)
    except OSError:  # the old sheet is dead already: without this line the new code would be lost
        out.result(fresh, *sheet.recovery_lines(fresh))
        raise
    out.result(
        {"sheet": str(target), "sheet_pin": fresh["sheet_pin"], "number": shown["number"]},
        f"The new sheet is in {target}: print it, then delete it.",
        f"New sheet PIN: {fresh['sheet_pin']}. It is not on the sheet: keep it apart.",
    )


def stop(server: ServerOption, handle: HandleOption = None, json_: JsonOption = False) -> None:
    """Emergency: end all shares, deposit codes and sessions with the stop code. Opens nothing."""
    name = handle_of(handle)
    stop_everything(Server(server), handle=name, stop_code=read_secret("Stop code (6 blocks)", env="MAPPE_STOP_CODE"))
    Out(json_).result({"stopped": True}, "Everything has ended. Unlock again on a device you trust.")


def stop_recovery(
    wallet: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json_: JsonOption = False
) -> None:
    """Stop a recovery that you did not start."""
    open_wallet(wallet, passphrase_file).server.post("/v1/recovery/stop")
    Out(json_).result({"stopped": True}, "The recovery was stopped. Make a new sheet: 'mappe sheet'.")
