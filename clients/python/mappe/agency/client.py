"""The agency as one object: what a Fachverfahren calls. Every method returns only what has been verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from ..errors import MappeError
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.grant import GrantLocator, Preview, parse_link
from ..formats.mark import Issued
from ..formats.registry import Agency as Listed
from ..formats.registry import Registry
from ..holder.cleaning import Clean
from ..net.server import Server
from ..recipient.errors import NotAuthentic
from ..recipient.files import Advance, fetch_file
from ..recipient.opening import Opened, Opening, choose
from ..recipient.pins import Pins
from ..recipient.receipts import Receipts
from ..recipient.registry import RegistryClient
from ..recipient.server_keys import ServerKeys
from . import marking
from .asking import Asked, Collected, Question, ask, collect, notices_of, read_notice, store_answer
from .keys import AgencyKeys
from .profile import AgencyProfile, StoredAnswer
from .session import AgencyServer


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What was read: the verified grant with its lease, the opening for its files, the answer that led to it."""

    opened: Opened
    opening: Opening
    answer: StoredAnswer | None = None

    def missing(self, required: Sequence[str]) -> list[str]:
        """Required fields that the person did not share; a decline of one field is an answer, not a fault."""
        shared = {slot.name for slot in self.opened.grant.terms.slots.values()}
        return [name for name in required if name not in shared]


