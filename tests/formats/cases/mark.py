"""mark.md"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mappe.formats import jws, mark
from mappe.formats.encoding import b64u
from mappe.formats.jwk import ed25519_jwk
from mappe.formats.strict_json import dumps

from ..source import NOW, raw, signer, some, some_id
from .kit import Cases, each, jws_damage, no, ok, payload_of, resigned
from .registry import AGENCY, DAY, KEYS, LOGIN, PAYLOAD, REQUEST, agency, key_row, payload

SALT = some_id("salt")
FIELD, VALUE = "language_certificate.cefr_level", "B1"
PAPER, PERSON = some_id("paper"), some_id("person")
MARK = mark.Mark(
    mark=some_id("mark"),
    agency=AGENCY["id"],
    says="seen-in-original",
    field=FIELD,
    value=mark.value_hash(SALT, VALUE),
    document=PAPER,
    person=PERSON,
    time=NOW,
    exp=NOW + 365 * DAY,
)
TOKEN = mark.make_mark(REQUEST, MARK)


def cases() -> Cases:
    yield from _names()
    yield from _values()
    yield from _marks()
    yield from _registries()
    yield from _statements()


def _names() -> Cases:
    given = {"seed": b64u(some("signing seed")), "document": b64u(some_id("document"))}
    child = b64u(some_id("child"))
    yield ok("names for an agency", "mark.names", agency="vhs-musterstadt", person=None, **given)
    yield ok("names for an agency, of a child", "mark.names", agency="vhs-musterstadt", person=child, **given)
    yield ok("names for another agency", "mark.names", agency="vhs-musterstadt-2", person=None, **given)
    yield no("malformed", "names: document of 15 bytes", "mark.names", agency="vhs", person=None,
             **{**given, "document": b64u(bytes(15))})  # fmt: skip
    yield no("malformed", "names: person of no bytes", "mark.names", agency="vhs", person="", **given)


def _values() -> Cases:
    for name, value in each(
        {
            "a text": VALUE,
            "the same text, decomposed": "A\u030a",
            "the same text, composed": "\u00c5",
            "an empty text": "",
            "quotes, a backslash, controls": '"\\\b\f\n\r\t\u0001\u001f\u007f',
            "letters beyond the first plane": "\U00010400 \u2028",
            "a number": -12,
            "yes": True,
            "a list": ["b", "a", ["c"]],
            "an object": {"currency": "EUR", "amount": "12.50"},
            "the same object, its members the other way round": {"amount": "12.50", "currency": "EUR"},
            "names of many lengths": {"b": 1, "aa": 2, "a": {"z": 1, "y": [{"q": 1, "p": 2}]}},
            "names that look like numbers": {"10": 1, "9": 2, "-1": 3},
            "names beyond the first plane": {"\U00010400": 1, "\uffee": 2, "\u00e9": 3, "e": 4},
            "an empty object": {},
        }
    ):
        yield ok(f"hash of {name}", "mark.value", salt=b64u(SALT), value=value)
    yield ok("hash with another salt", "mark.value", salt=b64u(some_id("other")), value=VALUE)
    yield no("malformed", "hash: salt of 15 bytes", "mark.value", salt=b64u(bytes(15)), value=VALUE)


def _given(**changes: Any) -> dict[str, Any]:
    return {
        "salt": b64u(SALT),
        "registry": PAYLOAD.decode(),
        "field": FIELD,
        "value": VALUE,
        "now": NOW + DAY,
        **changes,
    }


def _marks() -> Cases:
    yield ok("mark", "mark.verify", token=TOKEN, **_given())
    for name, changes in each(
        {
            "issued": {"says": "issued"},
            "agreed": {"says": "agreed"},
            "of nobody that was read": {"person": None},
            "for ten years": {"exp": NOW + 3660 * DAY},
        }
    ):
        yield ok(f"mark, {name}", "mark.verify", token=mark.make_mark(REQUEST, replace(MARK, **changes)), **_given())
    soon = mark.make_mark(REQUEST, replace(MARK, time=NOW + DAY + 300))
    yield ok("mark by a clock that is 300 seconds ahead", "mark.verify", token=soon, **_given())
    yield from (case for case in jws_damage("mark.verify", TOKEN, "mark", **_given()))
    for name, changes in each(
        {
            "another value": {"value": "B2"},
            "the value as a list": {"value": ["B1"]},
            "no value": {"value": None},
            "another field": {"field": "language_certificate.language"},
            "another paper's field": {"field": "school_certificate.level"},
            "another salt": {"salt": b64u(some_id("other"))},
        }
    ):
        yield no("mark-mismatch", f"mark: {name}", "mark.verify", token=TOKEN, **_given(**changes))
    yield no("malformed", "mark: salt of 15 bytes", "mark.verify", token=TOKEN, **_given(salt=b64u(bytes(15))))
    yield no("expired", "mark: over", "mark.verify", token=TOKEN, **_given(now=MARK.exp))
    yield no("not-yet", "mark: from the future", "mark.verify", token=TOKEN, **_given(now=NOW - 301))
    for name, members in each(
        {
            "version 2": {"v": 2},
            "no mark": {"mark": ...},
            "an extra member": {"note": "x"},
            "says something else": {"says": "true"},
            "field without a type": {"field": "cefr_level"},
            "field with three parts": {"field": "a.b.c"},
            "value hash of 31 bytes": {"value": b64u(bytes(31))},
            "document of 15 bytes": {"document": b64u(bytes(15))},
            "no person member": {"person": ...},
            "person as an empty text": {"person": ""},
            "an agency in capitals": {"agency": "VHS-Musterstadt"},
            "time as text": {"time": str(NOW)},
            "ends when it begins": {"exp": NOW},
            "for ten years and a second": {"exp": NOW + 3660 * DAY + 1},
        }
    ):
        yield no(
            "malformed", f"mark: {name}", "mark.verify", token=resigned("mark", REQUEST, TOKEN, **members), **_given()
        )
    yield no(
        "too-large",
        "mark: too large",
        "mark.verify",
        token=resigned("mark", REQUEST, TOKEN, note="a" * 1024),
        **_given(),
    )


def _registries() -> Cases:
    def refused(name: str, data: bytes, token: str = TOKEN, **changes: Any) -> Any:
        given = _given(registry=data.decode(), **changes)
        return no("unknown-agency", f"mark: {name}", "mark.verify", token=token, **given)

    def with_request(**changes: Any) -> bytes:
        return agency(keys=[KEYS[0], {**KEYS[1], **changes}, KEYS[2]])

    yield refused("agency not in the registry", payload(agencies=[]))
    yield refused("agency suspended", agency(status="suspended"))
    yield refused("key revoked", with_request(status="revoked"))
    yield refused("signed before its key began", with_request(nbf=NOW + 1))
    yield refused("signed when its key had ended", with_request(exp=NOW))
    ended = _given(registry=with_request(exp=NOW + 1).decode(), now=NOW + 30 * DAY)
    yield ok("mark of a key that has ended since", "mark.verify", token=TOKEN, **ended)
    yield refused("a key nobody has", PAYLOAD, mark.make_mark(signer("thief"), MARK))
    yield refused("signed with the key to sign in", PAYLOAD, mark.make_mark(LOGIN, MARK))
    other = {**AGENCY, "id": "sozialamt", "keys": [key_row("request", ed25519_jwk(signer("other").public_key()))]}
    two = payload(agencies=[AGENCY, other])
    yield refused("signed by another agency in its own name", two, mark.make_mark(signer("other"), MARK))
    own = mark.make_mark(signer("other"), replace(MARK, agency="sozialamt"))
    yield ok("mark of the other agency", "mark.verify", token=own, **_given(registry=two.decode()))
    as_request = jws.sign("request", REQUEST, dumps(payload_of(TOKEN)))
    yield no("header-mismatch", "mark: a request's signature", "mark.verify", token=as_request, **_given())


def _statements() -> Cases:
    def issued(field: str, value: Any, **changes: Any) -> dict[str, str]:
        said = replace(MARK, says="issued", field=f"course_admission.{field}", value=mark.value_hash(SALT, value))
        return {"token": mark.make_mark(REQUEST, replace(said, **changes)), "salt": b64u(SALT)}

    fields = {"reference": {"value": "Z-12", "as_of": "2026-11-25"}, "kind": {"value": "b1", "as_of": "2026-11"}}
    paper = {"type": "course_admission", "title": "Zulassung", "fields": fields}
    marks = [issued("kind", "b1"), issued("reference", "Z-12")]
    credential = {"v": 1, "document": paper, "marks": marks}
    seen = {"v": 1, "document": None, "marks": [{"token": TOKEN, "salt": b64u(SALT)}]}

    def text(members: dict[str, Any], **changes: Any) -> str:
        return json.dumps({n: v for n, v in {**members, **changes}.items() if v is not ...})

    yield ok("statement of marks", "statement.read", text=text(seen), kind="mark")
    yield ok("statement of a paper", "statement.read", text=text(credential), kind="credential")
    for kind in ("paper", "request", "credential", ""):
        yield no("malformed", f"statement of marks as {kind!r}", "statement.read", text=text(seen), kind=kind)
    yield no("malformed", "statement of a paper as marks", "statement.read", text=text(credential), kind="mark")
    for name, changes in each(
        {
            "version 2": {"v": 2},
            "an extra member": {"grant": b64u(some_id("grant"))},
            "no document": {"document": ...},
            "no marks": {"marks": []},
            "a mark too few": {"marks": marks[:1]},
            "a mark twice": {"marks": [marks[0], *marks]},
            "a mark on another field": {"marks": [marks[0], issued("authority", "x")]},
            "marks on two papers": {"marks": [marks[0], issued("reference", "Z-12", document=some_id("two"))]},
            "marks of two people": {"marks": [marks[0], issued("reference", "Z-12", person=some_id("two"))]},
            "marks of one and of nobody": {"marks": [marks[0], issued("reference", "Z-12", person=None)]},
            "a mark that is none": {"marks": [marks[0], {"token": "x", "salt": b64u(SALT)}]},
            "a mark without salt": {"marks": [marks[0], {"token": marks[1]["token"]}]},
            "a paper without fields": {"document": {**paper, "fields": {}}},
            "a paper of a type in capitals": {"document": {**paper, "type": "Course"}},
            "a paper with more": {"document": {**paper, "person": b64u(PERSON)}},
            "a value that is missing": {
                "document": {**paper, "fields": {**fields, "kind": {"value": None, "as_of": "2026"}}}
            },
            "a value without its day": {"document": {**paper, "fields": {**fields, "kind": {"value": "b1"}}}},
            "a day of another form": {
                "document": {**paper, "fields": {**fields, "kind": {"value": "b1", "as_of": "25.11.2026"}}}
            },
        }
    ):
        yield no(
            "malformed", f"statement: {name}", "statement.read", text=text(credential, **changes), kind="credential"
        )
    yield no(
        "too-large",
        "statement: too large",
        "statement.read",
        text=text(seen, note="a" * mark.MAX_STATEMENT),
        kind="mark",
    )


__all__ = ["cases", "raw"]
