"""One PDF of what was read: every value with its source, in every script, shaped and in the right direction.

Text is text: it can be searched and copied. Fonts are embedded. Attachments are files of their own, never part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import MappeError
from .fonts import choose_fonts
from .saving import checked, plain

_LABELS = {
    "not-known": "not known",
    "not-obtainable": "not obtainable",
    "consent": "consent",
    "contract": "contract",
    "public-task": "public task",
}
_MARGIN = 18  # mm, room for a punch


def check_installed() -> None:
    """MappeError `pdf-missing`: asked before something is opened for a page that cannot be made."""
    if find_spec("fpdf") is None or find_spec("uharfbuzz") is None:
        raise MappeError("pdf-missing", "Writing PDF is not installed.", "Install it with: pip install 'mappe[pdf]'")


def as_pdf(read: dict[str, Any], fonts: Sequence[Path] = (), *, title: str = "Shared with this office") -> bytes:
    """The PDF of `saving.as_json`. MappeError `pdf-missing`, `font-missing`, `not-a-font`."""
    check_installed()
    from fpdf import FPDF
    from fpdf.enums import XPos, YPos

    facts, rows = _facts(read), [_row(field) for field in read["fields"]]
    chosen = choose_fonts([title, "Page /0123456789", *(t for pair in [*facts, *rows] for t in pair)], fonts)

    class Page(FPDF):  # type: ignore[misc, unused-ignore]
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("f0", size=8)
            self.cell(0, 5, f"{read['grant']}   {self.page_no()}/{{nb}}", align="C")

    page = Page(format="A4")
    page.set_margins(_MARGIN, _MARGIN)
    page.set_auto_page_break(True, _MARGIN)
    page.set_title(title)
    page.set_creation_date(datetime.fromtimestamp(read["read_at"], UTC))
    for number, path in enumerate(chosen):
        page.add_font(f"f{number}", fname=path)
    page.set_fallback_fonts([f"f{number}" for number in range(1, len(chosen))], exact_match=False)
    page.set_text_shaping(True)
    page.add_page()
    page.set_font("f0", size=16)
    page.multi_cell(0, 9, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("f0", size=10)
    for block in (facts, rows):
        page.ln(3)
        with page.table(
            col_widths=(1, 2), first_row_as_headings=False, line_height=5.5, padding=1, text_align="LEFT"
        ) as table:
            for name, value in block:
                row = table.row()
                row.cell(name)
                row.cell(value)
    return bytes(page.output())


def _facts(read: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("Purpose", read["purpose"]),
        ("Legal basis", _LABELS.get(read["basis"], read["basis"])),
        ("To be kept", read["retention"]),
        ("Shared until", _minute(read["until"])),
        ("Read on", _minute(read["read_at"])),
        ("Number", f"{read['grant']}, version {read['version']}"),
    ]


def _row(field: dict[str, Any]) -> tuple[str, str]:
    value = plain(field.get("value"))
    if "missing" in field:
        value = ", ".join(filter(None, [_LABELS.get(field["missing"], field["missing"]), field.get("reason")]))
    if "file" in field:
        value = f"{field['file']['name']} ({field['file']['size']} bytes, {field['file']['media']})"
    return field["name"], f"{value}\n{checked(field)}; {field['source']}; {field['as_of']}"


def _minute(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
