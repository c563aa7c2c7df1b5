"""mappe-agency: reading what was shared, and the receipts for it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..agency import saving
from ..agency.client import Agency, Redeemed
from ..agency.marking import one_person
from ..agency.pdf import as_pdf, check_installed
from ..errors import MappeError
from ..formats.attachment import stored_size
from ..formats.encoding import b64u
from ..formats.terms import Terms
from ..recipient.files import safe_name
from ..storage import write_private
from .agency_common import DEFAULT_FOLDER, CodeArgument, FolderOption, PassphraseOption, open_agency
from .links import read_link
from .output import TAKES_ID, ExitCode, JsonOption, Out, day

receipts = typer.Typer(no_args_is_help=True, help="What the server promised to write down.")


def peek(
    code: CodeArgument,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Show who shares what, why and until when. The person's log says so; it is not an open."""
    out, agency = Out(json), open_agency(folder, passphrase_file)
    preview = agency.peek(read_link(code))
    value = {**_terms(preview.terms), "grant": b64u(preview.policy.grant), "until": preview.policy.exp}
    out.result(value, *_terms_lines(preview.terms), f"Until {day(preview.policy.exp)}")


def redeem(
    code: CodeArgument,
    field: Annotated[
        list[str] | None, typer.Option(help="Read this field only (type.field); again for each. Default: all.")
    ] = None,
    save_json: Annotated[Path | None, typer.Option(help="Save everything as JSON.")] = None,
    save_csv: Annotated[Path | None, typer.Option(help="Save the values as CSV.")] = None,
    save_pdf: Annotated[Path | None, typer.Option(help="Save the values as PDF.")] = None,
    font: Annotated[list[Path] | None, typer.Option(help="Font for the PDF; again for each script.")] = None,
    csv_delimiter: Annotated[str, typer.Option(help="Separator of the CSV.")] = ",",
    csv_unguarded: Annotated[
        bool, typer.Option("--csv-unguarded", help="For import programs: no apostrophe before =, +, -, @.")
    ] = False,
    files: Annotated[Path | None, typer.Option(help="Fetch the attached files into this folder.")] = None,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Read what was shared: the chosen fields and no others, verified before anything is shown."""
    out, agency = Out(json), open_agency(folder, passphrase_file)
    for target in (save_json, save_csv, save_pdf):
        if target is not None and target.exists():
            raise MappeError("exists", f"{target} exists already; nothing was opened.", "Choose another name.")
    if save_pdf is not None:
        check_installed()
    if len(csv_delimiter) != 1:
        raise MappeError("delimiter", "A separator is one character.", "Give --csv-delimiter ';' for example.")
    redeemed = agency.redeem(read_link(code), field)
    grant = redeemed.opened.grant
    marks = agency.marks(redeemed)
    read = saving.as_json(grant, agency.pins.record(grant.policy.grant), read_at=int(time.time()), marks=marks)
    if save_json is not None:
        write_private(save_json, saving.dump(read))
    if save_csv is not None:
        write_private(save_csv, saving.as_csv(grant, delimiter=csv_delimiter, guard=not csv_unguarded, marks=marks))
    if files is not None:
        read["files"] = _fetch(agency, redeemed, files, out)
    rows = [
        (one["name"], saving.plain(one.get("value")) or one.get("missing", ""), saving.checked(one), one["source"])
        for one in read["fields"]
    ]
    missing = _missing(agency, redeemed)
    for name in missing:
        out.note(f"Not shared: {name}")
    if not one_person([mark for found in marks.values() for mark in found]):
        out.note("An office says that these values are of several people.")
    out.table({**read, "not_shared": missing}, ("field", "value", "checked", "source"), rows)
    if save_pdf is not None:  # last: a font that is missing must not cost what was read
        write_private(save_pdf, as_pdf(read, font or ()))


@receipts.command("list")
def listing(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """List the receipts of this office: what was read, and when the server must have written it into its public log."""
    found = open_agency(folder, passphrase_file).receipts.all()
    rows = [
        (one.name, day(one.entry.time), one.entry.kind, "yes" if one.included else f"by {day(one.word.deadline)}")
        for one in found
    ]
    value = [{"leaf": one.name, "event": one.event, "promise": one.promise, "included": one.included} for one in found]
    Out(json).table(value, ("leaf", "time", "what", "in the log"), rows, "No receipt yet.")


@receipts.command("check")
def check(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """Check that every promised entry lies in the public log; exit code 4 if one does not after its deadline."""
    agency = open_agency(folder, passphrase_file)
    rows = [(one.name, state, one.word.deadline) for one, state in agency.receipts.check(int(time.time()))]
    value = [{"leaf": name, "state": state, "deadline": deadline} for name, state, deadline in rows]
    shown = [(name, state, day(deadline)) for name, state, deadline in rows]
    Out(json).table(value, ("leaf", "state", "deadline"), shown, "No receipt yet.")
    if any(state == "broken" for _, state, _ in rows):
        raise typer.Exit(ExitCode.NOT_AUTHENTIC)


@receipts.command("export", context_settings=TAKES_ID)
def export(
    leaf: Annotated[str, typer.Argument(help="Name of the receipt, as 'receipts list' shows it.")],
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Print a receipt to be handed back to the person, who finds it in their own log or convicts the operator."""
    for one in open_agency(folder, passphrase_file).receipts.all():
        if one.name == leaf:
            Out(json).result({"event": one.event, "promise": one.promise}, one.for_holder())
            return
    raise MappeError("no-receipt", f"There is no receipt {leaf}.", "See 'receipts list'.")


def _fetch(agency: Agency, redeemed: Redeemed, folder: Path, out: Out) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fetched = []
    for id_, slot in redeemed.opened.grant.slots.items():
        if slot.attachment is None:
            continue
        target = _free(folder / safe_name(slot.attachment))
        total = stored_size(slot.attachment.size, slot.attachment.chunk)
        with out.transfer(target.name, total) as advance:
            agency.fetch(redeemed, id_, target, advance)
        fetched.append(str(target))
        out.note(f"{target} ({slot.attachment.size} bytes), verified")
    return fetched


def _free(path: Path) -> Path:
    """The path, or one with a number where another file has the name."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _missing(agency: Agency, redeemed: Redeemed) -> list[str]:
    if redeemed.answer is None or redeemed.answer.request is None:
        return []
    try:
        asked = agency.asked(b64u(redeemed.answer.request))[0]
    except MappeError:  # the office has deleted the request; the answer stands for itself
        return []
    return redeemed.missing(asked.required)


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "purpose": terms.purpose,
        "basis": terms.basis,
        "retention": terms.retention,
        "standing": terms.standing,
        "fields": sorted(slot.name for slot in terms.slots.values()),
    }


def _terms_lines(terms: Terms) -> list[str]:
    fields = [f"  {name}" for name in sorted(slot.name for slot in terms.slots.values())]
    return [f"Purpose: {terms.purpose} ({terms.basis})", f"To be kept: {terms.retention}", "Shared:", *fields]
