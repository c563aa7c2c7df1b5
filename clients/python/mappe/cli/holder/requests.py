"""An office asks: see what for, and release exactly the fields that you name."""

from __future__ import annotations

from typing import Annotated

import typer

from ... import catalogue
from ...errors import MappeError
from ...formats.encoding import b64u
from ...holder import answering, grants
from ...holder.wallet import id_of
from ..links import read_link
from ..output import JsonOption, Out
from .common import (
    DEFAULT_FOLDER,
    FolderOption,
    LanguageOption,
    PassphraseOption,
    YesOption,
    open_wallet,
    registry_of,
)
from .picking import DaysOption, StandingOption, preview

LinkArgument = Annotated[
    str,
    typer.Argument(
        help="The link behind the office's QR code, a picture of the code, or - to read the link from standard input."
    ),
]


def request(
    link: LinkArgument,
    language: LanguageOption = "en",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Show what an office asks for, and what the wallet has of it. Sends nothing."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    asked = answering.look(opened.vault, read_link(link), registry_of(opened))
    matches = answering.match(opened.vault, asked)
    shown = asked.request
    rows = [
        {
            "field": one.name,
            "label": catalogue.field_label(one.name, language),
            "required": one.required,
            "papers": [b64u(pick.document) for pick in one.picks],
            "allowed": one.name not in asked.over_asking,
        }
        for one in matches
    ]
    out.result(
        {
            "agency": asked.agency.id,
            "name": asked.agency.name,
            "address": asked.agency.address,
            "power": asked.agency.power,
            "purpose": shown.purpose_text,
            "basis": shown.basis,
            "on_no": shown.on_no,
            "until": shown.exp,
            "fields": rows,
        },
        f"{asked.agency.name}, {asked.agency.address} ({asked.agency.power}) asks. Are you there now?",
        f"Purpose: {shown.purpose_text} ({shown.basis})",
        f"If you say no: {shown.on_no}",
        *(
            f"  {'required' if row['required'] else 'optional'}  {row['label']} ({row['field']}): "
            f"{'in the wallet' if row['papers'] else 'missing'}"
            f"{'' if row['allowed'] else '  NOT ALLOWED to this office'}"
            for row in rows
        ),
    )


def answer(
    link: LinkArgument,
    take: Annotated[
        list[str], typer.Option("--take", help="Field to release, as 'mappe request' names it; again for each.")
    ],
    days: DaysOption = 14,
    standing: StandingOption = False,
    person: Annotated[str | None, typer.Option(help="Only papers of this family member.")] = None,
    language: LanguageOption = "en",
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Release exactly the fields you name to the office that asks. Not answering is a "no" and leaves no trace."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    asked = answering.look(opened.vault, read_link(link), registry_of(opened))
    found = {
        one.name: one for one in answering.match(opened.vault, asked, person=None if person is None else id_of(person))
    }
    missing = [name for name in take if name not in found or not found[name].picks]
    if missing:
        raise MappeError(
            "missing", f"Not asked for, or not in the wallet: {', '.join(missing)}.", "Look with 'mappe request'."
        )
    picks = [found[name].picks[0] for name in take]
    prepared = answering.prepare(
        opened.vault, asked, picks, life=days * grants.DAY, language=language, standing=standing
    )
    preview(out, prepared)
    out.ask("Release exactly this?", yes=yes)
    done = answering.answer(opened.vault, asked, prepared)
    told = [] if done.digits is None else [f"Tell the clerk: {done.digits[:3]} {done.digits[3:]}"]
    out.result({"grant": b64u(done.grant), "digits": done.digits}, *told, "Released.")
