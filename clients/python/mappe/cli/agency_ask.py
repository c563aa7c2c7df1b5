"""mappe-agency: requests, their answers, and the inbox."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..agency.asking import Asked, Collected, Question
from ..agency.client import Agency
from ..agency.profile import StoredAnswer
from ..errors import MappeError
from ..formats.encoding import b64u
from . import qr
from .agency_common import DEFAULT_FOLDER, FolderOption, PassphraseOption, open_agency
from .output import TAKES_ID, JsonOption, Out, day

DIGITS = "MAPPE_DIGITS"
WAIT_SECONDS = 1.0  # between two looks at a request at the desk
Mode = Literal["desk", "poster", "link", "api"]
RequestId = Annotated[str, typer.Argument(help="Id of the request, as 'request new' and 'request list' show it.")]

request = typer.Typer(no_args_is_help=True, help="Ask for fields, and collect what comes back.")


@request.command("new")
def new(
    purpose: Annotated[str, typer.Option(help="Purpose, as the registry has it (see 'registry').")],
    required: Annotated[list[str] | None, typer.Option(help="A field that is needed; again for each.")] = None,
    optional: Annotated[list[str] | None, typer.Option(help="A field that would help; again for each.")] = None,
    mode: Annotated[Mode, typer.Option(help="desk: 2 minutes, six digits; poster: many answers; link, api.")] = "desk",
    on_no: Annotated[str, typer.Option(help="What happens on a no; shown before the choice.")] = "",
    language: Annotated[str, typer.Option(help="Language of the purpose's text.")] = "de",
    digits: Annotated[
        bool | None, typer.Option("--digits/--no-digits", help="Six digits before the answer is handed out.")
    ] = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, help="Life of the request; default: all that the mode allows.")
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Write the QR code as PNG.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the QR code as SVG.")] = None,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Make a request, and show it as a QR code and a link."""
    out, agency = Out(json), open_agency(folder, passphrase_file)
    for target in (png, svg):
        qr.check_target(target)
    question = Question(
        purpose,
        mode,
        required or (),
        optional or (),
        on_no,
        language,
        digits,
        None if minutes is None else minutes * 60,
    )
    asked = agency.ask(question)
    lines = [asked.link, f"Request {b64u(asked.request)}, valid until {day(asked.exp)}"]
    if asked.digits:
        lines.append("The person's screen will show six digits: type them at 'request collect'.")
    out.result(_shown(asked), *lines)
    for target in (png, svg):
        if target is not None:
            qr.save(asked.link, target)
    qr.show(out, asked.link)


@request.command("list")
def listing(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """List the requests of this office."""
    asked = open_agency(folder, passphrase_file).asked()
    rows = [(b64u(one.request), one.mode, day(one.exp), ", ".join(one.required)) for one in asked]
    Out(json).table([_shown(one) for one in asked], ("id", "mode", "until", "required"), rows, "No request yet.")


@request.command("state", context_settings=TAKES_ID)
def state(
    id: RequestId,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Say whether a request was answered; whether it was seen or declined, nobody learns."""
    agency = open_agency(folder, passphrase_file)
    found = agency.state(agency.asked(id)[0])
    Out(json).result({"request": id, **found}, f"{found['state']}, {found['answers']} answers")


@request.command("collect", context_settings=TAKES_ID)
def collect(
    id: RequestId,
    wait: Annotated[int, typer.Option(min=0, max=600, help="Seconds to wait for an answer.")] = 0,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Collect the answers. The six digits come from MAPPE_DIGITS or a prompt; five wrong tries erase the answer."""
    out, agency = Out(json), open_agency(folder, passphrase_file)
    asked = agency.asked(id)[0]
    _wait(agency, asked, wait)
    digits = None
    if asked.digits and agency.state(asked)["answers"]:
        digits = _digits()
    _show(out, agency.collect(asked, digits))


def inbox(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """Collect what people shared with this office on their own account."""
    _show(Out(json), open_agency(folder, passphrase_file).inbox())


def answers(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """List everything that was collected here, to be read with 'redeem ID'."""
    _table(Out(json), open_agency(folder, passphrase_file).answers())


def _wait(agency: Agency, asked: Asked, seconds: int) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and agency.state(asked)["state"] == "open":
        time.sleep(WAIT_SECONDS)


def _digits() -> str:
    if DIGITS in os.environ:
        return os.environ[DIGITS]
    if not sys.stdin.isatty():
        raise MappeError("digits-needed", "The six digits are missing.", f"Give them by {DIGITS}, or at a terminal.")
    typed: str = typer.prompt("The six digits on the person's screen", err=True)
    return typed


def _show(out: Out, found: Collected) -> None:
    if found.unreadable:
        out.note(f"{found.unreadable} answers were not made for this office's keys and were left where they are.")
    _table(out, found.answers, unreadable=found.unreadable)


def _table(out: Out, found: Sequence[StoredAnswer], **more: int) -> None:
    rows = [(b64u(one.grant), day(one.time), "" if one.request is None else b64u(one.request)) for one in found]
    value = [
        {"id": id_, "time": one.time, "request": request or None}
        for one, (id_, _, request) in zip(found, rows, strict=True)
    ]
    out.table({"answers": value, **more}, ("id", "answered", "request"), rows, "No answer.")


def _shown(asked: Asked) -> dict[str, Any]:
    """All but the nonce, which is nobody's business outside the formats."""
    return {name: value for name, value in asked.to_json().items() if name not in ("v", "nonce")}
