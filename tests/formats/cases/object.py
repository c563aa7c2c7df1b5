"""object.md"""

from __future__ import annotations

from typing import Any

from mappe.formats import object as o
from mappe.formats.encoding import b64u
from mappe.formats.jwe import seal
from mappe.formats.labels import derive
from mappe.formats.padding import padded
from mappe.formats.strict_json import dumps

from ..source import NOW, iv, some, some_id
from .kit import Cases, each, jwe_damage, no, ok

VMK = some("vmk")
AT = o.ObjectAt(some("wallet"), some_id("object"), 3)
KEY = some("object key")
VALUE = {
    "value": "Haile",
    "assurance": "seen-in-original",
    "source": "Reiseausweis",
    "as_of": "2026-05",
    "evidence": [],
}
ATTACHMENT = {
    "id": b64u(some_id("file")),
    "version": 1,
    "name": "a.pdf",
    "media": "application/pdf",
    "size": 300,
    "chunk": 65_536,
    "chunks": 1,
    "key": b64u(some("A")),
    "hash": b64u(some("hash")),
}
DOCUMENT = {
    "v": 1,
    "kind": "document",
    "type": "x_passport",
    "title": "Reiseausweis",
    "person": b64u(some_id("person")),
    "created": NOW,
    "updated": NOW,
    "state": "present",
    "fields": {"person.family_name": [VALUE, {**VALUE, "value": None, "missing": "not-known"}]},
    "attachments": [ATTACHMENT],
    "x_later": {"kept": True},
}
PERSON = {"v": 1, "kind": "person", "label": "Ich", "relation": "self", "created": NOW}


def cases() -> Cases:
    key = o.wrap_key(VMK, AT, 2, KEY, iv=iv("wrap"))
    body = o.seal_body(KEY, AT, DOCUMENT, iv=iv("body"))
    given: dict[str, Any] = {
        "vmk": b64u(VMK),
        "wallet": b64u(AT.wallet),
        "id": b64u(AT.id),
        "version": 3,
        "epoch": 2,
        "key": key,
        "body": body,
    }
    yield ok("object", "object.open", **given)
    without_key = {n: v for n, v in given.items() if n != "key"}
    without_body = {n: v for n, v in given.items() if n != "body"}
    yield from jwe_damage("object.open", key, "object key", "key", **without_key)
    yield from jwe_damage("object.open", body, "object body", "body", **without_body)
    for name, changes in each(
        {
            "an older version": {"version": 2},
            "another object": {"id": b64u(some_id("other"))},
            "another wallet": {"wallet": b64u(some("other"))},
            "another epoch": {"epoch": 3},
        }
    ):
        yield no("header-mismatch", f"object: {name} expected", "object.open", **{**given, **changes})
    yield no("undecryptable", "object: another wallet key", "object.open", **{**given, "vmk": b64u(some("v"))})
    other = o.ObjectAt(AT.wallet, some_id("other"), 3)
    swapped = o.seal_body(KEY, other, DOCUMENT, iv=iv("other body"))
    yield no("header-mismatch", "object: body of another object", "object.open", **{**given, "body": swapped})
    old = o.seal_body(some("old key"), AT, DOCUMENT, iv=iv("old body"))
    yield no("undecryptable", "object: body under another key", "object.open", **{**given, "body": old})
    yield no("header-mismatch", "object: key and body exchanged", "object.open", **{**given, "key": body, "body": key})
    short = o.wrap_key(VMK, AT, 2, bytes(16), iv=iv("short"))
    yield no("malformed", "object: key of 16 bytes", "object.open", **{**given, "key": short})
    bare = seal("object", derive(KEY, "object", AT.context(), 32), AT.members(), bytes(256), iv=iv("bare"))
    yield no("malformed", "object: no padding mark", "object.open", **{**given, "body": bare})
    text = seal(
        "object", derive(KEY, "object", AT.context(), 32), AT.members(), padded(b'{"v":1,"v":1}'), iv=iv("twice")
    )
    yield no("malformed", "object: member twice", "object.open", **{**given, "body": text})

    def read(base: dict[str, Any], **changes: Any) -> str:
        return dumps({n: v for n, v in {**base, **changes}.items() if v is not ...}).decode()

    yield ok("document", "object.parse", payload=read(DOCUMENT))
    yield ok("person", "object.parse", payload=read(PERSON))
    yield ok(
        "document not obtainable",
        "object.parse",
        payload=read(DOCUMENT, state="not-obtainable", not_obtainable={"reason": "Krieg"}),
    )
    yield ok("kind of a later version", "object.parse", payload='{"v":1,"kind":"letter","anything":[1]}')
    for name, text_ in each(
        {
            "no kind": read(PERSON, kind=...),
            "version 2": read(PERSON, v=2),
            "a list": "[]",
            "unknown relation": read(PERSON, relation="boss"),
            "unknown state": read(DOCUMENT, state="lost"),
            "value record without source": read(DOCUMENT, fields={"a": [{**VALUE, "source": 1}]}),
            "value record not in a list": read(DOCUMENT, fields={"a": VALUE}),
            "missing for another reason": read(DOCUMENT, fields={"a": [{**VALUE, "missing": "x"}]}),
            "person of 15 bytes": read(DOCUMENT, person=b64u(bytes(15))),
            "attachment without a key": read(DOCUMENT, attachments=[{}]),
            "day 32": read(DOCUMENT, fields={"a": [{**VALUE, "as_of": "2026-05-32"}]}),
            "updated as text": read(DOCUMENT, updated="now"),
        }
    ):
        yield no("malformed", f"payload: {name}", "object.parse", payload=text_)
    limit = o.MAX_OBJECT - len('{"v":1,"kind":"filler","text":""}')
    yield ok("largest object", "object.filled", letters=limit)
    yield no("too-large", "object of a byte too many", "object.filled", letters=limit + 1)
