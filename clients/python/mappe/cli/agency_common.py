"""What all commands of mappe-agency share: the folder, the passphrase, the agency itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import age_file
from ..agency.client import Agency
from ..agency.keys import AgencyKeys, read_file
from ..agency.profile import AgencyProfile
from .secrets import read_secret

PASSPHRASE = "MAPPE_AGENCY_PASSPHRASE"  # noqa: S105 (the name of a variable)
DEFAULT_FOLDER = Path("~/.local/share/mappe-agency")

FolderOption = Annotated[
    Path, typer.Option("--folder", envvar="MAPPE_AGENCY", help="Folder of this agency's keys, requests and receipts.")
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help=f"File with the keys' passphrase; else {PASSPHRASE}, else a prompt."),
]
CodeArgument = Annotated[
    str,
    typer.Argument(
        help="Text of the code (https://…/a#…), the id of a collected answer, a picture of the QR code, or - to read "
        "the text from standard input.",
        show_default=False,
    ),
]


def load_keys(profile: AgencyProfile, passphrase_file: Path | None) -> tuple[AgencyKeys, str]:
    """The keys, and their passphrase ("" for none); a passphrase is asked for only where there is one."""
    sealed = age_file.is_age(read_file(profile.keys_file))
    passphrase = ""
    if sealed:
        passphrase = read_secret(
            "Passphrase of the keys", env=PASSPHRASE, file=passphrase_file, option="--passphrase-file"
        )
    return AgencyKeys.load(profile.keys_file, passphrase), passphrase


def open_agency(folder: Path, passphrase_file: Path | None) -> Agency:
    """The agency of a folder."""
    profile = AgencyProfile.load(folder.expanduser())
    return Agency(profile, load_keys(profile, passphrase_file)[0])
