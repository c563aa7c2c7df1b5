"""The recovery sheet: one page to print, in German and English, with what opens the wallet without a device.

As in the app (ADR 0020) neither the passphrase nor the sheet PIN stands on it: whoever finds the paper still lacks the
number. Both are shown once in the terminal, to be kept apart. Digits always run left to right. The file holds the
recovery code in clear: it is for the printer and then for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ..errors import MappeError
from ..formats.digits import RECOVERY_BYTES, decode_code, grouped
from ..formats.handle import normalise_handle, show_handle
from ..formats.sheet import SheetCode
from ..holder.account import Secrets
from ..storage import write_private
from . import qr

_ROWS = (
    ("server", "Adresse · Address"),
    ("handle", "Kontoname · Account name"),
    ("passphrase", "Passphrase"),
    ("recovery_code", "Wiederherstellungs-Code · Recovery code"),
    ("sheet_pin", "Blatt-PIN · Sheet PIN"),
    ("stop_code", "Stopp-Code · Stop code"),
    ("number", "Stand · Change number"),
)
APART = (
    "Write passphrase and sheet PIN down apart from the sheet: neither is printed on it, and both are shown only now."
)

_STYLE = (
    "@page{size:A4;margin:18mm}"
    "body{font:13pt/1.4 sans-serif;overflow-wrap:anywhere;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "@media print{body{margin:0;padding:0;max-width:none}}h1{font-size:20pt;margin:0 0 .3em}"
    "h2{font-size:14pt;margin:1.2em 0 .2em}"
    "p{margin:.3em 0}dt{color:#444}dd{margin:0 0 .6em;font:bold 15pt monospace}"
    ".top{display:flex;flex-wrap:wrap;gap:2rem;justify-content:space-between}.top svg{width:46mm;height:46mm}"
    "ol{display:grid;grid-template-columns:repeat(auto-fill,minmax(7rem,1fr));gap:.5em 1em;max-width:34rem;"
    "padding-left:1.6em;margin:.4em 0}"
    "li{padding-left:.3em}li b{font:bold 15pt monospace}small{font-size:10pt;color:#444}"
    ".stop{border-top:2px dashed #444;margin-top:1.6em;break-inside:avoid}"
)


def content(server: str, secrets: Secrets) -> dict[str, Any]:
    """What a new wallet has to be remembered by."""
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
    """What stands on a later sheet: passphrase and stop code stay as they are."""
    return {
        "server": server,
        "handle": show_handle(handle),
        "recovery_code": grouped(fresh["recovery_code"], 6),
        "sheet_pin": fresh["sheet_pin"],
        "number": number,
    }


def lines(shown: Mapping[str, Any]) -> list[str]:
    """All of it as text, for the terminal."""
    return [f"{title}: {shown[name]}" for name, title in _ROWS if name in shown]


def recovery_lines(fresh: Mapping[str, str]) -> list[str]:
    """The new recovery code after a change of locks."""
    return [
        f"New recovery code: {grouped(fresh['recovery_code'], 6)}",
        f"New sheet PIN: {fresh['sheet_pin']}",
        "The old sheet no longer works. Write these down now, on two papers kept apart.",
    ]


def check_target(target: Path | None) -> None:
    """MappeError `bad-sheet-file` for a file that `write_html` must not write; asked before any secret is made."""
    if target is not None and target.exists():
        raise MappeError("bad-sheet-file", f"{target} exists already.", "Choose another name: it may be your sheet.")
    if target is not None and not target.absolute().parent.is_dir():
        raise MappeError("bad-sheet-file", f"There is no folder {target.parent}.", "Make it, or choose another one.")


def write_html(target: Path, shown: Mapping[str, Any]) -> None:
    """A page to print, readable by its owner only. Passphrase and PIN in `shown` are left out."""
    place = f"{shown['server']}/app"
    code = decode_code(shown["recovery_code"], RECOVERY_BYTES)
    text = SheetCode(normalise_handle(shown["handle"]), code, shown["number"]).text()
    page = (
        "<!doctype html><html lang=de><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Mappe</title><style>{_STYLE}</style><main>"
        "<h1>Mappe: Wiederherstellungs-Blatt · Recovery sheet</h1>"
        "<p>Getrennt vom Handy aufbewahren. Niemandem zeigen. Die Blatt-PIN nicht darauf schreiben."
        "<p lang=en>Keep it apart from the phone. Show it to nobody. Do not write the sheet PIN on it."
        f"<div class=top><dl><dt>Hier öffnen · Open here</dt><dd dir=ltr>{escape(place)}</dd>"
        f"<dt>Kontoname · Account name</dt><dd dir=ltr>{escape(shown['handle'])}</dd></dl>{qr.svg(text)}</div>"
        f"<h2>Wiederherstellungs-Code · Recovery code</h2>{_blocks(shown['recovery_code'])}"
        "<p>Mit der Blatt-PIN öffnet er sofort, ohne sie nach 72 Stunden."
        "<p lang=en>With the sheet PIN it opens at once, without it after 72 hours."
        f"<p><small>Stand · Change number: <bdi dir=ltr>{shown['number']}</bdi></small>"
        f"{_stop(place, shown) if 'stop_code' in shown else ''}</main></html>\n"
    )
    write_private(target, page.encode())


def _blocks(code: str) -> str:
    """Numbered, because a mistyped block is named by its number."""
    return f"<ol dir=ltr>{''.join(f'<li><b>{escape(block)}</b>' for block in code.split())}</ol>"


def _stop(place: str, shown: Mapping[str, Any]) -> str:
    return (
        "<div class=stop><h2>Stopp-Code · Stop code</h2>"
        "<p>Beendet alle Freigaben und meldet alle Geräte ab. Öffnet nichts. Abschneiden und jemandem geben, dem Sie "
        "vertrauen."
        "<p lang=en>Ends all sharing and signs all devices out. Opens nothing. Cut it off and give it to somebody you "
        "trust."
        f"<p><bdi dir=ltr>{escape(place)} · {escape(shown['handle'])}</bdi>{_blocks(shown['stop_code'])}</div>"
    )
