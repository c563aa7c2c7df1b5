"""A new device comes in by the code that one of the holder's devices reads from its screen (join.md).

new  = begin(server, folder)           # show new.url as a QR code, and new.digits
asked = read(url); asked.approve(wallet, "device")      # after the person has compared asked.digits
wallet = new.collect()                 # None while nobody has said yes
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ..errors import MappeError, ServerLied, ServerProblem
from ..formats import join
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..net.server import Server
from . import account, promises
from .account import Method
from .profile import FILE, Pin, Profile, load_device_key, new_device_key
from .vault import Vault
from .wallet import Wallet


@dataclass(frozen=True, slots=True)
class Joining:
    """A device that waits to be let in. Both its keys are for this one join."""

    server: Server
    folder: Path
    code: join.JoinCode
    private: X25519PrivateKey = field(repr=False)
    device_pem: str = field(repr=False)
    lent: bool = True  # whether this program may be a lent device: one that keeps papers on its disk may not

    @property
    def url(self) -> str:
        return self.code.link(self.server.origin)

    @property
    def digits(self) -> str:
        return self.code.digits

    def collect(self) -> Wallet | None:
        """The wallet, or None while it is not approved (or no longer: a join waits for ten minutes)."""
        try:
            answer = self.server.post(f"/v1/joins/{b64u(self.code.id)}/collect", {})
        except ServerProblem as problem:
            if problem.code == "join-waiting":
                return None
            raise
        return self._come_in(answer)

    def _come_in(self, answer: dict[str, Any]) -> Wallet:
        """(1) the box opens and says what the server says; (2) the first sync verifies everything, not below the head
        that the approving device had verified and not beside it; (3) the event promised is this one. Nothing is saved
        before (2)."""
        joined = self._opened(answer)  # (1)
        if joined.mode == "assisted" and not self.lent:
            self.server.with_key(load_device_key(self.device_pem)[0], answer["token"]).post("/v1/session/end")
            raise MappeError(
                "not-lent",
                "This device was let in for half an hour only, and would keep your papers on its disk.",
                "Let it in for good with 'mappe devices add', or use the app in a browser for a lent computer.",
            )
        profile = Profile(
            folder=self.folder,
            origin=self.server.origin,
            handle=joined.handle,
            wallet=b64u(joined.wallet),
            device_pem=self.device_pem,
            token=answer["token"],
            genesis=answer["genesis"],
            identity_box=answer["identity_box"],
            methods=[account.plain(Method.read(one)) for one in answer["methods"]],
            pin=Pin(number=0),
            unsure=True,
        )
        vault = Vault(profile, self.server, joined.vmk)
        vault.sync(floor=joined.number, known=Pin(joined.number, b64u(joined.head), {}))  # (2)
        lent = joined.mode == "assisted"
        if lent:
            account.check_end(self.server, answer)
            promises.keep(vault, answer, "assisted-started", detail={"until": answer["exp"]})  # (3)
        else:
            promises.keep(vault, answer, "device-added", "signed-in")  # (3)
        return Wallet(profile, vault)

    def _opened(self, answer: dict[str, Any]) -> join.Joined:
        try:
            return join.open_join(
                self.private,
                self.code.jkt,
                answer["box"],
                wallet=unb64u(answer["wallet"], 32),
                mode=str(answer["mode"]),
            )
        except FormatError as error:
            raise ServerLied(error.code, "What the server hands out is not what was approved.") from error


def begin(server: Server, folder: Path, *, lent: bool = True) -> Joining:
    """Two fresh keys; with `lent` False a device that is not let in for good leaves at once (`not-lent`). MappeError
    `wallet-exists` when the folder holds a wallet."""
    if (folder / FILE).exists():
        raise MappeError("wallet-exists", f"{folder} already holds a wallet.", "Choose another folder with --wallet.")
    key, pem = new_device_key()
    private = X25519PrivateKey.generate()
    code = join.JoinCode(private.public_key().public_bytes_raw(), unb64u(account.device_of(key), 32))
    return Joining(server.with_key(key), folder, code, private, pem, lent)


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that was read from another device's screen. The person compares `digits` before `approve`."""

    origin: str
    code: join.JoinCode

    @property
    def digits(self) -> str:
        return self.code.digits

    def approve(self, wallet: Wallet, mode: str) -> None:
        """Lets it in, `mode` `device` or `assisted`. MappeError `other-origin`."""
        if self.origin != wallet.profile.origin:
            raise MappeError(
                "other-origin", f"This code is of {self.origin}.", f"Open {wallet.profile.origin} on the new device."
            )
        vault = wallet.vault
        vault.sync()
        assert vault.state.head is not None
        inside = join.Joined(
            wallet.profile.handle, vault.genesis.wallet_id, vault.vmk, vault.state.number, vault.state.head, mode
        )
        body = {"device": self.code.device, "box": join.seal_join(self.code, inside), "mode": mode}
        answer = vault.server.post(f"/v1/joins/{b64u(self.code.id)}", body)
        promises.keep(vault, answer, "join-approved", detail={"device": self.code.device, "mode": mode})


def read(url: str) -> Asked:
    """MappeError `not-a-join`. The code is taken from the new device's screen, never from a message."""
    try:
        return Asked(*join.JoinCode.read(url))
    except FormatError:
        raise MappeError(
            "not-a-join", "This is no code of a new device.", "Scan the code that the new device shows."
        ) from None