class Agency:
    """One enrolled agency at one server. `http` and `now` are given by tests."""

    def __init__(
        self,
        profile: AgencyProfile,
        keys: AgencyKeys,
        *,
        http: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.profile = profile
        self.keys = keys
        self._http = http
        self._now = now
        self._public = Server(profile.origin, http=http, now=now)
        self.pins = Pins(profile.folder / "pins.db")
        self._server_keys = ServerKeys(self._public, self.pins)
        self._registry: Registry | None = None
        self._server: AgencyServer | None = None

    # -- who we are ---------------------------------------------------------------------------------------------------

    def registry(self, *, fresh: bool = False) -> Registry:
        """The registry in force, verified against the pinned roots; `fresh` asks again."""
        held = self._registry
        if held is None or fresh or self._public.now() >= held.expires:
            client = RegistryClient(
                self._public, self._server_keys, self.pins, self.profile.roots_file, self.profile.folder
            )
            self._registry = held = client.fresh(accept_changed_keys=True)  # other offices' keys are not used here
        return held

    def listed(self) -> Listed:
        """Our own entry; MappeError `not-enrolled`, `suspended`."""
        found = self.registry().agencies.get(self.profile.id)
        if found is None:
            raise MappeError(
                "not-enrolled",
                f"The registry does not know {self.profile.id}.",
                "Send the enrolment file to the operator and read out its fingerprint when they call.",
            )
        if found.status != "active":
            raise MappeError("suspended", f"{self.profile.id} is suspended.", "Call the operator of the registry.")
        return found

    @property
    def server(self) -> AgencyServer:
        """The signed-in connection."""
        if self._server is None:
            kids = [key.kid for key in self.listed().active_keys("login", self._public.now())]
            login = self.keys.listed("login", kids).ed25519
            self._server = AgencyServer(self.profile.origin, self.profile.id, login, http=self._http, now=self._now)
        return self._server

    @property
    def receipts(self) -> Receipts:
        """The receipts of this office, to be listed and checked."""
        return Receipts(self.profile.folder / "receipts", self._server_keys)

    # -- asking -------------------------------------------------------------------------------------------------------

    def ask(self, question: Question) -> Asked:
        """Makes a request; its `link` goes into a QR code, a letter or another system."""
        listed = self.listed()
        key = self.keys.listed("request", [k.kid for k in listed.active_keys("request", self._public.now())])
        return ask(self.server, listed, key, question, self._requests)

    def asked(self, request: str | None = None) -> list[Asked]:
        """The requests of this office, or the one with this id; MappeError `no-request`."""
        if request is not None:
            _id(request, "no-request", "request")
            return [Asked.load(self._requests / f"{request}.json")]
        return [Asked.load(path) for path in sorted(self._requests.glob("*.json"))]

    def state(self, asked: Asked) -> dict[str, Any]:
        """`state` (open, answered, expired) and number of `answers`; never whether anybody looked or declined."""
        found: dict[str, Any] = self.server.get(f"/v1/agency/requests/{b64u(asked.request)}")
        return found

    def collect(self, asked: Asked, digits: str | None = None) -> Collected:
        """The answers to a request, against the six digits on the person's screen where it uses them."""
        return collect(self.server, self.keys, asked, digits, self._answers)

    def inbox(self) -> Collected:
        """Grants that came without a request. Each is stored here, then erased at the server."""
        found: list[StoredAnswer] = []
        unreadable, after = 0, 0
        while rows := notices_of(self.server.get(f"/v1/agency/inbox?after={after}")):
            before = after
            for id_, token in rows:
                after = max(after, id_)
                notice = read_notice(self.keys, None, token)
                if notice is None:
                    unreadable += 1
                    continue
                answer = StoredAnswer(notice.locator, None, notice.nonce, notice.grant, notice.time)
                store_answer(self._answers, answer)
                self.server.post(f"/v1/agency/inbox/{id_}/done")
                found.append(answer)
            if after == before:  # a server that repeats itself does not keep the office waiting
                break
        return Collected(tuple(found), unreadable)

    def answers(self) -> list[StoredAnswer]:
        """Everything that was collected here, oldest first."""
        found = [StoredAnswer.parse(path.read_bytes()) for path in self._answers.glob("*.json")]
        return sorted(found, key=lambda answer: answer.time)

    # -- reading ------------------------------------------------------------------------------------------------------

    def find(self, code: str) -> tuple[bytes, StoredAnswer | None]:
        """The locator that a code means: the text of a QR code, or the id of a collected answer; MappeError `no-code`,
        `other-server`."""
        if "#" not in code:
            path = self._answers / f"{b64u(_id(code, 'no-code', 'grant'))}.json"
            if not path.exists():
                raise MappeError(
                    "no-code", "This office has no answer with this id.", "See 'answers', or scan the code."
                )
            answer = StoredAnswer.parse(path.read_bytes())
            return answer.locator, answer
        try:
            origin, letter, locator = parse_link(code)
        except FormatError:
            raise MappeError("no-code", "This is not a whole code of Mappe.", "Scan or copy it again.") from None
        if letter != "a":
            raise MappeError(
                "no-code", "This code was not made for an agency.", "Ask the person to share with the office."
            )
        if origin != self._public.origin:
            raise MappeError(
                "other-server", f"This code belongs to {origin}.", f"This office is enrolled at {self._public.origin}."
            )
        return locator, None

    def peek(self, code: str) -> Preview:
        """Who shares what, why and until when; not counted as an open."""
        locator, _ = self.find(code)
        return self._opening(locator).peek()

    def redeem(self, code: str, fields: Sequence[str] | None = None) -> Redeemed:
        """Reads the chosen fields, and no others, or all of them. MappeError `not-shared` before anything is opened."""
        locator, answer = self.find(code)
        opening = self._opening(locator)
        opened = opening.open(None if fields is None else choose(opening.peek(), fields))
        if answer is not None and opened.grant.terms.request != answer.nonce:
            raise NotAuthentic("wrong-request", "This was shared in answer to another request than the one collected.")
        return Redeemed(opened, opening, answer)

    def fetch(self, redeemed: Redeemed, slot: bytes, target: Path, advance: Advance = lambda count: None) -> None:
        """The file of an attachment field, verified, as `target`."""
        fetch_file(redeemed.opening, redeemed.opened, slot, target, advance=advance)

    # -- signing ------------------------------------------------------------------------------------------------------

    def marks(self, redeemed: Redeemed) -> dict[bytes, list[marking.Seen]]:
        """What offices say about the values that were read (slot id → marks), each checked against the registry."""
        slots, now = redeemed.opened.grant.slots, self._public.now()
        if not any(slot.content.get("evidence") for slot in slots.values()):
            return {}
        return {id_: marking.seen(slot, self.registry(), now) for id_, slot in slots.items()}

    def signer(self, life: int = marking.DEFAULT_LIFE) -> marking.Signer:
        """Signs in this office's name, marks for `life` seconds; MappeError as `listed`."""
        now = self._public.now()
        kids = [key.kid for key in self.listed().active_keys("request", now)]
        return marking.Signer(self.profile.id, self.keys.listed("request", kids).ed25519, now, now + life)

    def sign_values(
        self,
        redeemed: Redeemed,
        fields: Sequence[str],
        link: str,
        *,
        says: str = "seen-in-original",
        life: int = marking.DEFAULT_LIFE,
    ) -> dict[str, Any]:
        """Signs for values that were read, and puts that into the wallet by its deposit code; the receipt. MappeError
        `not-shared` for a field that was not."""
        slots = redeemed.opened.grant.slots.values()
        if absent := set(fields) - {slot.name for slot in slots}:
            raise MappeError("not-shared", f"{min(absent)} was not shared.", "Sign for what was read.")
        signer, chosen = self.signer(life), [slot for slot in slots if slot.name in fields]
        return marking.put(self._public, signer, link, marking.statement_on(signer, chosen, says), "mark", says)

    def issue(
        self,
        paper: Issued,
        link: str,
        *,
        says: str = "issued",
        life: int = marking.DEFAULT_LIFE,
        of: Redeemed | None = None,
    ) -> dict[str, Any]:
        """Puts a paper as data into the wallet, each field signed; `of`: what was read of the person it is for."""
        signer = self.signer(life)
        people = set() if of is None else {marking.person_of(slot) for slot in of.opened.grant.slots.values()}
        if len(people) > 1:
            raise MappeError("several-people", "What was read is of several people.", "Read the one person's fields.")
        statement = marking.statement_of(signer, paper, says, next(iter(people), None))
        return marking.put(self._public, signer, link, statement, "credential", paper.title)

    def deposit(self, clean: Clean, link: str) -> dict[str, Any]:
        """Puts a file into the wallet, signed by this office; the receipt."""
        return marking.put(self._public, self.signer(), link, clean, "paper")

    def _opening(self, locator: bytes) -> Opening:
        server = self.server
        receipts = Receipts(self.profile.folder / "receipts", self._server_keys, login=server.login)
        keys = [key.seal for key in self.keys.of("seal")]
        return Opening(server, GrantLocator.of(locator), pins=self.pins, receipts=receipts, agency_keys=keys)

    @property
    def _requests(self) -> Path:
        return self.profile.folder / "requests"

    @property
    def _answers(self) -> Path:
        return self.profile.folder / "answers"


def _id(text: str, code: str, what: str) -> bytes:
    try:
        return unb64u(text, 16)
    except FormatError:
        raise MappeError(
            code, f"{text!r} is not the id of a {what}.", "Copy the id whole: 22 letters and digits."
        ) from None
