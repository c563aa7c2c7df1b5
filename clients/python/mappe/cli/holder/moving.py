"""Moving out and in: everything as one encrypted archive that opens without us."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ...formats.digits import grouped
from ...holder import export
from ..output import JsonOption, Out, day
from ..secrets import read_secret
from .common import DEFAULT_FOLDER, FolderOption, PassphraseOption, open_wallet


def export_(
    target: Annotated[Path, typer.Argument(help="Name without ending: NAME.age and NAME.key.age are written.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Take everything with you: an encrypted archive that opens without us."""
    out = Out(json_)
    digits, content = export.export_all(open_wallet(wallet, passphrase_file).vault, target, tell=out.note)
    out.result(
        {"archive": f"{target}.age", "key": f"{target}.key.age", "digits": digits, **asdict(content)},
        f"Written: {target}.age and {target}.key.age",
        f"Digits that open it: {grouped(digits, 4)}",
        _told(content),
        f"Without us: age -d -i {target}.key.age {target}.age > wallet.zip",
    )


def import_(
    source: Annotated[Path, typer.Argument(help="Name without ending, as at export.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Bring an exported wallet into this (new) one, on any server. Its digits: MAPPE_EXPORT_DIGITS, else a prompt."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file)
    digits = read_secret("Digits of the export", env="MAPPE_EXPORT_DIGITS")
    archive, key = (source.with_name(source.name + ending) for ending in (".age", ".key.age"))
    content, shares = export.import_all(opened.vault, archive, key, digits, tell=out.note)
    anew = [{"to": one.get("recipient", ""), "purpose": one.get("title", ""), "until": one["exp"]} for one in shares]
    lines = [f"Make anew: {one['to']}, {one['purpose']}, until {day(one['until'])}" for one in anew]
    out.result(
        {**asdict(content), "make_anew": anew},
        f"Imported: {content.objects}.",
        _told(content),
        *lines,
        "The same check number at the old place: then delete the old wallet there, with 'mappe delete'.",
    )


def _told(content: export.Content) -> str:
    return f"{content.papers} papers, {content.files} files, check number {grouped(content.check, 4)}"
