"""After a restore: the server shows an older state than this device knows (chain.md, "Pin", `rolled-back`).

    look   → how far the server is behind, if what it shows lies on the chain that this device has seen
    offer  → the changes that this device has signed since then, sent again as they were

A change is never signed anew on an older head: other devices hold the old one, and would call it a fork. Sent again
verbatim, each change is exactly the next, and afterwards every device is where it was. The server takes a change from
the device that signed it only; what another device wrote, that device must offer.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import MappeError, ServerLied
from ..formats import chain
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..storage import write_private
from . import account, promises
from .kept import KEPT_CHANGES, kept
from .vault import Vault

MORE_BACKUPS = "Ask the operator for a newer backup, or go on from the export that you have."


@dataclass(frozen=True, slots=True)
class Gap:
    """The server is at change `shown`, this device knows `known`; `ready` of the changes between lie here in a row."""

    shown: int
    known: int
    ready: tuple[Mapping[str, Any], ...]

    @property
    def whole(self) -> bool:
        return len(self.ready) == self.known - self.shown


def sign_in_again(vault: Vault, passphrase: str) -> None:
    """A restore ends every session. The same device key comes in again, because its changes are bound to it."""
    profile = vault.profile
    waiting = account.waiting_file(profile.folder, profile.handle)
    write_private(waiting, profile.device_pem.encode())
    fresh, _, answer = account.sign_in(vault.server, profile.folder, handle=profile.handle, passphrase=passphrase)
    if fresh.device_pem != profile.device_pem or (fresh.wallet, fresh.genesis) != (profile.wallet, profile.genesis):
        raise ServerLied("server-lied", "The server shows another wallet.")
    profile.token = fresh.token
    profile.save()
    waiting.unlink(missing_ok=True)
    vault.server = vault.server.with_key(profile.device_key, profile.token)
    promises.keep(vault, answer, "device-added", "signed-in")


def look(vault: Vault) -> Gap | None:
    """None: the server is not behind. ServerLied `forked` where it shows what this device has never seen."""
    pin = vault.state
    answer = vault.server.post("/v1/sync", {"since": None, "nonce": b64u(secrets.token_bytes(16))})
    try:
        head = chain.verify_change(answer["head"]["change"], vault.genesis.public)
    except FormatError as error:
        raise ServerLied(error.code, "The server's state does not verify.") from error
    if head.wallet != vault.genesis.wallet_id or head.number >= pin.number:
        return None
    ancestors = {int(number): hash_ for number, hash_ in vault.profile.pin.ancestors.items()}
    if ancestors.get(head.number) != b64u(head.hash):
        raise ServerLied("forked", "The server shows a history that this device has never seen; nothing is sent.")
    ready: list[Mapping[str, Any]] = []
    last = head.hash
    for number in range(head.number + 1, pin.number + 1):
        body = kept(vault.profile.folder, number)
        change = None if body is None else _read(vault, str(body["change"]))
        if body is None or change is None or (change.number, change.parent) != (number, last):
            break
        last = change.hash
        ready.append(body)
    gap = Gap(head.number, pin.number, tuple(ready))
    if gap.whole and last != pin.head:
        return Gap(head.number, pin.number, ())  # what lies here is not what came to be
    return gap


def offer(vault: Vault) -> int:
    """Sends again what the server lacks, and returns how many changes; ask the holder before. A step that breaks off is
    simply taken again.

    MappeError `newer-elsewhere` when the next change was signed on another device, or too long ago.
    """
    gap = look(vault)
    if gap is None:
        return 0
    for number, body in enumerate(gap.ready, gap.shown + 1):
        answer: dict[str, Any] = vault.server.post("/v1/changes", body)
        promises.keep(vault, answer, "vault-changed", "method-changed", detail={"number": number})
    if not gap.whole:
        missing = gap.shown + len(gap.ready) + 1
        raise MappeError(
            "newer-elsewhere",
            f"{len(gap.ready)} changes were sent; change {missing} is not on this device.",
            f"Offer it from the device that wrote it; this one keeps its last {KEPT_CHANGES} changes. {MORE_BACKUPS}",
        )
    vault.sync()
    return len(gap.ready)


def _read(vault: Vault, token: str) -> chain.Change | None:
    try:
        return chain.verify_change(token, vault.genesis.public)
    except FormatError:
        return None
