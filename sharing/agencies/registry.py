"""The registry in force: the signed list of agencies, verified in this process, re-read when another process loads one.

The database only carries it. Every process checks the root signatures itself, so whoever writes to the database can at
most keep an old version in place until it expires. The look-ups here are plain dictionary look-ups: a suspended agency
or a revoked key is refused at its next request, whatever token it holds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from mappe.formats.encoding import unb64u
from mappe.formats.errors import FormatError
from mappe.formats.registry import Agency

from kit.database import Database
from sharing.agencies import repository
from sharing.agencies.documents import Roots, Snapshot, read_snapshot
from sharing.agencies.errors import REGISTRY_UNAVAILABLE

POLL_SECONDS = 3.0  # a suspension reaches every worker within this time; one indexed look-up each
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoginKey:
    """A key that may sign in and sign DPoP proofs for its agency."""

    kid: str
    public: bytes


class RegistryInForce:
    """One for each process, in its context."""

    def __init__(self, roots: Roots | None, poll_seconds: float = POLL_SECONDS) -> None:
        self._roots = roots
        self._poll_seconds = poll_seconds
        self._checked = float("-inf")
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._refused: tuple[int, bytes] | None = None

    @property
    def roots(self) -> Roots | None:
        """The pinned root keys; None: this installation has no agencies."""
        return self._roots

    async def fresh(self, db: Database) -> RegistryInForce:
        """Looks for a newer version, at most once in `poll_seconds`; raises if the database does not answer."""
        if time.monotonic() - self._checked >= self._poll_seconds and self._roots is not None:
            async with self._lock:
                if time.monotonic() - self._checked >= self._poll_seconds:
                    await self._poll(db, self._roots)
                    self._checked = time.monotonic()
        return self

    def forget_poll(self) -> None:
        """The next `fresh` looks at once."""
        self._checked = float("-inf")

    async def _poll(self, db: Database, roots: Roots) -> None:
        newest = await db.read(lambda tx: repository.newest_version(tx, roots.bundle))
        if newest is None or newest == self._refused:
            return
        held = self._snapshot
        if held is not None and newest[0] <= held.version:
            if newest != (held.version, held.hash):
                self._refused = newest
                _log.error("the database holds an older or another registry than this process verified; kept its own")
            return
        document = await db.read(lambda tx: repository.document(tx, roots.bundle, newest[0]))
        try:
            # up to 4 MiB of JSON: not on the event loop
            self._snapshot = await asyncio.to_thread(read_snapshot, document, roots)
        except FormatError as error:
            self._refused = newest
            _log.error("the stored registry was refused (%s); load it again with the right root keys", error.code)

    def document(self) -> Snapshot | None:
        """The newest verified version, expired or not: the reader judges for itself."""
        return self._snapshot

    def in_force(self, now: int) -> Snapshot:
        """The newest verified version that has not expired; else Problem `registry-unavailable`."""
        snapshot = self._snapshot
        if snapshot is None or now >= snapshot.expires:
            _warn(snapshot)
            raise REGISTRY_UNAVAILABLE()
        return snapshot

    def agency(self, agency: str, now: int) -> Agency | None:
        """The agency, if it is listed and active."""
        found = self.in_force(now).registry.agencies.get(agency)
        return found if found is not None and found.status == "active" else None

    def login_key(self, agency: str, kid: str, now: int) -> LoginKey | None:
        """An active agency's login key that is valid now and not revoked."""
        found = self.agency(agency, now)
        if found is None:
            return None
        for key in found.keys:
            if key.use == "login" and key.kid == kid and key.active(now):
                return LoginKey(key.kid, key.public)
        return None

    def seal_thumbprints(self, agency: str, now: int) -> tuple[bytes, ...]:
        """The raw thumbprints under which grants may be sealed to an active agency (policy tag, D12a).

        A key past its `exp` is not sealed to any more, but what was sealed before is still read with it; a revoked key
        reads nothing.
        """
        found = self.agency(agency, now)
        if found is None:
            return ()
        return tuple(
            unb64u(key.kid, 32) for key in found.keys if key.use == "seal" and key.status == "active" and key.nbf <= now
        )


def _warn(snapshot: Snapshot | None) -> None:
    if snapshot is None:
        _log.warning("no agency registry is loaded: agencies cannot sign in; run `python -m app registry load FILE`")
    else:
        _log.warning(
            "registry version %d has expired: agencies cannot sign in until a new one is loaded", snapshot.version
        )


__all__ = ["Agency", "LoginKey", "RegistryInForce", "Roots", "Snapshot"]
