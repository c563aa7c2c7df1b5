"""The recovery sheet: one page to print, in German and English, with everything that opens the wallet without a device.

Digits always run left to right. The file holds the secrets in clear: it is for the printer and then for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ..errors import MappeError
from ..formats.digits import grouped
from ..formats.handle import show_handle
from ..holder.account import Secrets
from ..storage import write_private

_ROWS = (
    ("server", "Adresse · Address"),
    ("handle", "Kontoname · Account name"),
    ("passphrase", "Passphrase"),
    ("recovery_code", "Wiederherstellungs-Code · Recovery code"),
    ("sheet_pin", "Blatt-PIN · Sheet PIN"),
    ("stop_code", "Stopp-Code · Stop code"),
    ("number", "Stand · Change number"),
)


def content(server: str, secrets: Secrets) -> dict[str, Any]:
    """What stands on the first sheet."""
    return {
        "server": server,
        "handle": show_handle(secrets.handle),
        "passphrase": grouped(secrets.passphrase, 4),
        "recovery_code": grouped(secrets.recovery_code, 6),
        "sheet_pin": secrets.sheet_pin,
        "stop_code": grouped(secrets.stop_code, 6),
        "number": 1,
    }


def renewed(server: str, handle: str, fresh: Mapping[str, str], number: int) -> dict[str, Any]:
    """What stands on a later sheet: passphrase and stop code stay as they are on the first."""
    return {
        "server": server,
        "handle": show_handle(handle),
        "recovery_code": grouped(fresh["recovery_code"], 6),
        "sheet_pin": fresh["sheet_pin"],
        "number": number,
    }


def lines(shown: Mapping[str, Any]) -> list[str]:
    """The sheet as text."""
    return [f"{title}: {shown[name]}" for name, title in _ROWS if name in shown]


def recovery_lines(fresh: Mapping[str, str]) -> list[str]:
    """The new recovery code after a change of locks."""
    return [
        f"New recovery code: {grouped(fresh['recovery_code'], 6)}",
        f"New sheet PIN: {fresh['sheet_pin']}",
        "The old sheet no longer works. Write these down now.",
    ]


def check_target(target: Path | None) -> None:
    """MappeError `bad-sheet-file` for a file that `write_html` must not write; asked before any secret is made."""
    if target is not None and target.exists():
        raise MappeError("bad-sheet-file", f"{target} exists already.", "Choose another name: it may be your sheet.")
    if target is not None and not target.absolute().parent.is_dir():
        raise MappeError("bad-sheet-file", f"There is no folder {target.parent}.", "Make it, or choose another one.")


def write_html(target: Path, shown: Mapping[str, Any]) -> None:
    """A page to print, readable by its owner only."""
    rows = "".join(
        f"<tr><th>{title}</th><td dir=ltr>{escape(str(shown[name]))}</td></tr>"
        for name, title in _ROWS
        if name in shown
    )
    page = (
        "<!doctype html><html lang=de><meta charset=utf-8><title>Mappe</title>"
        "<style>body{font:14pt sans-serif;margin:2cm}th{text-align:left;padding:.4em 1em .4em 0;vertical-align:top}"
        "td{font-family:monospace;font-size:16pt}</style><h1>Mappe</h1>"
        "<p>Dieses Blatt öffnet Ihre Mappe. Bewahren Sie es getrennt vom Telefon auf. Zeigen Sie es niemandem."
        "<p>This sheet opens your wallet. Keep it apart from the phone. Show it to nobody."
        f"<table>{rows}</table></html>\n"
    )
    write_private(target, page.encode())
