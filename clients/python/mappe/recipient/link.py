"""A link grant, opened by whoever holds the link: no account, no enrolment, nothing left behind but receipts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import MappeError
from ..formats.digits import normalise_digits
from ..formats.errors import FormatError
from ..formats.grant import GrantLocator, Preview, parse_link
from ..net.server import Server
from .files import Advance, fetch_file
from .opening import Opened, Opening
from .pins import Pins
from .receipts import Receipts
from .server_keys import ServerKeys


class LinkHolder:
    """`https://host/g#…`, and a key made for this one open.

    `folder` keeps pins and receipts; without one they are kept in memory.
    """

    def __init__(
        self,
        url: str,
        *,
        folder: Path | None = None,
        http: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        origin, secret = _read_link(url)
        server = Server(origin, Ed25519PrivateKey.generate(), http=http, now=now)
        pins = Pins(None if folder is None else folder / "pins.db")
        self.receipts = Receipts(None if folder is None else folder / "receipts", ServerKeys(server, pins))
        self._opening = Opening(server, GrantLocator.of(secret), pins=pins, receipts=self.receipts)

    def peek(self) -> Preview:
        """Who shares what, why, until when; not an open."""
        return self._opening.peek()

    def open(self, passcode: str | None = None, slots: Sequence[bytes] | None = None) -> Opened:
        """One open: the fields, after every check. `passcode` as typed, in any of the scripts that people use."""
        typed = None if passcode is None else _six_digits(passcode)
        return self._opening.open(slots, passcode=typed)

    def fetch(self, opened: Opened, slot: bytes, target: Path, advance: Advance = lambda count: None) -> Opened:
        """The file of an attachment slot, verified."""
        return fetch_file(self._opening, opened, slot, target, advance=advance)


def _read_link(url: str) -> tuple[str, bytes]:
    try:
        origin, letter, secret = parse_link(url)
    except FormatError:
        raise MappeError(
            "not-a-link", "This is not a whole link of Mappe.", "Copy all of it, up to the last letter after the #."
        ) from None
    if letter != "g":
        raise MappeError("not-a-link", "This code is not one that opens something.", "Ask for the link of the share.")
    return origin, secret


def _six_digits(typed: str) -> str:
    try:
        return normalise_digits(typed, 6)
    except FormatError:
        raise MappeError(
            "not-digits", "A passcode has six digits.", "Type the six digits that you were told."
        ) from None
