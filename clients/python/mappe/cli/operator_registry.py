"""mappe-operator registry: drafts and their edits; signing is in operator_signing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..errors import MappeError
from ..formats import strict_json
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.registry import Enrolment, registry_hash, verify_enrolment
from ..operator import edits
from ..operator.changes import date
from ..operator.draft import MAX_DAYS, Draft
from ..operator.roots import read_roots
from .output import TAKES_ID, JsonOption, Out

MAX_PURPOSES = 256 * 1024  # bytes of a purposes file
Power = Literal["can-intervene", "can-sanction", "voluntary-advice"]

DraftFile = Annotated[Path, typer.Argument(help="The draft.")]
RootsFile = Annotated[Path, typer.Option("--roots", help="The roots file.")]
AgencyId = Annotated[str, typer.Argument(help="Id of the agency.")]
EnrolmentFile = Annotated[Path, typer.Argument(help="The enrolment file that the agency sent.")]
Days = Annotated[int, typer.Option(help=f"Life of this version in days, at most {MAX_DAYS}.", min=1, max=MAX_DAYS)]
KeyDays = Annotated[int, typer.Option(help="Life of the agency's keys in days.", min=1, max=3650)]
Fingerprint = Annotated[
    str | None,
    typer.Option(help="The fingerprint as the agency read it out over the phone; without it you are asked."),
]

registry = typer.Typer(
    no_args_is_help=True, help="Versions of the registry: draft, edit, sign, combine, verify, print."
)


def _now() -> int:
    return int(time.time())


@registry.command()
def draft(
    out: Annotated[Path, typer.Argument(help="The draft to write.")],
    roots: RootsFile,
    last: Annotated[Path | None, typer.Option(help="The last signed version; none for the very first.")] = None,
    days: Days = MAX_DAYS,
    json: JsonOption = False,
) -> None:
    """Begin the next version from the last signed one."""
    _begin(out, roots, last, days, Out(json))


@registry.command()
def renew(
    out: Annotated[Path, typer.Argument(help="The draft to write.")],
    roots: RootsFile,
    last: Annotated[Path, typer.Option(help="The last signed version.")],
    days: Days = MAX_DAYS,
    json: JsonOption = False,
) -> None:
    """Begin a version with the same agencies and a new expiry date; sign and combine follow."""
    _begin(out, roots, last, days, Out(json))


def _begin(path: Path, roots: Path, last: Path | None, days: int, out: Out) -> None:
    pinned = read_roots(roots)
    if last is None:
        made = Draft.start(pinned.bundle, _now(), days)
    else:
        made = Draft.follow(last.read_text("utf-8"), pinned, _now(), days)
    if path.exists():
        raise MappeError("exists", f"{path} exists already.", "Choose another path; drafts are cheap.")
    made.save(path)
    _changed(path, made, out, f"Draft of version {_version(made)} of {made.bundle}: {path}")


@registry.command()
def add(
    draft: DraftFile,
    enrolment: EnrolmentFile,
    power: Annotated[Power, typer.Option(help="What this agency can do to a person.")],
    purposes: Annotated[Path, typer.Option(help="JSON list of purposes (formats/registry.md).")],
    fingerprint: Fingerprint = None,
    key_days: KeyDays = edits.KEY_DAYS,
    json: JsonOption = False,
) -> None:
    """Enrol an agency, after comparing its fingerprint over the phone with a number that you looked up yourself."""
    out, edited = Out(json), Draft.load(draft)
    new = _compared(enrolment, fingerprint, out)
    edits.add(edited, new, power, _purposes(purposes), key_days)
    edited.save(draft)
    _changed(draft, edited, out, f"{new.id} ({new.name}) is in the draft.")


@registry.command("rotate-key")
def rotate_key(
    draft: DraftFile,
    enrolment: EnrolmentFile,
    fingerprint: Fingerprint = None,
    overlap_days: Annotated[int, typer.Option(help="Days for which the old key is still taken.", min=0)] = (
        edits.OVERLAP_DAYS
    ),
    key_days: KeyDays = edits.KEY_DAYS,
    json: JsonOption = False,
) -> None:
    """Add the new keys of an agency, and let those they replace run out."""
    out, edited = Out(json), Draft.load(draft)
    new = _compared(enrolment, fingerprint, out)
    changed = edits.rotate(edited, new, key_days, overlap_days)
    edited.save(draft)
    _changed(draft, edited, out, f"{new.id} has new keys for: {', '.join(changed)}.")


@registry.command("revoke-key", context_settings=TAKES_ID)
def revoke_key(
    draft: DraftFile,
    agency: AgencyId,
    kid: Annotated[str, typer.Argument(help="Name of the key, or its first letters.")],
    json: JsonOption = False,
) -> None:
    """Revoke one key of an agency. What was sealed to a revoked seal key can no longer be fetched."""
    edited = Draft.load(draft)
    key = edits.revoke(edited, agency, kid)
    edited.save(draft)
    _changed(draft, edited, Out(json), f"The {key['use']} key {key['kid']} of {agency} is revoked.")


@registry.command()
def suspend(draft: DraftFile, agency: AgencyId, json: JsonOption = False) -> None:
    """Suspend an agency: it can neither sign in, nor ask, nor read, until it is resumed."""
    _edit(draft, Out(json), f"{agency} is suspended.", lambda edited: edits.set_status(edited, agency, "suspended"))


@registry.command()
def resume(draft: DraftFile, agency: AgencyId, json: JsonOption = False) -> None:
    """Take a suspension back."""
    _edit(draft, Out(json), f"{agency} is active.", lambda edited: edits.set_status(edited, agency, "active"))


@registry.command()
def remove(draft: DraftFile, agency: AgencyId, json: JsonOption = False) -> None:
    """Take an agency off the list."""
    _edit(draft, Out(json), f"{agency} is removed.", lambda edited: edits.remove(edited, agency))


@registry.command()
def purposes(
    draft: DraftFile,
    agency: AgencyId,
    file: Annotated[Path, typer.Argument(help="JSON list of purposes (formats/registry.md).")],
    json: JsonOption = False,
) -> None:
    """Replace what an agency may ask for."""
    listed = _purposes(file)
    _edit(draft, Out(json), f"{agency} has new purposes.", lambda edited: edits.set_purposes(edited, agency, listed))


def _edit(path: Path, out: Out, done: str, edit: Any) -> None:
    edited = Draft.load(path)
    edit(edited)
    edited.save(path)
    _changed(path, edited, out, done)


def _compared(path: Path, typed: str | None, out: Out) -> Enrolment:
    try:
        enrolment = verify_enrolment(path.read_text("ascii").strip())
    except (FormatError, UnicodeDecodeError):
        raise MappeError(
            "not-an-enrolment",
            f"{path} is not an enrolment, or was changed on its way.",
            "Ask the agency to send it anew.",
        ) from None
    if typed is None:
        out.note(f"{enrolment.name}, {enrolment.address}")
        out.note(f"Fingerprint: {enrolment.fingerprint}")
        out.note("Call the agency under a number that you looked up yourself, and let them read theirs out.")
        out.ask("Do both fingerprints agree? (in a script: --fingerprint)")
    elif _plain(typed) != _plain(enrolment.fingerprint):
        raise MappeError(
            "fingerprint-differs",
            f"The agency read out {typed}, the file has {enrolment.fingerprint}.",
            "Do not enrol it: the file was swapped or the call was wrong. Ask for the file over another way.",
        )
    return enrolment


def _plain(fingerprint: str) -> str:
    return fingerprint.upper().replace("-", "").replace(" ", "").translate(str.maketrans("ILO", "110"))


def _purposes(path: Path) -> list[Any]:
    try:
        value = strict_json.loads(path.read_bytes(), max_bytes=MAX_PURPOSES)
    except FormatError as error:
        raise MappeError("purposes-wrong", f"{path}: {error}.", "Write a JSON list of purposes.") from None
    if not isinstance(value, list):
        raise MappeError("purposes-wrong", f"{path} holds no list.", "Write a JSON list of purposes.")
    return value


def _changed(path: Path, draft: Draft, out: Out, done: str) -> None:
    hash_ = b64u(registry_hash(draft.payload()))
    value = {"draft": str(path), "version": _version(draft), "expires": draft.expires, "hash": hash_}
    out.result(value, done, f"Valid until {date(draft.expires)}; hash {hash_}")


def _version(draft: Draft) -> int:
    return 1 if draft.last is None else draft.last.version + 1
