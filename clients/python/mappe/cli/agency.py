"""mappe-agency: what an office does with Mappe, on the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ..agency.keys import AgencyKeys
from ..agency.profile import FILE, AgencyProfile
from ..errors import MappeError
from ..formats.labels import SUITE
from ..formats.registry import USES
from ..net.server import Server
from .agency_ask import answers, inbox, request
from .agency_common import DEFAULT_FOLDER, PASSPHRASE, FolderOption, PassphraseOption, load_keys, open_agency
from .agency_desk import desk
from .agency_read import peek, receipts, redeem
from .agency_sign import deposit, issue, sign
from .output import TAKES_ID, Commands, JsonOption, Out, day
from .secrets import read_secret

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "What an office does with Mappe: ask for fields, collect the answer, read what was shared.\n\n"
        "init → (the operator enrols the office) → request new → request collect → redeem → receipts check. "
        "sign, issue and deposit give something back."
    ),
)
keys_app = typer.Typer(no_args_is_help=True, help="The office's keys: login, request, seal.")
app.add_typer(keys_app, name="keys")
app.add_typer(request, name="request")
app.add_typer(receipts, name="receipts")
app.command("inbox")(inbox)
app.command("answers")(answers)
app.command("peek", context_settings=TAKES_ID)(peek)
app.command("redeem", context_settings=TAKES_ID)(redeem)
app.command("sign", context_settings=TAKES_ID)(sign)
app.command("issue")(issue)
app.command("deposit")(deposit)
app.command("desk")(desk)


@app.command()
def init(
    id: Annotated[str, typer.Option(help="Short name in the registry: a-z, 0-9, hyphen.")],
    name: Annotated[str, typer.Option(help="Name as people know it.")],
    address: Annotated[str, typer.Option(help="Postal address.")],
    origin: Annotated[str, typer.Option("--server", envvar="MAPPE_SERVER", help="Address of the server, https://…")],
    roots: Annotated[Path, typer.Option(help="Roots file of the district, handed over by the operator.")],
    email: Annotated[str, typer.Option(help="For people with questions.")] = "",
    phone: Annotated[str, typer.Option(help="For people with questions.")] = "",
    url: Annotated[str, typer.Option(help="For people with questions.")] = "",
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Keep the keys without one: for a service that starts unattended.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Make this office's keys, and the enrolment file for the operator."""
    out, folder = Out(json), folder.expanduser()
    if (folder / FILE).exists():
        raise MappeError("exists", f"There is an agency in {folder} already.", "Choose another --folder.")
    contact = {key: value for key, value in (("email", email), ("phone", phone), ("url", url)) if value}
    profile = AgencyProfile(folder, Server(origin).origin, id, name, address, contact)
    passphrase = ""
    if not no_passphrase:
        passphrase = read_secret(
            "Passphrase for the keys", env=PASSPHRASE, file=passphrase_file, option="--passphrase-file", new=True
        )
    now = int(time.time())
    made = AgencyKeys.generate(now)
    token, fingerprint = profile.enrolment(made, now)
    profile.pin_roots(roots.read_bytes())
    made.save(profile.keys_file, passphrase)
    profile.save()
    _hand_out(profile, token, fingerprint, out)


@app.command()
def enrol(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """Write the enrolment file anew, with the newest key of each use, and show its fingerprint."""
    profile = AgencyProfile.load(folder.expanduser())
    keys, _ = load_keys(profile, passphrase_file)
    token, fingerprint = profile.enrolment(keys, int(time.time()))
    _hand_out(profile, token, fingerprint, Out(json))


@keys_app.command("show")
def show_keys(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """List the names of the office's keys, newest first; never the keys themselves."""
    keys, _ = load_keys(AgencyProfile.load(folder.expanduser()), passphrase_file)
    rows = [(key.use, key.suite, key.kid, day(key.created)) for use in USES for key in keys.of(use)]
    value = [{"use": use, "suite": suite, "kid": kid, "created": created} for use, suite, kid, created in rows]
    Out(json).table(value, ("use", "suite", "name", "made"), rows)


@keys_app.command("rotate")
def rotate(
    use: Annotated[str, typer.Argument(help="login, request or seal.")],
    suite: Annotated[
        int,
        typer.Option(
            help="2: a seal key with ML-KEM beside X25519, against those who keep papers for decades.", min=1, max=2
        ),
    ] = SUITE,
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Make a new key for one use; it counts once the operator has put it into the registry ('registry rotate-key').

    The first seal key of suite 2 stands beside the others and replaces none of them.
    """
    if use not in USES:
        raise MappeError("no-use", f"There are no {use!r} keys.", f"Uses are: {', '.join(USES)}.")
    profile = AgencyProfile.load(folder.expanduser())
    keys, passphrase = load_keys(profile, passphrase_file)
    now = int(time.time())
    keys = keys.with_new(use, now, suite)
    token, fingerprint = profile.enrolment(keys, now)
    keys.save(profile.keys_file, passphrase)
    _hand_out(profile, token, fingerprint, Out(json))


@app.command()
def registry(
    folder: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json: JsonOption = False
) -> None:
    """Fetch and verify the registry, and show what it says about this office."""
    agency = open_agency(folder, passphrase_file)
    found, listed = agency.registry(), agency.listed()
    value = {
        "bundle": found.bundle,
        "version": found.version,
        "expires": found.expires,
        "agency": listed.id,
        "status": listed.status,
        "purposes": [{"id": p.id, "basis": p.basis, "fields": sorted(p.fields)} for p in listed.purposes],
        "keys": [
            {"use": key.use, "suite": key.suite, "kid": key.kid, "exp": key.exp, "status": key.status}
            for key in listed.keys
        ],
    }
    Out(json).result(
        value,
        f"Registry {found.bundle}, version {found.version}, valid until {day(found.expires)}, verified.",
        f"{listed.id}: {listed.name}, {listed.status}, {listed.power}",
        *(f"  may ask {p.id} ({p.basis}): {', '.join(sorted(p.fields))}" for p in listed.purposes),
        *(
            f"  key {key.use}, suite {key.suite}, {key.kid[:12]} until {day(key.exp)}, {key.status}"
            for key in listed.keys
        ),
    )


def _hand_out(profile: AgencyProfile, token: str, fingerprint: str, out: Out) -> None:
    path = profile.folder / f"{profile.id}.enrolment"
    path.write_text(token + "\n", "ascii")
    out.result(
        {"agency": profile.id, "folder": str(profile.folder), "enrolment": str(path), "fingerprint": fingerprint},
        f"Send this file to the operator of the registry: {path}",
        f"When they call, read out the fingerprint: {fingerprint}",
    )


def main() -> None:
    """Entry point."""
    app(prog_name="mappe-agency")
