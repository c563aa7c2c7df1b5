"""Opening one grant at one server: peek, open, more slots of the same open. Nothing is returned before it is checked.

The checks themselves are `formats.grant.read_grant`, in the specification's order. An answer that got lost is asked for
again under the same lease, which the server counts once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import MappeError, ServerProblem, Unreachable
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.grant import (
    Grant,
    GrantLocator,
    Preview,
    parse_policy,
    passcode_proof,
    preview_grant,
    read_grant,
    stretch_passcode,
)
from ..formats.seal_keys import SealPrivateKey, public_raw
from ..net.server import Server
from .errors import NotAuthentic, checked
from .pins import Pins
from .receipts import Receipts

TRIES = 3  # of one request whose answer got lost or met a re-publish: each has the same lease and costs nothing


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified grant, and the lease under which its files may be fetched until `until`."""

    grant: Grant
    lease: bytes
    until: int


class Opening:
    """One recipient at one grant.

    `agency_keys`: the recipient's seal keys, of which the policy's tag names one; none for whoever holds the link.
    """

    def __init__(
        self,
        server: Server,
        locator: GrantLocator,
        *,
        pins: Pins,
        receipts: Receipts,
        agency_keys: Sequence[SealPrivateKey] = (),
    ) -> None:
        self.server = server
        self.locator = locator
        self.path = f"/v1/grants/{b64u(locator.grant)}"
        self._pins = pins
        self._receipts = receipts
        self._agency_keys = tuple(agency_keys)
        self._stretched: tuple[str, bytes] | None = None

    @property
    def proves(self) -> dict[str, str]:
        """What shows the server that the caller knows the locator: r of an agency, auth of a link."""
        if self._agency_keys:
            return {"r": b64u(self.locator.recipient)}
        return {"auth": b64u(self.locator.auth)}

    def peek(self) -> Preview:
        """Who shares what, why and until when. Written down by the server, not counted as an open."""
        answer = self.server.post(f"{self.path}/peek", self.proves)
        with checked():
            preview = preview_grant(
                self.locator,
                record=_text(answer, "record"),
                policy=_text(answer, "policy"),
                terms=_text(answer, "terms"),
                now=self.server.now(),
                agency_key=self._key_for(answer),
            )
        self.keep(answer, kinds=("grant-looked-at",), slots=())
        return preview

    def open(
        self, slots: Sequence[bytes] | None = None, *, passcode: str | None = None, lease: bytes | None = None
    ) -> Opened:
        """Opens, and returns the chosen slots (all of them where None) once every check has passed.

        With the `lease` of an earlier answer it is the same open: more of its slots, nothing counted.
        """
        known, lease = lease is not None, lease or secrets.token_bytes(16)
        body: dict[str, Any] = {**self.proves, "lease": b64u(lease)}
        if passcode is not None:
            body["proof"] = b64u(self._passcode_proof(passcode))
        if slots is not None:
            body["slots"] = [b64u(slot) for slot in slots]
        answer, repeated = self._post_open(body)
        grant = self._check(answer, passcode)
        if slots is not None and grant.slots.keys() != set(slots):
            raise NotAuthentic("record-mismatch", "The server sent other fields than those asked for.")
        if slots is None and grant.slots.keys() != set(grant.policy.slots):
            raise NotAuthentic("record-mismatch", "The server left out a part of what was shared.")
        # only what the server may have met before can be a later part: a new open must be written down as one
        kinds = ("grant-opened", "slot-delivered") if known or repeated else ("grant-opened",)
        self.keep(answer, kinds=kinds, slots=tuple(grant.slots))
        with checked():
            return Opened(grant, lease, int(answer["lease"]["until"]))

    def keep(self, answer: Any, *, kinds: Sequence[str], slots: Sequence[bytes]) -> None:
        """Checks the receipt that came with an answer, and keeps it."""
        self._receipts.keep(answer, kinds=kinds, grant=self.locator.grant, slots=slots, now=self.server.now())

    def _key_for(self, answer: Any) -> SealPrivateKey | None:
        """The key that the tag names; the first one if none fits, which the checks then refuse as `wrong-recipient`."""
        tag = parse_policy(_text(answer, "policy")).tag
        fitting = [key for key in self._agency_keys if self.locator.tag(public_raw(key)) == tag]
        return next(iter(fitting or self._agency_keys), None)

    def _post_open(self, body: dict[str, Any]) -> tuple[Any, bool]:
        """The answer, and whether it took more than one request."""
        for attempt in range(TRIES):
            try:
                return self.server.post(f"{self.path}/open", body), attempt > 0
            except (ServerProblem, Unreachable) as error:
                again = error.code == "grant-changed" or isinstance(error, Unreachable)
                if not again or attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _passcode_proof(self, passcode: str) -> bytes:
        """Argon2id once; the profile is in the policy, which only a peek shows before the open."""
        if self._stretched is None or self._stretched[0] != passcode:  # a mistyped one must not stick
            profile = self.peek().policy.passcode
            if profile is None:
                raise MappeError("no-passcode", "This is not protected by a passcode.", "Open it without one.")
            self._stretched = (passcode, stretch_passcode(passcode, self.locator, profile))
        return passcode_proof(self.locator, self._stretched[1])

    def _check(self, answer: Any, passcode: str | None) -> Grant:
        record = _text(answer, "record")
        seen = self._pins.seen(self.locator.grant)
        try:
            with checked():
                grant = read_grant(
                    self.locator,
                    record=record,
                    policy=_text(answer, "policy"),
                    terms=_text(answer, "terms"),
                    keybox=_text(answer, "keybox"),
                    slots=_slots(answer),
                    now=self.server.now(),
                    agency_key=self._key_for(answer),
                    passcode=passcode,
                    stretched=None if self._stretched is None else self._stretched[1],
                    seen=seen,
                )
        except NotAuthentic as error:
            if error.code == "two-faced":
                self._pins.keep_evidence(self.locator.grant, record)
            raise
        self._pins.remember(self.locator.grant, grant.seen, record)
        return grant


def choose(preview: Preview, names: Sequence[str]) -> list[bytes]:
    """The slots of these names (`type.field`), all that bear the name; MappeError `not-shared` for a missing one."""
    found: list[bytes] = []
    for name in names:
        of_name = [slot for slot, said in preview.terms.slots.items() if said.name == name]
        if not of_name:
            there = ", ".join(sorted({said.name for said in preview.terms.slots.values()}))
            raise MappeError("not-shared", f"{name} was not shared; nothing was opened.", f"Shared are: {there}.")
        found += [slot for slot in of_name if slot not in found]
    return found


def _text(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise NotAuthentic("malformed", "What the server sent cannot be read.")
    return value


def _slots(answer: Any) -> dict[bytes, str]:
    slots = answer.get("slots")
    if not isinstance(slots, dict) or not all(isinstance(token, str) for token in slots.values()):
        raise FormatError("malformed", "slots")
    return {unb64u(slot, 16): token for slot, token in slots.items()}
