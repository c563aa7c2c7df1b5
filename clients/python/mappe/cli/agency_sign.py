"""mappe-agency: what the office gives back: a mark on what it has seen, a paper as data, a file; each signed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import catalogue
from ..errors import MappeError
from ..formats.errors import FormatError
from ..formats.mark import MAX_LIFE, Issued
from ..formats.strict_json import loads
from ..holder.cleaning import cleaned
from ..holder.wallet import composed
from .agency_common import DEFAULT_FOLDER, CodeArgument, FolderOption, PassphraseOption, open_agency
from .links import read_link
from .output import JsonOption, Out

DAY = 24 * 3600
IN_JSON = ("bool", "countries", "integer", "list", "money", "object")  # kinds whose value is no text (fields.md)
MAX_VALUE = 64 * 1024  # bytes of one value given as JSON: what a slot holds

IntoOption = Annotated[
    str, typer.Option("--into", help="The person's deposit code: the link, a picture of its QR code, or - for input.")
]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=MAX_LIFE // DAY, help="How long others may rely on it.")]


def sign(
    code: CodeArgument,
    into: IntoOption,
    field: Annotated[list[str], typer.Option(help="Sign for this field (type.field); again for each.")],
    agreed: Annotated[
        bool, typer.Option("--agreed", help="Say that the office agrees, not that it has seen the original.")
    ] = False,
    days: DaysOption = 365,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Sign that the office has seen these values in the original paper; the person can show it to other offices."""
    out, agency = Out(json), open_agency(folder, passphrase_file)
    redeemed = agency.redeem(read_link(code), field)
    for slot in redeemed.opened.grant.slots.values():
        out.note(f"{slot.name} = {slot.content['value']}")
    says = "agreed" if agreed else "seen-in-original"
    receipt = agency.sign_values(redeemed, field, read_link(into), says=says, life=days * DAY)
    out.result({"signed": sorted(field), "says": says, **receipt}, f"Signed and put in: {len(field)}.")


def issue(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Kind of paper, as in fields.json.")],
    into: IntoOption,
    title: Annotated[str, typer.Option(help="What the person's wallet calls it.")],
    field: Annotated[list[str], typer.Option(help="NAME=VALUE, a value in JSON or plain text; again for each.")],
    as_of: Annotated[str | None, typer.Option(help="Day for which the values are true; today if left out.")] = None,
    of: Annotated[
        str | None, typer.Option("--of", help="Id or code of what the person has shared: the paper is theirs.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A scan or PDF of the paper beside it.")] = None,
    agreed: Annotated[
        bool, typer.Option("--agreed", help="Written with the person and agreed, not issued by the office.")
    ] = False,
    days: DaysOption = 365,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Put a paper of this office into the person's wallet as data, each value signed."""
    out = Out(json)
    paper = Issued(type_, title, _fields(type_, field, as_of or datetime.now(UTC).date().isoformat()))
    agency, link = open_agency(folder, passphrase_file), read_link(into)
    redeemed = None if of is None else agency.redeem(read_link(of))
    says = "agreed" if agreed else "issued"
    receipts = [agency.issue(paper, link, says=says, life=days * DAY, of=redeemed)]
    if file is not None:
        with cleaned(file) as clean:
            receipts.append(agency.deposit(clean, link))
    out.result({"issued": title, "says": says, "receipts": receipts}, f"Put in: {title}.")


def deposit(
    into: IntoOption,
    file: Annotated[list[Path], typer.Argument(help="Files to put in.")],
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Put files into the person's wallet, signed by this office. It cannot read anything there."""
    out, agency, receipts = Out(json), open_agency(folder, passphrase_file), []
    link = read_link(into)
    for one in file:
        with cleaned(one) as clean:
            receipts.append(agency.deposit(clean, link))
    out.result(receipts, f"Put in: {len(receipts)} files.")


def _fields(type_id: str, given: list[str], as_of: str) -> dict[str, dict[str, Any]]:
    """MappeError `no-such-type`, `bad-field`: a typing mistake must not be signed."""
    if type_id not in catalogue.fields():
        raise MappeError("no-such-type", f"There is no kind of paper {type_id!r}.", "See 'mappe types'.")
    kinds = {one["id"]: str(one["value"]["kind"]) for one in catalogue.fields()[type_id]["fields"]}
    fields = {}
    for one in given:
        name, _, text = one.partition("=")
        if name not in kinds or not text or name in fields:
            known = ", ".join(kinds)
            raise MappeError("bad-field", f"{one!r} is no field of {type_id} with a value.", f"Fields are: {known}.")
        fields[name] = {"value": _value(text, kinds[name]), "as_of": as_of}
    return fields


def _value(text: str, kind: str) -> Any:
    """MappeError `bad-value` for what is no JSON where the catalogue wants more than a text."""
    if kind not in IN_JSON:
        return composed(text)
    try:
        return composed(loads(text, max_bytes=MAX_VALUE))
    except FormatError:
        raise MappeError("bad-value", f"{text!r} is no {kind}.", "Write it as JSON.") from None
