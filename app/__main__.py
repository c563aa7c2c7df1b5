"""python -m app: the operator's commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.keys import open_keys, rotate_key
from app.registry import registry_cli
from app.resources import open_clock
from app.settings import Settings, SettingsError
from kit.signing import KEY_USES, KeyUse

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
keys_cli = typer.Typer(no_args_is_help=True, help="The server's signing keys.")
cli.add_typer(keys_cli, name="keys")
cli.add_typer(registry_cli, name="registry")


@cli.command()
def serve() -> None:
    """Serve until stopped. Run `migrate` first."""
    from app.serving import run

    run(Settings.from_env())


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.migrate import upgrade

    upgrade(Settings.from_env().database_url.reveal())
    typer.echo("The database has the newest schema.")


@cli.command("run-jobs")
def run_jobs() -> None:
    """Do everything in the background that is due now, and stop. A running server does it by itself."""
    from app.upkeep import run_jobs

    if not run_jobs(Settings.from_env()):
        typer.echo("Another process is the runner at the moment; it does what is due.", err=True)
        raise typer.Exit(1)


@cli.command()
def fsck(
    as_json: Annotated[bool, typer.Option("--json", help="One object a line: area, says, repaired.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Remove bytes and routes that nothing names.")] = False,
) -> None:
    """Derive everything again and compare; print what is wrong. For a server at rest; a restore ends with it.

    Exit code 0: nothing is wrong, or only orphans were and --repair has removed them; 1: something is wrong.
    """
    from app.upkeep import faults

    wrong = False
    for fault in faults(Settings.from_env(), repair=repair):
        repaired = repair and fault.repair is not None
        wrong |= not repaired
        if as_json:
            typer.echo(json.dumps({"area": fault.area, "says": fault.says, "repaired": repaired}))
        else:
            typer.echo(f"{fault.area}: {fault.says}{' Repaired.' if repaired else ''}")
    if wrong:
        raise typer.Exit(1)
    if not as_json:
        typer.echo("Nothing is wrong.")


@cli.command()
def backup(directory: Annotated[Path, typer.Argument(help="A new or empty directory.")]) -> None:
    """Write a backup without keys; the server may go on. Replicate the ledger directory and keys.json apart from it."""
    from app.backup import backup as run
    from app.backup_files import BackupBroken

    try:
        manifest = run(Settings.from_env(), directory)
    except BackupBroken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    rows = sum(table["rows"] for table in manifest.tables.values())
    typer.echo(f"{rows} rows and {manifest.blobs} sealed files are in {directory}.")


@cli.command()
def restore(
    directory: Annotated[Path, typer.Argument(help="What `backup` wrote.", exists=True, file_okay=False)],
    new_origin: Annotated[
        bool, typer.Option("--new-origin", help="Begin a new log; MAPPE_LOG_NAME must be a new name.")
    ] = False,
) -> None:
    """Bring a backup back into an empty database and blob store, and replay the ledger. Not while a server runs."""
    from app.restore import RestoreRefused
    from app.restore import restore as run

    try:
        done = run(Settings.from_env(), directory, new_origin=new_origin)
    except RestoreRefused as error:
        typer.echo(f"Refused: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(", ".join(f"{name}: {number}" for name, number in done.items()))
    typer.echo("Every device must sign in again, and every grant waits until its holder's device publishes it again.")
    typer.echo("Run `python -m app fsck` before you serve.")


@cli.command()
def spec(
    out: Annotated[Path, typer.Option(help="Directory of openapi.json and errors.json.")] = Path("mobile_api_spec"),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if a file differs.")] = False,
) -> None:
    """Write the generated part of the specification."""
    from app.spec import documents

    stale: list[str] = []
    for name, text in documents().items():
        path = out / name
        if not check:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        typer.echo(f"Out of date: {', '.join(stale)}. Run `make spec`.", err=True)
        raise typer.Exit(1)


@cli.command()
def invite(
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many codes.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long they can be redeemed.")] = 90,
) -> None:
    """Make invitation codes: each gives one wallet its full room. They are shown once and stored hashed."""
    from app.invitations import make

    for code in make(Settings.from_env(), count, days):
        typer.echo(code)


@keys_cli.command("list")
def list_keys() -> None:
    """Show the public keys, newest first."""
    settings = Settings.from_env()
    ring = open_keys(settings.keys_file, open_clock(settings).now())
    for use in KEY_USES:
        for key in ring.published(use):
            state = "current" if key.retired is None else f"retired {_day(key.retired)}"
            typer.echo(f"{use:8} {key.kid}  made {_day(key.created)}  {state}")


@keys_cli.command("rotate")
def rotate(use: KeyUse) -> None:
    """Make a new key for one use; restart the server to sign with it. The log's key cannot be rotated."""
    if use == "log":
        typer.echo(
            "The log's key is the log's identity: every client has pinned it, and a new one is a new log. "
            "If it was stolen, back up and restore with --new-origin, which signs a statement naming the old log.",
            err=True,
        )
        raise typer.Exit(2)
    settings = Settings.from_env()
    now = open_clock(settings).now()
    open_keys(settings.keys_file, now)
    ring = rotate_key(settings.keys_file, use, now)
    typer.echo(f"The new {use} key is {ring.current(use).kid}. Restart the server to use it.")


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def main() -> None:
    try:
        cli(prog_name="python -m app")
    except SettingsError as error:
        typer.echo(f"Settings: {error}", err=True)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
