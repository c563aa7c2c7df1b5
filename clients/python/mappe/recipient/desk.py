"""A desk without enrolment: shows its code, compares six digits, opens what comes (desk.md). For offices without a
browser at hand, for tests, and as the reference of the page `/e`.

desk = Desk.begin(server)     # show desk.url as a QR code, or desk.number
while not desk.listen(): …    # then the person compares desk.digits with the holder's screen
holder = desk.collect()       # None while nothing has come; then peek and open as with a link
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ..formats import desk as fmt
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.grant import GrantLocator, Preview, link
from ..formats.jwk import ed25519_thumbprint
from ..net.server import Server
from .errors import NotAuthentic, checked
from .link import LinkHolder
from .opening import Opened

_SENTENCES = {
    "wrong-opening": "The two halves of the comparison do not fit: somebody stands between this page and the phone.",
    "wrong-record-key": "This was not signed by the phone whose digits were compared.",
    "undecryptable": "What came is not for this page, or was altered on its way.",
}


@dataclass(slots=True)
class Desk:
    """One hand-over. Both keys and the nonce are for it alone."""

    server: Server
    private: X25519PrivateKey = field(repr=False)
    code: fmt.DeskCode
    number: str
    until: int
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    commit: bytes | None = None
    compared: fmt.Comparison | None = None

    @classmethod
    def begin(cls, server: Server) -> Desk:
        """Two fresh keys; the server draws the number. ServerProblem `desks-busy`."""
        key, private = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        jkt = unb64u(ed25519_thumbprint(key.public_key().public_bytes_raw()), 32)
        code = fmt.DeskCode(private.public_key().public_bytes_raw(), jkt)
        own = server.with_key(key)
        answer = own.post("/v1/desks", {"public": b64u(code.public)})
        with checked(_SENTENCES):
            return cls(own, private, code, fmt.read_number(str(answer["number"])), int(answer["exp"]))

    @property
    def url(self) -> str:
        return self.code.link(self.server.origin)

    @property
    def digits(self) -> str | None:
        """None until both sides have spoken."""
        return None if self.compared is None else self.compared.digits

    def listen(self) -> bool:
        """One step; True when the digits are there. NotAuthentic `wrong-opening`, `server-lied`; ServerProblem
        `desk-over`."""
        answer = self._wait({})
        if self.commit is not None and self.compared is None and answer["commit"] is not None:
            answer = self._wait({"nonce": b64u(self.nonce)})
        with checked(_SENTENCES):
            if self.compared is None and self.commit is not None and answer["opening"] is not None:
                said = answer["opening"]
                opening = fmt.Opening(unb64u(said["signer"], 32), unb64u(said["nonce"], 32))
                fmt.check_opening(self.commit, opening)
                self.compared = fmt.Comparison(self.code, self.nonce, opening)
        return self.compared is not None

    def _wait(self, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.server.post(f"{self._path}/wait", body)
        with checked(_SENTENCES):
            commit = None if answer["commit"] is None else unb64u(answer["commit"], 32)
        if self.commit is None:
            self.commit = commit  # the first one counts; the nonce goes out only after it
        elif commit != self.commit:
            raise NotAuthentic("server-lied", "Two phones claim this page.", "Close it and begin anew.")
        return answer

    def collect(self) -> Given | None:
        """What was given, once; None while nothing was. The caller has compared the digits. NotAuthentic, and then
        nothing was opened."""
        assert self.compared is not None
        if not self._wait({})["given"]:
            return None
        answer = self.server.post(f"{self._path}/collect", {})
        with checked(_SENTENCES):
            secret = fmt.open_desk(self.private, self.compared, str(answer["box"]))
        holder = LinkHolder(link(self.server.origin, "g", secret), http=self.server.http, now=self.server.now)
        return Given(holder, self.compared, GrantLocator.of(secret).grant)

    @property
    def _path(self) -> str:
        return f"/v1/desks/{b64u(self.code.id)}"


@dataclass(frozen=True, slots=True)
class Given:
    """A link that came over the desk: what it leads to must be signed by the phone that was compared."""

    link: LinkHolder = field(repr=False)
    compared: fmt.Comparison
    grant: bytes

    def peek(self) -> Preview:
        """Who, why, until when. NotAuthentic `wrong-record-key`."""
        preview = self.link.peek()
        self._check(preview.terms.signer)
        return preview

    def open(self) -> Opened:
        """The one open, after a peek that holds: a grant of somebody else's making spends nothing of anybody's."""
        self.peek()
        opened = self.link.open()
        self._check(opened.grant.terms.signer)
        return opened

    def _check(self, signer: str) -> None:
        try:
            fmt.check_signer(self.compared, signer)
        except FormatError as error:
            raise NotAuthentic(error.code, _SENTENCES[error.code]) from error
