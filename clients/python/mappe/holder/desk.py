"""Giving something to whoever sits in front of the holder, at a page without enrolment (desk.md).

meeting = meet(vault, what_was_scanned_or_typed)   # the person compares meeting.digits with the other screen
prepared = meeting.prepare(vault, picks, purpose)  # sends nothing: this is what they will see
meeting.give(vault, prepared)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import MappeError, ServerLied, ServerProblem, Unreachable
from ..formats import desk
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from . import grants, promises
from .selection import Pick
from .vault import Vault

EVERY = 1.0  # seconds between two questions whether the page has answered
ANSWER_SECONDS = 60  # a page that shows its code answers within seconds; its tab is closed otherwise
TRIES = 3  # of the last message whose answer got lost
LIFE = 3600  # seconds; the page opens it at once
NAME = "Schalter ohne Anmeldung"  # what stands for the recipient where the person has written no name

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Both sides have spoken; nothing was sealed yet. `secret`: S of the grant to come, for this page alone."""

    compared: desk.Comparison
    secret: bytes = field(repr=False)
    until: int

    @property
    def digits(self) -> str:
        """The person compares them with the other screen before anything else."""
        return self.compared.digits

    @property
    def path(self) -> str:
        return f"/v1/desks/{b64u(self.compared.code.id)}"

    def prepare(
        self, vault: Vault, picks: Sequence[Pick], purpose: str, *, name: str = "", language: str = "en"
    ) -> grants.Prepared:
        """One open within an hour. Sends nothing."""
        conditions = grants.Conditions(purpose, language=language, life=LIFE, opens=1)
        return grants.prepare(vault, grants.To(name or NAME), picks, conditions, secret=self.secret)

    def give(self, vault: Vault, prepared: grants.Prepared) -> dict[str, Any]:
        """Publishes the grant, then lets the box wait for the page. Where that fails the grant is ended again, so that
        nothing stays open that nobody knows of. ServerProblem `desk-over`, `desk-taken`; Unreachable.
        """
        grant = prepared.locator.grant
        if prepared.locator.secret != self.secret:
            raise MappeError("other-desk", "This was prepared for another page.", "Prepare it anew.")
        grants.release(vault, prepared)
        body = {"grant": b64u(grant), "box": desk.seal_desk(self.compared, self.secret)}
        answer = self._send(vault, grant, body)
        # a promise for what went to another page would leave this one out of the log
        told = {"desk": b64u(self.compared.code.id)}
        promises.keep(vault, answer, "desk-given", grant=grant, detail=told)
        return answer

    def _send(self, vault: Vault, grant: bytes, body: dict[str, Any]) -> dict[str, Any]:
        """The same box again is the same box: a lost answer is asked for again."""
        for attempt in range(TRIES):
            try:
                answer: dict[str, Any] = vault.server.post(f"{self.path}/give", body)
                return answer
            except (ServerProblem, Unreachable) as error:
                if isinstance(error, ServerProblem) or attempt == TRIES - 1:
                    grants.end(vault, [grant])
                    raise
        raise AssertionError("unreachable")


def meet(vault: Vault, shown: str, *, sleep: Sleep = time.sleep) -> Meeting:
    """Meets the page whose code was scanned, or whose eight digits were typed. MappeError `not-a-desk`,
    `wrong-number`, `other-origin`, `desk-silent`; ServerProblem `desk-over`, `desk-taken`.
    """
    code = _code(vault, shown)
    secret = secrets.token_bytes(32)
    opening = desk.Opening(unb64u(grants.signer_of(vault, secret), 32), secrets.token_bytes(32))
    path = f"/v1/desks/{b64u(code.id)}/meet"
    said: dict[str, Any] = {"commit": b64u(opening.commit)}
    nonce, waited = None, 0.0
    while nonce is None:
        nonce = vault.server.post(path, said)["nonce"]
        if nonce is None:
            if waited >= ANSWER_SECONDS:
                raise MappeError(
                    "desk-silent",
                    "The page does not answer.",
                    "Ask the clerk whether it is still open, and begin anew.",
                )
            sleep(EVERY)
            waited += EVERY
    # only now: whoever relays has fixed the page's part before it learns ours
    opened = {"signer": b64u(opening.signer), "nonce": b64u(opening.nonce)}
    answer = vault.server.post(path, {**said, "opening": opened})
    if answer["nonce"] != nonce:
        raise ServerLied("server-lied", "The server showed two answers of one page.")
    return Meeting(desk.Comparison(code, unb64u(nonce, 32), opening), secret, int(answer["exp"]))


def _code(vault: Vault, shown: str) -> desk.DeskCode:
    if "#" not in shown:
        return _found(vault, _number(shown))
    try:
        origin, code = desk.DeskCode.read(shown)
    except FormatError:
        raise MappeError("not-a-desk", "This is no code of a clerk's page.", "Scan the code that it shows.") from None
    if origin != vault.server.origin:
        raise MappeError(
            "other-origin", f"This page is at {origin}.", f"Ask the clerk to open {vault.server.origin}/e."
        )
    return code


def _number(typed: str) -> str:
    try:
        return desk.read_number(typed)
    except FormatError as error:
        if error.code == "wrong-number":
            raise MappeError("wrong-number", "A digit is wrong.", "Compare each digit with the screen.") from None
        raise MappeError("not-a-desk", "The page shows eight digits.", "Type them, or scan its QR code.") from None


def _found(vault: Vault, number: str) -> desk.DeskCode:
    answer = vault.server.post("/v1/desks/find", {"number": number})
    try:
        return desk.DeskCode(unb64u(answer["public"], 32), unb64u(answer["device"], 32))
    except (FormatError, KeyError, TypeError) as error:
        raise ServerLied("server-lied", "The server names a page that cannot be.") from error
