"""Six digits that open the wallet on this device while the server helps (wallet.md, "Device PIN").

`pin.json` beside the profile holds the device secret and the envelope; without the server's share it opens nothing, and
the share leaves only against the proof, five wrong ones at most.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from ..errors import MappeError, ServerLied, ServerProblem
from ..formats import wallet as fmt
from ..formats.encoding import b64u, digest, unb64u
from ..formats.errors import FormatError
from ..net.server import Server
from ..storage import write_private
from . import account, promises
from .profile import Profile
from .wallet import Wallet

FILE = "pin.json"


def is_set(folder: Path) -> bool:
    """Whether this device has a PIN, as far as it knows itself."""
    return (folder / FILE).exists()


def set_pin(wallet: Wallet, typed: str) -> None:
    """A new PIN for this device; one before it ends with it."""
    profile, vault = wallet.profile, wallet.vault
    secret, share = secrets.token_bytes(32), secrets.token_bytes(32)
    pin = fmt.DevicePin.of(secret, profile.handle, account.digits(typed, fmt.PIN_DIGITS))
    at = fmt.EnvelopeId(vault.genesis.wallet_id, secrets.token_bytes(16), "pin", 1, vault.state.epoch)
    envelope = fmt.seal_envelope(pin.root(share), at, profile.handle, vault.vmk)
    answer = vault.server.put("/v1/pin", {"share": b64u(share), "proof": digest(pin.proof)})
    kept = {"v": 1, "secret": b64u(secret), "id": b64u(at.id), "epoch": at.epoch, "envelope": envelope}
    write_private(profile.folder / FILE, json.dumps(kept).encode())
    promises.keep(vault, answer, "pin-set")


def forget(wallet: Wallet) -> None:
    """Here first: without the envelope the share is worth nothing."""
    (wallet.profile.folder / FILE).unlink(missing_ok=True)
    answer = wallet.vault.server.post("/v1/pin/forget")
    if "promise" in answer:  # where none was set, nothing is written down
        promises.keep(wallet.vault, answer, "pin-ended")


def unlock(server: Server, folder: Path, typed: str) -> Wallet:
    """Opens the wallet that this device knows. ServerProblem `pin-wrong` (`tries_left`); MappeError `pin-gone`.

    (1) the share against the proof; (2) the envelope of this device. A share that opens it not is not the one that was
    given to the server, because the proof was right.
    """
    profile = Profile.load(folder)
    kept = _kept(folder)
    pin = fmt.DevicePin.of(unb64u(kept["secret"], 32), profile.handle, account.digits(typed, fmt.PIN_DIGITS))
    device = server.with_key(profile.device_key, profile.token)
    try:
        answer = device.post("/v1/pin/release", {"proof": b64u(pin.proof)})  # (1)
    except ServerProblem as problem:
        if problem.code == "pin-gone":
            (folder / FILE).unlink()
        raise
    at = fmt.EnvelopeId(unb64u(profile.wallet, 32), unb64u(kept["id"], 16), "pin", 1, int(kept["epoch"]))
    try:
        root = pin.root(unb64u(answer["share"], 32))
        vmk = fmt.open_envelope(root, at, profile.handle, kept["envelope"])  # (2)
    except (FormatError, KeyError) as error:
        raise ServerLied("server-lied", "The server gives out another share than this device left there.") from error
    wallet = Wallet.opened(server, profile, vmk)
    promises.keep(wallet.vault, answer, "pin-released")
    return wallet


def _kept(folder: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((folder / FILE).read_bytes())
    except FileNotFoundError:
        raise MappeError(
            "pin-gone", "There is no PIN on this device.", "Unlock with the passphrase and set a new PIN."
        ) from None
    return kept
