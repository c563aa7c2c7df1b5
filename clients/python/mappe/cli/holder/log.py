"""The log: who read what, when, and what was refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...errors import MappeError
from ...formats import strict_json
from ...formats.encoding import b64u
from ...formats.errors import FormatError
from ...holder import journal, restored
from ..output import JsonOption, Out, day
from .common import DEFAULT_FOLDER, FolderOption, PassphraseOption, open_wallet

RECEIPT_BYTES = 64 * 1024  # an event and a promise are about 2 KiB


def log(
    receipt: Annotated[Path | None, typer.Option(help="A recipient's receipt (JSON): must lie in this log.")] = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Show who read what, when, and what was refused; verified on this device."""
    out = Out(json_)
    given = None if receipt is None else _receipt(receipt)
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    told = journal.read(opened.vault)
    names = {b64u(item.id): item.payload for item in opened.vault.items("grant")}
    rows = [_entry_row(one, names) for one in told.entries]
    found = None if given is None else journal.check_receipt(opened.vault, told, *given).seq
    if json_:
        restores = [restored.plain(one) for one in told.restores]
        out.result({"entries": rows, "waiting": told.waiting, "receipt": found, "restores": restores})
        return
    out.table(
        rows,
        ["nr", "time", "what", "who", "fields"],
        [(r["seq"], day(r["time"]), r["kind"], r["who"], ", ".join(r["fields"])) for r in rows],
    )
    out.note(f"Verified: {len(rows)} entries, {told.waiting} not yet in the public log. Not independently witnessed.")
    for one in told.restores:
        out.note(
            f"ATTENTION: on {day(one.time)} the server was restored from a backup of {day(one.backup)}. "
            f"{one.lost} entries that this device knew are gone from this log, {one.unproven} of them from the public "
            "log as well. Ask the operator why."
        )
    if found is not None:
        out.note(f"The receipt is entry {found}.")


def _receipt(path: Path) -> tuple[str, str]:
    """Event and promise of a receipt; MappeError `bad-receipt` for any other file."""
    try:
        body = strict_json.loads(path.read_bytes(), max_bytes=RECEIPT_BYTES)
        return str(body["event"]), str(body["promise"])
    except (FormatError, KeyError, TypeError):
        raise MappeError(
            "bad-receipt", f"{path} is not a receipt.", "Ask the recipient for the JSON file of the receipt."
        ) from None


def _entry_row(entry: journal.Entry, names: dict[str, Any]) -> dict[str, Any]:
    event = entry.event
    grant = None if event.grant is None else b64u(event.grant)
    share = names.get(grant or "", {})
    return {
        "seq": entry.seq,
        "time": event.time,
        "kind": event.kind,
        "who": share.get("recipient") or event.actor if event.actor in ("link", "agency") else event.actor,
        "grant": grant,
        "fields": [share.get("slots", {}).get(b64u(slot), b64u(slot)) for slot in event.slots or ()],
        "detail": dict(event.detail or {}),
        "in_tree": entry.index is not None,
    }
