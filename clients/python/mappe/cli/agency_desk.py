"""mappe-agency desk: takes what somebody gives in person, without enrolment (desk.md)."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ..agency import saving
from ..errors import MappeError
from ..net.server import Server
from ..recipient.desk import Desk
from .output import JsonOption, Out

EVERY = 1.0  # seconds between two questions


def desk(
    origin: Annotated[str, typer.Option("--server", envvar="MAPPE_SERVER", help="Address of the server, https://…")],
    same: Annotated[bool, typer.Option("--same", help="Do not ask whether the digits are the same.")] = False,
    json: JsonOption = False,
) -> None:
    """Show a code, compare six digits with the phone of the person in front of you, and read what they give. Needs no
    enrolment; keeps nothing."""
    out, waiting = Out(json), Desk.begin(Server(origin))
    _show(f"Scan or type: {waiting.number[:4]} {waiting.number[4:]}")
    _show(waiting.url)
    while not waiting.listen():
        _pause(waiting)
    digits = waiting.digits or ""
    _show(f"Digits on both screens: {digits[:3]} {digits[3:]}")
    out.ask("Does the phone show the same digits?", yes=same)
    given = waiting.collect()
    while given is None:
        _pause(waiting)
        given = waiting.collect()
    grant = given.open().grant
    read = saving.as_json(grant, None, read_at=int(time.time()))
    rows = [
        (one["name"], saving.plain(one.get("value")) or one.get("missing", ""), one["assurance"], one["source"])
        for one in read["fields"]
    ]
    out.table(read, ("field", "value", "checked", "source"), rows)


def _show(text: str) -> None:
    """Also with --json: without it nobody could come."""
    typer.echo(text, err=True)


def _pause(waiting: Desk) -> None:
    if waiting.server.now() >= waiting.until:
        raise MappeError("desk-over", "Nobody came within ten minutes.", "Begin anew.")
    time.sleep(EVERY)
