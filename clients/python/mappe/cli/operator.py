"""mappe-operator: the registry of agencies, kept by people with three root keys, on a machine without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import MappeError
from ..formats.registry import parse_roots, roots_fingerprint
from ..operator import roots as root_keys
from ..storage import write_new
from .operator_signing import ROOT_PASSPHRASE, registry
from .output import Commands, JsonOption, Out
from .secrets import read_secret

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "The registry of agencies, kept by people with three root keys, on a machine without a network.\n\n"
        "draft → add, suspend, rotate-key … → sign (two of three) → combine → verify. The file that 'combine' writes "
        "is what the server loads with 'python -m app registry load FILE'."
    ),
)
root = typer.Typer(no_args_is_help=True, help="The three root keys: each in the hands of another person.")
app.add_typer(root, name="root")
app.add_typer(registry, name="registry")


@root.command("new")
def new(
    key: Annotated[Path, typer.Argument(help="File for the sealed private key; the public half goes beside it.")],
    holder: Annotated[str, typer.Option(help="Who keeps this key; shown in protocols.")],
    passphrase_file: Annotated[
        Path | None, typer.Option(help=f"File with the passphrase; else {ROOT_PASSPHRASE}, else a prompt.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make one root key. Run it three times, for three people in three places; one of them outside the operator."""
    out = Out(json)
    passphrase = read_secret(
        "Passphrase for this root key", env=ROOT_PASSPHRASE, file=passphrase_file, option="--passphrase-file", new=True
    )
    public = root_keys.new_root(key, holder, passphrase)
    name = root_keys.root_name(root_keys.read_public(public)[1])
    out.result(
        {"key": str(key), "public": str(public), "name": name, "holder": holder},
        f"Root key {name} of {holder}: {key}",
        f"Its public half, for 'root collect': {public}",
        "There is no copy. Keep the file and its passphrase apart, and tell nobody both.",
    )


@root.command("collect")
def collect(
    public: Annotated[list[Path], typer.Argument(help="The three .pub.json files.")],
    bundle: Annotated[str, typer.Option(help="Name of the list, such as a district: a-z, 0-9, hyphen.")],
    out: Annotated[Path, typer.Option(help="The roots file to write.")] = Path("roots.json"),
    json: JsonOption = False,
) -> None:
    """Put three public halves into the roots file, which servers and clients pin."""
    if len(public) != 3:
        raise MappeError("roots-wrong", f"Three public halves are needed, not {len(public)}.", "Give three files.")
    halves = [root_keys.read_public(path) for path in public]
    data = root_keys.collect_roots(bundle, [key for _, key in halves])
    write_new(out, data + b"\n", "a roots file")
    names = {root_keys.root_name(key): holder for holder, key in halves}
    lines = [f"  {name}  {holder}" for name, holder in names.items()]
    mark = roots_fingerprint(parse_roots(data))
    Out(json).result(
        {"roots": str(out), "bundle": bundle, "keys": names, "fingerprint": mark},
        f"Roots of {bundle} in {out}; two of these sign:",
        *lines,
        f"Fingerprint, for holders to compare: {mark}",
    )


@root.command("show")
def show(
    roots: Annotated[Path, typer.Argument(help="The roots file.")],
    json: JsonOption = False,
) -> None:
    """Show bundle and key names of a roots file, to compare them with the paper."""
    found = root_keys.read_roots(roots)
    names = [root_keys.root_name(key) for key in found.keys]
    Out(json).result(
        {"bundle": found.bundle, "keys": names}, f"Bundle {found.bundle}", *(f"  {name}" for name in names)
    )


def main() -> None:
    """Entry point."""
    app(prog_name="mappe-operator")
