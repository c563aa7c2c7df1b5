"""The registry as a client sees it: two root keys sign it, it only moves forward, and it stands in the public log."""

from __future__ import annotations

from pathlib import Path

from ..errors import MappeError
from ..formats import registry as fmt
from ..formats.log import registry_leaf
from ..net.server import Server
from ..storage import write_private
from .errors import NotAuthentic, checked
from .pins import Pins
from .server_keys import ServerKeys

_SENTENCES = {
    "bad-signature": "The registry of offices is not signed by two of its three root keys.",
    "header-mismatch": "The server shows the registry of another district.",
    "rolled-back": "The server shows an older registry than the one seen before.",
    "two-faced": "Two different registries exist under one version: one of them is false.",
    "expired": "The registry of offices is out of date. Nothing can be shared with an office until it is renewed.",
    "malformed": "The registry of offices cannot be read.",
}


class RegistryClient:
    """`roots`: the pinned roots file of the district; `folder` keeps the last registry that was accepted."""

    def __init__(self, server: Server, keys: ServerKeys, pins: Pins, roots: Path, folder: Path) -> None:
        try:
            data = roots.read_bytes()
        except FileNotFoundError:
            raise MappeError(
                "no-roots",
                f"There is no roots file {roots}.",
                "Get it from the advice office, not from this server, and pin it with 'mappe roots FILE'.",
            ) from None
        with checked(_SENTENCES):
            self.roots = fmt.parse_roots(data)
        self._server = server
        self._keys = keys
        self._pins = pins
        self._kept = folder / f"registry-{self.roots.bundle}.json"

    def fresh(self, *, accept_changed_keys: bool = False) -> fmt.Registry:
        """The registry, verified, in this order: (1) two root signatures; (2) fresh, and it continues the pinned one;
        (3) its leaf is in the public log, so that everybody is shown this one; (4) no known office has a new seal key,
        unless a person has confirmed it.

        NotAuthentic `bad-signature`, `expired`, `rolled-back`, `two-faced`, `unlogged`; MappeError `keys-changed`.
        """
        document = self._server.text("/v1/registry")
        with checked(_SENTENCES):
            registry = fmt.verify_registry(document, self.roots)  # (1)
            fmt.check_fresh(registry, self._server.now(), self._pins.newest("registry", self.roots.bundle))  # (2)
        if not self._keys.included(registry_leaf(registry.hash, registry.version, registry.bundle)):  # (3)
            raise NotAuthentic(
                "unlogged",
                "This registry does not stand in the public log: it may have been made for you alone.",
                "Wait some minutes and try again; if it stays, tell the operator and do not share anything.",
            )
        changed = [] if accept_changed_keys else self._changed(registry)  # (4)
        if changed:
            raise MappeError(
                "keys-changed",
                f"The key of {', '.join(changed)} has changed since this device last saw it.",
                "Ask the office over another channel whether it has new keys, then repeat with --accept-new-keys.",
            )
        write_private(self._kept, document.encode())
        self._pins.raise_newest("registry", self.roots.bundle, registry.version, registry.hash)
        return registry

    def _changed(self, registry: fmt.Registry) -> list[str]:
        try:
            old = fmt.verify_registry(self._kept.read_bytes(), self.roots)
        except FileNotFoundError:
            return []
        return fmt.changed_seal_keys(old, registry)
