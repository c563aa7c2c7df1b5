"""The protocol on paper: what was decided, by whom it is signed, with room for names. Text or one HTML page."""

from __future__ import annotations

from html import escape

from .ceremony import Protocol
from .changes import date


def as_lines(protocol: Protocol) -> list[str]:
    """The protocol as plain text; weighty changes are marked with "!"."""
    lines = [
        f"Registry of agencies: {protocol.bundle}, version {protocol.version}",
        f"Issued {date(protocol.issued)}, valid until {date(protocol.expires)}",
        f"Agencies in this version: {protocol.agencies}",
        f"Hash of this version:  {protocol.hash}",
        f"Hash of the one before: {protocol.previous or 'none, this is the first'}",
        "",
    ]
    if not protocol.changes:
        lines.append("No change: the list is renewed as it is.")
    agency = None
    for change in protocol.changes:
        if change.agency != agency:
            agency = change.agency
            lines.append(agency)
        lines.append(f"  {'!' if change.weighty else '-'} {change.text}")
    if protocol.signers:
        lines += ["", "Signed with the root keys:", *(f"  {signer}" for signer in protocol.signers)]
    return lines


def as_text(protocol: Protocol) -> str:
    """A text page with signature lines."""
    rule = "_" * 40
    signatures = [f"\nDate, name, signature: {rule}" for _ in range(max(2, len(protocol.signers)))]
    return "\n".join([*as_lines(protocol), *signatures]) + "\n"


def as_html(protocol: Protocol) -> str:
    """One page that prints without anything from outside; everything of others is escaped."""
    rows = []
    for change in protocol.changes:
        mark = " class=weighty" if change.weighty else ""
        rows.append(f"<tr{mark}><th scope=row>{escape(change.agency)}</th><td>{escape(change.text)}</td></tr>")
    facts = {
        "Issued": date(protocol.issued),
        "Valid until": date(protocol.expires),
        "Agencies in this version": str(protocol.agencies),
        "Hash of this version": protocol.hash,
        "Hash of the one before": protocol.previous or "none, this is the first",
        "Signed with": ", ".join(protocol.signers) or "not signed yet",
    }
    table = "".join(f"<tr><th scope=row>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    signatures = '<p class="line">Date, name, signature</p>' * max(2, len(protocol.signers))
    title = f"Registry {escape(protocol.bundle)}, version {protocol.version}"
    return _PAGE.format(title=title, facts=table, changes="".join(rows) or _NONE, signatures=signatures)


_NONE = "<tr><td colspan=2>No change: the list is renewed as it is.</td></tr>"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body {{ font: 11pt/1.4 sans-serif; max-width: 180mm; margin: 15mm auto; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #888; padding: 1mm 2mm; text-align: start; vertical-align: top; overflow-wrap: anywhere; }}
th {{ width: 30%; }}
.weighty td {{ font-weight: bold; }}
.line {{ margin-top: 18mm; border-top: 1px solid; width: 100mm; }}
</style></head><body>
<h1>{title}</h1>
<table>{facts}</table>
<h2>Changes</h2>
<table>{changes}</table>
{signatures}
</body></html>
"""
