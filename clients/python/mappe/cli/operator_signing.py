"""mappe-operator registry: sign, combine, verify, print, show."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import MappeError
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.registry import Registry
from ..operator import ceremony, printed
from ..operator.changes import date
from ..operator.draft import Draft, payload_json, read_signed
from ..operator.edits import all_keys
from ..operator.roots import open_root, read_roots, root_name
from ..storage import write_new
from .operator_registry import DraftFile, RootsFile, registry
from .output import JsonOption, Out
from .secrets import read_secret

ROOT_PASSPHRASE = "MAPPE_ROOT_PASSPHRASE"  # noqa: S105 (the name of a variable)
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@registry.command()
def sign(
    draft: DraftFile,
    roots: RootsFile,
    key: Annotated[Path, typer.Option(help="Your sealed root key.")],
    out: Annotated[Path | None, typer.Option(help="The signature file; default: beside the draft.")] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help=f"File with the passphrase; else {ROOT_PASSPHRASE}, else a prompt.")
    ] = None,
    yes: Yes = False,
    json: JsonOption = False,
) -> None:
    """Read what changes, then sign it with one root key."""
    printer, pinned, read = Out(json), read_roots(roots), Draft.load(draft)
    protocol = ceremony.protocol_of(read, pinned)
    for line in printed.as_lines(protocol):
        printer.note(line)
    printer.ask("Sign exactly this?", yes=yes)
    passphrase = read_secret(
        "Passphrase of your root key", env=ROOT_PASSPHRASE, file=passphrase_file, option="--passphrase-file"
    )
    private = open_root(key, passphrase)
    signature = ceremony.sign(read, pinned, private)
    name = root_name(private.public_key().public_bytes_raw())
    target = out or draft.with_name(f"{draft.stem}.{name}.sig.json")
    write_new(target, signature, "a signature")
    printer.result(
        {"signature": str(target), "signer": name, "hash": protocol.hash}, f"Signed with root key {name}: {target}"
    )


@registry.command()
def combine(
    draft: DraftFile,
    signatures: Annotated[list[Path], typer.Argument(help="Two or three signature files.")],
    roots: RootsFile,
    out: Annotated[Path, typer.Option(help="The signed version to write, for 'registry load' on the server.")],
    json: JsonOption = False,
) -> None:
    """Put the signatures together and verify the result as every client will."""
    document = ceremony.put_together(
        Draft.load(draft), read_roots(roots), [path.read_bytes() for path in signatures], int(time.time())
    )
    write_new(out, document.encode() + b"\n", "a signed version")
    _report(ceremony.check(document, read_roots(roots), int(time.time())), str(out), Out(json))


@registry.command()
def verify(
    document: Annotated[Path, typer.Argument(help="A signed version.")],
    roots: RootsFile,
    last: Annotated[Path | None, typer.Option(help="The version before it.")] = None,
    json: JsonOption = False,
) -> None:
    """Verify a signed version as every client will, also against the one before."""
    pinned = read_roots(roots)
    before = None if last is None else read_signed(last.read_text("utf-8"), pinned)
    _report(ceremony.check(document.read_text("utf-8"), pinned, int(time.time()), before), str(document), Out(json))


@registry.command("print")
def print_protocol(
    file: Annotated[Path, typer.Argument(help="A draft or a signed version.")],
    roots: RootsFile,
    last: Annotated[Path | None, typer.Option(help="For a signed version: the one before it.")] = None,
    html: Annotated[bool, typer.Option("--html", help="One HTML page instead of text.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write the page; default: standard output.")] = None,
    json: JsonOption = False,
) -> None:
    """Print the protocol for the paper file: hashes, every change, the signers, room for names."""
    pinned = read_roots(roots)
    try:
        protocol = ceremony.protocol_of(Draft.load(file), pinned)
    except MappeError as error:
        if error.code != "not-a-draft":
            raise
        before = None if last is None else last.read_text("utf-8")
        protocol = ceremony.protocol_of_signed(file.read_text("utf-8"), pinned, before)
    page = printed.as_html(protocol) if html else printed.as_text(protocol)
    if out is not None:
        out.write_text(page, "utf-8")
    value = {
        "version": protocol.version,
        "hash": protocol.hash,
        "changes": [{"agency": c.agency, "text": c.text, "weighty": c.weighty} for c in protocol.changes],
        "page": page if out is None else str(out),
    }
    Out(json).result(value, *(page.splitlines() if out is None else [f"Protocol of version {protocol.version}: {out}"]))


@registry.command()
def show(
    file: Annotated[Path, typer.Argument(help="A draft or a signed version.")],
    json: JsonOption = False,
) -> None:
    """List the agencies of a draft or a signed version, without verifying it."""
    try:
        agencies: list[Any] = Draft.load(file).agencies
    except MappeError:
        try:
            agencies = payload_json(file.read_text("utf-8"))["agencies"]
        except (FormatError, KeyError):
            raise MappeError("not-a-registry", f"{file} is neither a draft nor a signed version.") from None
    rows = [
        (one["id"], one["name"], one["power"], one["status"], sum(key["status"] == "active" for key in all_keys(one)))
        for one in agencies
    ]
    Out(json).table(agencies, ("id", "name", "power", "status", "active keys"), rows, "No agency yet.")


def _report(found: Registry, path: str, out: Out) -> None:
    value = {
        "file": path,
        "bundle": found.bundle,
        "version": found.version,
        "hash": b64u(found.hash),
        "expires": found.expires,
        "agencies": len(found.agencies),
    }
    out.result(
        value,
        f"{path}: version {found.version} of {found.bundle}, {len(found.agencies)} agencies, signed by two of three.",
        f"Valid until {date(found.expires)}; hash {b64u(found.hash)}",
    )


__all__ = ["ROOT_PASSPHRASE", "registry"]
