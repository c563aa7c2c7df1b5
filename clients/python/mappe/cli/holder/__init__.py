"""`mappe`: the holder's wallet on the command line.

unlock (`wallet`, `joining`, `pin`, `locks`) → store (`adding`, `papers`) → grant (`sharing`, `handing`, `requests`,
`shares`) → audit (`log`); beside them deposits (`inbox`), the registry (`offices`), leaving with everything (`moving`),
a server that was restored (`newer`).
"""

from __future__ import annotations

import typer

from ..output import Commands
from .adding import add, add_person, types
from .handing import share_desk
from .inbox import deposit, deposit_code, inbox
from .joining import join
from .locks import devices, sheet_, stop, stop_recovery
from .log import log
from .moving import export_, import_
from .newer import offer_newer
from .offices import offices, roots
from .papers import list_, remove, show
from .pin import pin
from .requests import answer, request
from .shares import end, republish, shares
from .sharing import share_agency, share_link
from .wallet import create, delete, unlock

app = typer.Typer(
    cls=Commands,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help=(
        "Your papers, held by you.\n\n"
        "create → add → share-link, or request and answer → log → end. Set MAPPE_WALLET to keep the wallet in another "
        "folder; the passphrase comes from --passphrase-file, MAPPE_PASSPHRASE or a prompt, the PIN of this device "
        "from MAPPE_PIN or a prompt, never from the arguments."
    ),
    rich_markup_mode=None,
)
app.command("create")(create)
app.command("unlock")(unlock)
app.command("add")(add)
app.command("add-person")(add_person)
app.command("types")(types)
app.command("list")(list_)
app.command("show")(show)
app.command("remove")(remove)
app.command("share-link")(share_link)
app.command("share-agency")(share_agency)
app.command("share-desk")(share_desk)
app.command("request")(request)
app.command("answer")(answer)
app.command("shares")(shares)
app.command("end")(end)
app.command("republish")(republish)
app.command("log")(log)
app.command("join")(join)
app.add_typer(devices, name="devices")
app.add_typer(pin, name="pin")
app.command("sheet")(sheet_)
app.command("stop")(stop)
app.command("stop-recovery")(stop_recovery)
app.command("deposit-code")(deposit_code)
app.command("inbox")(inbox)
app.command("deposit")(deposit)
app.command("offices")(offices)
app.command("roots")(roots)
app.command("export")(export_)
app.command("import")(import_)
app.command("offer-newer")(offer_newer)
app.command("delete")(delete)


def main() -> None:
    """Entry point."""
    app(prog_name="mappe")
