"""Putting papers in: fields, files, or the fact that a paper cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ... import catalogue
from ...errors import MappeError
from ...formats.encoding import b64u
from ...formats.errors import FormatError
from ...formats.object import AS_OF
from ...holder import cleaning, files
from ...holder.wallet import Wallet, id_of, value
from ..output import JsonOption, Out
from .common import DEFAULT_FOLDER, FolderOption, LanguageOption, PassphraseOption, open_wallet


def add(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="Kind of paper, such as residence_title; see 'mappe types'.")
    ],
    title: Annotated[str, typer.Option(help="What you call it.")],
    field: Annotated[
        list[str] | None, typer.Option("--field", help="name=value; again for each, also for a second value.")
    ] = None,
    file: Annotated[list[Path] | None, typer.Option("--file", help="A scan or photo; again for each.")] = None,
    person: Annotated[str | None, typer.Option(help="Id of the family member it belongs to.")] = None,
    source: Annotated[str, typer.Option(help="Where the values come from.")] = "",
    as_of: Annotated[str | None, typer.Option(help="YYYY, YYYY-MM or YYYY-MM-DD; today if left out.")] = None,
    not_obtainable: Annotated[str | None, typer.Option(help="Why this paper cannot be had.")] = None,
    substitute: Annotated[str | None, typer.Option(help="What stands in for it.")] = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Put a paper into the wallet: fields, files, or the fact that it cannot be obtained."""
    out = Out(json_)
    values = _values(field or [], as_of or datetime.now(UTC).date().isoformat(), source)
    reason = _reason(not_obtainable, substitute)
    if type_ not in catalogue.fields():
        out.note(f"{type_!r} is no kind that 'mappe types' lists: an office will not find it when it asks.")
    opened = open_wallet(wallet, passphrase_file)
    attachments = [_upload(out, opened, path) for path in file or []]
    id_ = opened.add_paper(
        type_,
        values,
        title=title,
        attachments=attachments,
        person=None if person is None else id_of(person),
        not_obtainable=reason,
    )
    out.result({"id": b64u(id_)}, f"Added: {title} ({b64u(id_)})")


def add_person(
    label: Annotated[str, typer.Argument(help="What you call this person.")],
    relation: Annotated[str, typer.Option(help="self, child, partner or other.")] = "child",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Add a family member whose papers live in this wallet."""
    id_ = open_wallet(wallet, passphrase_file).add_person(label, relation)
    Out(json_).result({"id": b64u(id_)}, f"Added: {label} ({b64u(id_)})")


def types(
    language: LanguageOption = "en",
    json_: JsonOption = False,
) -> None:
    """List the kinds of papers and their fields."""
    rows = [
        {"type": id_, "label": catalogue.type_label(id_, language), "fields": [one["id"] for one in kind["fields"]]}
        for id_, kind in catalogue.fields().items()
    ]
    Out(json_).table(rows, ["type", "name", "fields"], [(r["type"], r["label"], ", ".join(r["fields"])) for r in rows])


def _values(fields: Sequence[str], as_of: str, source: str) -> dict[str, list[dict[str, Any]]]:
    """Value records by field name; MappeError `bad-field`, `bad-date`."""
    try:
        AS_OF(as_of)
    except FormatError:
        raise MappeError("bad-date", f"{as_of!r} is not a date.", "Write it as 2027, 2027-05 or 2027-05-01.") from None
    values: dict[str, list[dict[str, Any]]] = {}
    for one in fields:
        name, separator, text = one.partition("=")
        if not separator or not name:
            raise MappeError("bad-field", f"{one!r} is not name=value.", "Write it as date_of_expiry=2027-05-01.")
        values.setdefault(name, []).append(value(text, as_of=as_of, source=source))
    return values


def _reason(not_obtainable: str | None, substitute: str | None) -> dict[str, str] | None:
    if not_obtainable is None:
        if substitute is not None:
            raise MappeError("no-reason", "A substitute stands for what cannot be had.", "Add --not-obtainable WHY.")
        return None
    return {"reason": not_obtainable} | ({} if substitute is None else {"substitute": substitute})


def _upload(out: Out, opened: Wallet, path: Path) -> dict[str, Any]:
    """The file, cleaned and sealed; what the paper says about it."""
    with cleaning.cleaned(path) as clean, out.transfer(path.name, clean.size) as advance:
        if not clean.cleaned:
            out.note(f"{path.name}: this type of file is kept as it is, with whatever it says about you.")
        done = 0

        def progress(now: int, total: int) -> None:
            nonlocal done
            advance(max(0, min(now, total) - done))
            done = max(done, now)

        return files.upload(opened.vault, clean, progress=progress)
