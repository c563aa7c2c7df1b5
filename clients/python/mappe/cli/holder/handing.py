"""Giving single values to whoever sits in front of the holder, whose office stands in no registry."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ...errors import MappeError
from ...formats.desk import DIGITS
from ...formats.digits import normalise_digits
from ...formats.encoding import b64u
from ...formats.errors import FormatError
from ...holder import desk
from ..links import read_desk
from ..output import JsonOption, Out
from .common import DEFAULT_FOLDER, FolderOption, LanguageOption, PassphraseOption, YesOption, open_wallet
from .picking import TakeOption, ending, picks, preview


def share_desk(
    code: Annotated[
        str, typer.Argument(help="The eight digits on the clerk's screen, the link behind its QR code, or its picture.")
    ],
    take: TakeOption,
    purpose: Annotated[str, typer.Option(help="What it is for; the recipient reads this.")],
    to: Annotated[str, typer.Option(help="Whom you give it to; the recipient reads this.")] = "",
    language: LanguageOption = "en",
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Give single values to the person in front of you: their page /e shows a code; one open, within an hour.

    Both screens then show six digits. Read the other screen's digits into the terminal (or standard input): nothing is
    sealed before they are the same.
    """
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    meeting = desk.meet(opened.vault, read_desk(code))
    out.note(f"This device shows: {meeting.digits[:3]} {meeting.digits[3:]}")
    _compare(meeting.digits)
    prepared = meeting.prepare(opened.vault, picks(opened, take), purpose, name=to, language=language)
    preview(out, prepared)
    out.ask("Give exactly this?", yes=yes)
    meeting.give(opened.vault, prepared)
    out.result(
        {"grant": b64u(prepared.locator.grant), "until": prepared.exp},
        "Given to a desk without enrolment. The log says what it opens.",
        ending(prepared),
    )


def _compare(digits: str) -> None:
    try:
        same = normalise_digits(_typed(), DIGITS) == digits
    except FormatError:
        same = False
    if not same:
        raise MappeError(
            "digits-differ",
            "The two screens do not show the same digits. Nothing was given.",
            "Ask the clerk to begin anew. If they differ again, give nothing: somebody stands between.",
        )


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    typed: str = typer.prompt("Digits on the other screen", err=True)
    return typed
