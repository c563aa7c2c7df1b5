"""What a request handler may use, handed down from `app` without the slices knowing `app`.

It is at `request.app.state.context`; each slice's `deps.py` reads it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from kit.blobs import BlobStore
from kit.clock import Clock
from kit.database import Database
from kit.limits import GIB, MIB
from kit.metrics import Metrics
from kit.signing import KeyRing

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Config:
    """The settings that rules depend on. Backends, paths and secrets are not among them."""

    public_origin: str = "http://127.0.0.1:8000"
    sandbox_origin: str = ""  # where shown papers live; empty: an origin-less frame
    rp_id: str = "127.0.0.1"
    log_name: str = "127.0.0.1:8000/mappe-log"  # the origin line of checkpoints
    witnesses: tuple[str, ...] = ()  # verifier keys of those who cosign checkpoints: name+hash+base64(0x04 ‖ key)
    wallet_documents: int = 5_000  # sealed documents in one wallet
    wallet_bytes: int = 4 * GIB  # attachments of one wallet
    uninvited_documents: int = 200  # the same before an invitation code is redeemed: enough to begin with
    uninvited_bytes: int = 100 * MIB
    wallet_open_grants: int = 500  # grants that have not ended
    deposit_bytes: int = 100 * MIB  # one deposit code
    wallets_per_hour: int = 600  # creations on this server; wallets without e-mail invite abuse
    testing: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The ports of this process, opened once at start."""

    db: Database
    blobs: BlobStore
    clock: Clock
    config: Config
    keys: KeyRing
    metrics: Metrics
    services: dict[type, object] = field(default_factory=dict)

    def add(self, service: object) -> None:
        """`app` puts in what a slice keeps for the life of the process, such as the registry in force."""
        self.services[type(service)] = service

    def get(self, kind: type[S]) -> S:
        """The one instance of `kind` that `app` has put in."""
        service = self.services[kind]
        if not isinstance(service, kind):
            raise TypeError(kind.__name__)
        return service
