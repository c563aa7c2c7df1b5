"""Marks: what an office says about a value, so that the next one need not ask it (mark.md).

    verify_mark    a recipient's and the wallet's checks (1)–(5), against a verified registry
    parse_statement    the file that brings marks into a wallet

A mark covers field, value, paper, person and time; the salt of the value's hash stands beside the token, so that a
token alone gives no value away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from hmac import compare_digest
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .encoding import b64u, unb64u
from .errors import FormatError
from .jws import kid_of, sign, verify
from .labels import derive, tagged_hash
from .object import AS_OF
from .registry import AGENCY_ID, Agency, AgencyKey, Registry
from .strict_json import (
    Checker,
    anything,
    closed,
    dumps,
    exactly,
    hash32,
    id16,
    integer,
    list_of,
    loads,
    map_of,
    matching,
    nullable,
    one_of,
    string,
)
from .strict_json import time as a_time

SAYS: Final = ("seen-in-original", "issued", "agreed")
MEDIA: Final = "application/vnd.mappe.statement+json"
MAX_MARK = 1024  # bytes of a mark's JSON
MAX_STATEMENT = 256 * 1024  # bytes: as large as an object, which it becomes part of
MAX_MARKS = 256
MAX_LIFE = 3660 * 24 * 3600  # seconds; ten years: a certificate is checked once in a working life
CLOCK_SECONDS = 300  # clocks may differ this much

_FIELD = matching(r"[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says. `value` is the value's hash, `document` and `person` names that the wallet gave this agency."""

    mark: bytes
    agency: str
    says: str
    field: str
    value: bytes = member(repr=False)
    document: bytes = member(repr=False)
    person: bytes | None = member(repr=False)
    time: int
    exp: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A mark that holds, and the agency as the registry names it."""

    mark: Mark
    agency: Agency


@dataclass(frozen=True, slots=True)
class Salted:
    """A token with the salt that stands beside it."""

    token: str
    salt: bytes = member(repr=False)

    def entry(self, name: str) -> dict[str, str]:
        """As it lies in `evidence`."""
        return {"kind": "mark", "token": self.token, "salt": b64u(self.salt), "name": name}


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper that comes as data: its type, its title, and per field {value, as_of}."""

    type: str
    title: str
    fields: Mapping[str, Mapping[str, Any]] = member(repr=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a deposit of kind `mark` or `credential` holds."""

    document: Issued | None
    marks: Sequence[Salted]


_MARK: Mapping[str, Checker] = {
    "v": exactly(1),
    "mark": id16,
    "agency": AGENCY_ID,
    "says": one_of(SAYS),
    "field": _FIELD,
    "value": hash32,
    "document": id16,
    "person": nullable(id16),
    "time": a_time,
    "exp": integer(1),
}


def names(seed: bytes, agency: str, document: bytes, person: bytes | None) -> tuple[bytes, bytes]:
    """What this agency is told to call a paper and a person of the wallet; 16 bytes each. `seed`: the identity's
    signing seed."""
    whom = agency.encode("ascii") + b"\0"
    return derive(seed, "mark-document", whom + document, 16), derive(seed, "mark-person", whom + (person or b""), 16)


def canonical(value: object) -> bytes:
    """The bytes of a value that everybody hashes alike."""
    return dumps(_sorted(value))


def _sorted(value: object) -> object:
    if type(value) is dict:
        return {name: _sorted(value[name]) for name in sorted(value)}  # code points sort as their UTF-8 does
    return [_sorted(item) for item in value] if type(value) is list else value


def value_hash(salt: bytes, value: object) -> bytes:
    """32 bytes; the salt keeps a short value from being guessed."""
    if len(salt) != 16:
        raise FormatError("malformed", "a salt has 16 bytes")
    return tagged_hash("mark-value", salt + canonical(value))


def make_mark(key: Ed25519PrivateKey, mark: Mark) -> str:
    """The token, signed with the agency's request key; FormatError `malformed`: nobody signs what none takes."""
    payload = dumps(
        {
            "v": 1,
            "mark": b64u(mark.mark),
            "agency": mark.agency,
            "says": mark.says,
            "field": mark.field,
            "value": b64u(mark.value),
            "document": b64u(mark.document),
            "person": None if mark.person is None else b64u(mark.person),
            "time": mark.time,
            "exp": mark.exp,
        }
    )
    _parse(payload)
    return sign("mark", key, payload)


def verify_mark(one: Salted, registry: Registry, *, field: str, value: object, now: int) -> Checked:
    """The mark on this value of this field. FormatError `malformed`, `unknown-agency`, `header-mismatch`,
    `bad-signature`, `too-large`, `mark-mismatch`, `not-yet`, `expired`."""
    agency, key = _owner(registry, kid_of(one.token))  # (1)
    mark = _parse(verify("mark", one.token, key.public))  # (2) (3)
    if mark.agency != agency.id or not key.nbf <= mark.time < key.exp:
        raise FormatError("unknown-agency", "not a key of this agency at that time")
    if mark.field != field or not compare_digest(mark.value, value_hash(one.salt, value)):  # (4)
        raise FormatError("mark-mismatch", "a mark on another value")
    if mark.time - CLOCK_SECONDS > now:  # (5)
        raise FormatError("not-yet")
    if now >= mark.exp:
        raise FormatError("expired")
    return Checked(mark, agency)


def _owner(registry: Registry, kid: str) -> tuple[Agency, AgencyKey]:
    for agency in registry.agencies.values():
        for key in agency.keys:
            if key.kid == kid and key.use == "request":
                if agency.status != "active" or key.status != "active":
                    raise FormatError("unknown-agency", "suspended, or its key revoked")
                return agency, key
    raise FormatError("unknown-agency", "no such key")


def _parse(payload: bytes) -> Mark:
    members = closed(loads(payload, max_bytes=MAX_MARK), _MARK)
    del members["v"]
    if not members["time"] < members["exp"] <= members["time"] + MAX_LIFE:
        raise FormatError("malformed", "a mark lasts at most 3,660 days")
    return Mark(**members)


def marks_in(evidence: object) -> Iterator[Salted]:
    """The marks among the evidence of a value; whatever else lies there is passed over."""
    for entry in evidence if isinstance(evidence, (list, tuple)) else ():
        if isinstance(entry, dict) and entry.get("kind") == "mark":
            try:
                yield Salted(string(entry.get("token")), id16(entry.get("salt")))
            except FormatError:
                continue


# -- statements -------------------------------------------------------------------------------------------------------


def _salted(value: object) -> Salted:
    return Salted(**closed(value, {"token": string, "salt": id16}))


def _value(value: object) -> Mapping[str, Any]:
    checked: Mapping[str, Any] = closed(value, {"value": anything, "as_of": AS_OF})
    if checked["value"] is None:
        raise FormatError("malformed", "nobody signs a value that is missing")
    return checked


def _issued(value: object) -> Issued:
    fields = map_of(matching("[a-z][a-z0-9_]{0,63}"), _value, maximum=MAX_MARKS)
    found = Issued(**closed(value, {"type": matching("[a-z][a-z0-9_]{0,63}"), "title": string, "fields": fields}))
    if not found.fields:
        raise FormatError("malformed", "a paper without fields")
    return found


_STATEMENT: Mapping[str, Checker] = {
    "v": exactly(1),
    "document": nullable(_issued),
    "marks": list_of(_salted, minimum=1, maximum=MAX_MARKS),
}


def parse_statement(data: bytes | str, kind: str) -> Statement:
    """The file of a deposit of this kind (`mark`, `credential`), its marks unverified. FormatError `malformed`,
    `too-large`."""
    members = closed(loads(data, max_bytes=MAX_STATEMENT), _STATEMENT)
    found = Statement(members["document"], members["marks"])
    if kind not in ("mark", "credential") or (found.document is None) != (kind == "mark"):
        raise FormatError("malformed", "a credential, and no other deposit, brings a paper")
    if found.document is not None:
        said = [unverified(one.token) for one in found.marks]
        fields = [mark.field for mark in said]
        if sorted(fields) != sorted(f"{found.document.type}.{name}" for name in found.document.fields):
            raise FormatError("malformed", "one mark for each field")
        if len({(mark.document, mark.person) for mark in said}) != 1:
            raise FormatError("malformed", "marks of one paper and one person")
    return found


def make_statement(document: Issued | None, marks: Sequence[Salted]) -> bytes:
    """The file; FormatError `malformed`, `too-large`."""
    told = None if document is None else {"type": document.type, "title": document.title, "fields": document.fields}
    data = dumps({"v": 1, "document": told, "marks": [{"token": one.token, "salt": b64u(one.salt)} for one in marks]})
    parse_statement(data, "mark" if document is None else "credential")
    return data


def unverified(token: str) -> Mark:
    """What a token says, to sort it; nothing is believed before `verify_mark`. FormatError `malformed`."""
    segments = token.split(".")
    if len(segments) != 3:
        raise FormatError("malformed", "a JWS has three segments")
    return _parse(unb64u(segments[1]))
