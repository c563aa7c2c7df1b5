"""After the operator had to go back to an old backup: give the server what this device knows."""

from __future__ import annotations

from ...errors import ServerProblem
from ...holder import rollback
from ..output import JsonOption, Out
from .common import DEFAULT_FOLDER, FolderOption, PassphraseOption, YesOption, open_with


def offer_newer(
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
    json_: JsonOption = False,
) -> None:
    """The server came back from an old backup (`rolled-back`): send it again what this device has written since."""
    out = Out(json_)
    opened, passphrase = open_with(wallet, passphrase_file)
    vault = opened.vault
    try:
        gap = rollback.look(vault)
    except ServerProblem as problem:
        if problem.status != 401:
            raise
        rollback.sign_in_again(vault, passphrase)
        gap = rollback.look(vault)
    sent = 0
    if gap is not None:
        out.ask(
            f"The server is at change {gap.shown}, this device at {gap.known}. Send the {len(gap.ready)} changes that "
            "this device wrote next? Do it if the operator says that a backup was brought back.",
            yes=yes,
        )
        sent = rollback.offer(vault)
    out.result(
        {"sent": sent, "number": vault.state.number},
        f"Sent: {sent} changes. The server is where this device is: change {vault.state.number}.",
    )
