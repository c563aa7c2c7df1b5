"""python -m app registry: the operator loads signed versions of the agency registry and looks at the one in force."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from mappe.formats.errors import FormatError

from app.agencies import open_roots
from app.resources import open_clock, open_database
from app.settings import Settings, SettingsError
from kit.clock import DAY
from sharing.agencies import accept
from sharing.agencies.documents import DOCUMENT_BYTES, Roots, Snapshot

EXPIRY_WARNING_SECONDS = 14 * DAY  # a signing ceremony needs two people and an appointment

registry_cli = typer.Typer(no_args_is_help=True, help="The signed list of agencies.")


@registry_cli.command()
def load(
    files: Annotated[list[Path], typer.Argument(help="Signed versions, oldest first.", exists=True, dir_okay=False)],
) -> None:
    """Verify signed versions against the pinned root keys and put the last one into force."""
    settings = Settings.from_env()
    roots = _required(settings)
    now = open_clock(settings).now()
    documents: list[bytes] = []
    for file in files:
        if file.stat().st_size > DOCUMENT_BYTES:
            _stop(f"{file} is larger than a registry may be")
        documents.append(file.read_bytes().strip())
    db = open_database(settings)
    try:
        loaded = accept.load(db, roots, documents, now)
    except FormatError as error:
        _stop(f"Refused, nothing was changed: {error}")
    finally:
        db.close()
    typer.echo(f"Version {loaded.version} of {loaded.registry.bundle} is in force; running servers take it in seconds.")
    _describe(loaded, now)


@registry_cli.command()
def show() -> None:
    """Show the stored version, its agencies and how long it lasts."""
    settings = Settings.from_env()
    roots = _required(settings)
    db = open_database(settings)
    try:
        stored = accept.newest(db, roots)
    except FormatError as error:
        _stop(f"The stored registry does not verify with the pinned root keys: {error}")
    finally:
        db.close()
    if stored is None:
        _stop("No registry is loaded: agencies cannot sign in. Run `python -m app registry load FILE`.")
    typer.echo(f"Registry {stored.registry.bundle}, version {stored.version}")
    _describe(stored, open_clock(settings).now())
    for agency in sorted(stored.registry.agencies.values(), key=lambda agency: agency.id):
        state = "active" if agency.status == "active" else "SUSPENDED"
        revoked = sum(key.status == "revoked" for key in agency.keys)
        typer.echo(f"  {agency.id:40} {state:9} {len(agency.keys)} keys, {revoked} revoked")


def _describe(snapshot: Snapshot, now: int) -> None:
    day = datetime.fromtimestamp(snapshot.expires, UTC).strftime("%Y-%m-%d %H:%M UTC")
    typer.echo(f"Issued by the root keys for {len(snapshot.registry.agencies)} agencies, valid until {day}.")
    if now >= snapshot.expires:
        typer.echo("It has EXPIRED: agencies cannot sign in. Have the next version signed and load it.", err=True)
    elif snapshot.expires - now < EXPIRY_WARNING_SECONDS:
        typer.echo("It expires within two weeks: have the next version signed.", err=True)


def _required(settings: Settings) -> Roots:
    roots = open_roots(settings)
    if roots is None:
        raise SettingsError("MAPPE_REGISTRY_ROOT must name the roots file; without it there are no agencies")
    return roots


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
