"""What is shared already: list it, end it, bring it up to date."""

from __future__ import annotations

from typing import Annotated

import typer

from ...errors import MappeError
from ...formats.encoding import unb64u
from ...holder import grants
from ...holder.wallet import id_of
from ..output import JsonOption, Out, day
from .common import DEFAULT_FOLDER, FolderOption, PassphraseOption, open_wallet


def shares(
    wallet: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json_: JsonOption = False
) -> None:
    """List what you share, with whom, and whether it still runs."""
    rows = grants.listing(open_wallet(wallet, passphrase_file, fresh=True).vault)
    Out(json_).table(
        rows,
        ["id", "for", "fields", "state", "ends", "opened"],
        [
            (
                row["id"],
                row["to"] or "whoever has the link",
                ", ".join(row["slots"].values()),
                row.get("reason") or row["state"],
                day(int(row["exp"])) if "exp" in row else "",
                row.get("opens_used", ""),
            )
            for row in rows
        ],
        "You share nothing.",
    )


def end(
    share: Annotated[list[str] | None, typer.Argument(help="Ids of shares.")] = None,
    agency: Annotated[str | None, typer.Option(help="All shares with this recipient.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All running shares.")] = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """End shares at once. No reason is asked."""
    opened = open_wallet(wallet, passphrase_file, fresh=agency is not None)  # the names are in the wallet
    ids = [id_of(one) for one in share or []]
    if agency is not None or everything:
        ids += [
            unb64u(row["id"], 16)
            for row in grants.listing(opened.vault)
            if row["state"] != "ended" and (everything or row["to"] == agency)
        ]
    ended = grants.end(opened.vault, ids)["ended"] if ids else []
    if not ended:
        raise MappeError("nothing-to-end", "No running share was named.", "List them with 'mappe shares'.")
    Out(json_).result({"ended": ended}, f"Ended: {len(ended)}. Nothing can be read through them any more.")


def republish(
    share: Annotated[str, typer.Argument(help="Id of a standing share.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Bring a standing share up to date with your papers. Its fields, end and limits stay."""
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    answer_ = grants.republish(opened.vault, id_of(share))
    Out(json_).result({"version": answer_["version"]}, f"Now at version {answer_['version']}.")
