"""What an office says about values: it has seen them in the original, has issued them, has agreed to them (mark.md).

Signed with the key for requests. What comes back is a statement, a file that the holder takes in by a deposit code.
Reading marks of other offices is here as well: only those that hold are shown as such.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import MappeError
from ..formats import mark as fmt
from ..formats.errors import FormatError
from ..formats.locator import DepositLocator, parse_link
from ..formats.registry import Registry
from ..formats.slot import Slot
from ..formats.strict_json import closed, id16
from ..holder.cleaning import Clean
from ..holder.deposits import put_in
from ..net.server import Server

DEFAULT_LIFE = 365 * 24 * 3600  # seconds: a year, then somebody looks at the paper again


@dataclass(frozen=True, slots=True)
class Signer:
    """In whose name, with which key, for how long."""

    agency: str
    key: Ed25519PrivateKey
    now: int
    exp: int

    def sign(self, says: str, field: str, value: object, document: bytes, person: bytes | None) -> fmt.Salted:
        """One mark. FormatError `malformed`."""
        salt = secrets.token_bytes(16)
        said = fmt.Mark(
            mark=secrets.token_bytes(16),
            agency=self.agency,
            says=says,
            field=field,
            value=fmt.value_hash(salt, value),
            document=document,
            person=person,
            time=self.now,
            exp=self.exp,
        )
        return fmt.Salted(fmt.make_mark(self.key, said), salt)


@dataclass(frozen=True, slots=True)
class Seen:
    """A mark beside a value that was read. `state` is `holds`, or the code why it does not."""

    state: str
    says: str = ""
    agency: str = ""
    by: str = ""
    on: int = 0
    until: int = 0
    person: bytes | None = None

    def to_json(self) -> dict[str, Any]:
        if self.state != "holds":
            return {"state": self.state}
        told = {"state": self.state, "says": self.says, "agency": self.agency, "by": self.by}
        return {**told, "on": self.on, "until": self.until}


def seen(slot: Slot, registry: Registry, now: int) -> list[Seen]:
    """What offices say about this value, checked against the registry."""
    found = []
    for one in fmt.marks_in(slot.content.get("evidence")):
        try:
            if slot.kind != "field" or "missing" in slot.content:
                raise FormatError("mark-mismatch", "not a value that a mark could cover")
            checked = fmt.verify_mark(one, registry, field=slot.name, value=slot.content["value"], now=now)
        except FormatError as error:
            found.append(Seen(error.code))
            continue
        said, agency = checked.mark, checked.agency
        found.append(Seen("holds", said.says, agency.id, agency.name, said.time, said.exp, said.person))
    return found


def one_person(marks: Sequence[Seen]) -> bool:
    """False where an agency says that these values are of several people; across agencies the names say nothing."""
    by_agency: dict[str, set[bytes]] = {}
    for one in marks:
        if one.state == "holds" and one.person is not None:
            by_agency.setdefault(one.agency, set()).add(one.person)
    return all(len(people) == 1 for people in by_agency.values())


def person_of(slot: Slot) -> bytes:
    """What the wallet calls the person whose paper this is; MappeError `no-names`."""
    return _names(slot)[1]


def statement_on(signer: Signer, slots: Sequence[Slot], says: str) -> bytes:
    """A mark on each of these values. MappeError `no-names`, `nothing-to-sign`."""
    marks = []
    for slot in slots:
        document, person = _names(slot)
        if slot.kind != "field" or "missing" in slot.content:
            raise MappeError("nothing-to-sign", f"{slot.name} has no value to sign for.", "Leave it out.")
        marks.append(signer.sign(says, slot.name, slot.content["value"], document, person))
    return _made(None, marks)


def statement_of(signer: Signer, paper: fmt.Issued, says: str, person: bytes | None) -> bytes:
    """A whole paper, each field signed; `person` as the wallet calls them to this office, None if nothing was read."""
    document = secrets.token_bytes(16)
    marks = [
        signer.sign(says, f"{paper.type}.{name}", value["value"], document, person)
        for name, value in paper.fields.items()
    ]
    return _made(paper, marks)


def _made(paper: fmt.Issued | None, marks: Sequence[fmt.Salted]) -> bytes:
    try:
        return fmt.make_statement(paper, marks)
    except FormatError as error:
        raise MappeError(
            "statement-wrong", f"This cannot be signed: {error}.", "Look at type, fields and days."
        ) from None


def _names(slot: Slot) -> tuple[bytes, bytes]:
    try:
        of: Mapping[str, bytes] = closed(slot.content.get("of"), {"document": id16, "person": id16})
    except FormatError:
        raise MappeError(
            "no-names",
            f"{slot.name} came without the names under which an office signs.",
            "Ask the person to share it with this office anew, with a newer app.",
        ) from None
    return of["document"], of["person"]


def put(server: Server, signer: Signer, link: str, data: bytes | Clean, kind: str, name: str = "") -> dict[str, Any]:
    """Into a wallet, by the code that its holder shows; signed. MappeError `bad-link`, `other-server`."""
    try:
        origin, letter, locator = parse_link(link)
    except FormatError:
        letter = ""
    if letter != "d":
        raise MappeError("bad-link", "This is not a deposit code.", "Ask the person to show their deposit code.")
    if origin != server.origin:
        raise MappeError("other-server", f"This code belongs to {origin}.", f"This office is at {server.origin}.")
    where, sender = DepositLocator.of(locator), {"type": "agency", "id": signer.agency}
    if isinstance(data, Clean):
        return put_in(server, where, data, sender=sender, signing=signer.key, kind=kind)
    with TemporaryDirectory(prefix="mappe-") as folder:
        path = Path(folder) / "statement"
        path.write_bytes(data)
        clean = Clean(path, name, fmt.MEDIA, len(data), cleaned=False)
        return put_in(server, where, clean, sender=sender, signing=signer.key, kind=kind)
