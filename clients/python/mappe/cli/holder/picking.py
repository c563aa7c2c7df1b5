"""What a person names to share, and how it is shown before it leaves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from ... import catalogue
from ...errors import MappeError
from ...formats.encoding import b64u
from ...holder import grants
from ...holder.selection import Pick
from ...holder.wallet import Wallet
from ..output import Out, day

TakeOption = Annotated[
    list[str],
    typer.Option(
        "--take",
        help="What to share: PAPER:field, PAPER:file (file2 for the second), PAPER:valid-today or PAPER:adult-today; "
        "again for each.",
    ),
]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=366, help="Ends after so many days.")]
StandingOption = Annotated[
    bool, typer.Option("--standing/--no-standing", help="Follow newer versions of the papers until the end.")
]

_FILE = re.compile("file([1-9][0-9]{0,2})?")
_DERIVED = ("valid-today", "adult-today")


def picks(wallet: Wallet, take: Sequence[str]) -> list[Pick]:
    """MappeError `bad-take`, `no-such-paper`, `several-papers`."""
    return [_pick(wallet, one) for one in take]


def _pick(wallet: Wallet, one: str) -> Pick:
    paper, _, what = one.rpartition(":")
    if not paper or not what:
        raise MappeError("bad-take", f"{one!r} names nothing to share.", "Write PAPER:field, as 'mappe show' lists it.")
    document = wallet.paper(paper)
    if file := _FILE.fullmatch(what):
        return Pick(document, file=int(file[1] or 1) - 1)
    if what in _DERIVED:
        return Pick(document, derived=what)
    return Pick(document, field=what)


def preview(out: Out, prepared: grants.Prepared) -> None:
    """Exactly what the recipient will see, before it is released."""
    out.note(f"For: {prepared.to.name or 'whoever has the link'}")
    out.note(f"Purpose: {prepared.conditions.purpose}")
    out.note(f"Until: {day(prepared.exp)}")
    for one in prepared.slots:
        shown = one.content.get("missing") or one.content["value"]
        out.note(f"  {catalogue.field_label(one.name)}: {shown}  ({one.content['assurance']})")


def ending(prepared: grants.Prepared) -> str:
    """How the share ends."""
    return f"Ends {day(prepared.exp)}, or at once with: mappe end {b64u(prepared.locator.grant)}"
