"""registry.md"""

from __future__ import annotations

import json
from typing import Any

from mappe.formats import registry as r
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_jwk, hybrid_jwk, thumbprint, x25519_jwk
from mappe.formats.strict_json import dumps

from ..source import NOW, agreer, hybrid, raw, signer, some
from .kit import Cases, each, jws_damage, no, ok, reheaded, resigned

DAY = 24 * 3600
ROOTS = [signer(f"root {number}") for number in range(3)]
ROOTS_FILE = r.make_roots("demo", [key.public_key() for key in ROOTS]).decode()
LOGIN, REQUEST, SEAL = signer("login"), signer("request"), agreer("agency seal")


def key_row(use: str, jwk: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "use": use,
        "kid": thumbprint(jwk),
        "jwk": jwk,
        "nbf": NOW - DAY,
        "exp": NOW + 365 * DAY,
        "status": "active",
        **changes,
    }


KEYS = [
    key_row("login", ed25519_jwk(LOGIN.public_key())),
    key_row("request", ed25519_jwk(REQUEST.public_key())),
    key_row("seal", x25519_jwk(SEAL.public_key())),
]
KEY_2 = key_row("seal", hybrid_jwk(raw(hybrid("agency seal"))))
AGENCY: dict[str, Any] = {
    "id": "vhs-musterstadt",
    "name": "VHS Musterstadt",
    "address": "Marktplatz 1",
    "contact": {"email": "kurs@vhs.example"},
    "power": "voluntary-advice",
    "status": "active",
    "purposes": [
        {
            "id": "course",
            "text": {"de": "Anmeldung zum Kurs"},
            "basis": "consent",
            "retention": "bis Kursende",
            "fields": ["person.family_name", "person.given_name"],
        },
    ],
    "keys": KEYS,
}
PAYLOAD = r.make_payload(bundle="demo", version=1, previous=None, issued=NOW, expires=NOW + 45 * DAY, agencies=[AGENCY])
FIRST = r.registry_hash(PAYLOAD)


def payload(**changes: Any) -> bytes:
    members = {**json.loads(PAYLOAD), **changes}
    return dumps({n: v for n, v in members.items() if v is not ...})


def signed(data: bytes, *keys: Any) -> str:
    return r.combine(data, [r.sign_payload(key, data) for key in keys or ROOTS[:2]])


def agency(**changes: Any) -> bytes:
    return payload(agencies=[{n: v for n, v in {**AGENCY, **changes}.items() if v is not ...}])


def cases() -> Cases:
    given = {"roots": ROOTS_FILE, "now": NOW + DAY}
    whole = signed(PAYLOAD)
    second = payload(version=2, previous=b64u(FIRST))
    yield ok("registry", "registry.read", document=whole, **given)
    yield ok("registry, three signatures", "registry.read", document=signed(PAYLOAD, *ROOTS), **given)
    yield ok(
        "registry, one of three by somebody",
        "registry.read",
        document=signed(PAYLOAD, *ROOTS[:2], signer("x")),
        **given,
    )
    yield ok("registry, pinned", "registry.read", document=whole, **given, pinned=[1, b64u(FIRST)])
    yield ok("registry, successor", "registry.read", document=signed(second), **given, pinned=[1, b64u(FIRST)])
    far = payload(version=9, previous=b64u(some("eight")))
    yield ok("registry, some versions missed", "registry.read", document=signed(far), **given, pinned=[1, b64u(FIRST)])
    yield ok("agency of a later version", "registry.read", document=signed(agency(later=1)), **given)

    with_2 = signed(agency(keys_2=[KEY_2]))
    yield ok("agency with a key of suite 2", "registry.read", document=with_2, **given)
    yield ok("agency with an empty list of suite 2", "registry.read", document=signed(agency(keys_2=[])), **given)
    stripped = r.combine(PAYLOAD, json.loads(with_2)["signatures"])
    yield no(
        "bad-signature", "registry: key of suite 2 taken out by the server", "registry.read", document=stripped, **given
    )
    one = json.loads(whole)["signatures"][0]
    other = json.loads(signed(second))["signatures"][1]
    for name, document in each(
        {
            "same root twice": r.combine(PAYLOAD, [one, one]),
            "one root and somebody": signed(PAYLOAD, ROOTS[0], signer("x")),
            "signature of another version": r.combine(PAYLOAD, [one, other]),
            "payload replaced": r.combine(second, json.loads(whole)["signatures"]),
            "two strangers": signed(PAYLOAD, signer("x"), signer("y")),
        }
    ):
        yield no("bad-signature", f"registry: {name}", "registry.read", document=document, **given)
    header = json.loads(unb64u(one["protected"]))
    for name, changes in each(
        {
            "alg none": {"alg": "none"},
            "another kind": {"typ": "mappe/1/request"},
            "crit": {"crit": ["x"]},
        }
    ):
        bad = {**one, "protected": b64u(dumps({**header, **changes}))}
        document = r.combine(PAYLOAD, [bad, json.loads(whole)["signatures"][1]])
        yield no("bad-signature", f"registry: header with {name}", "registry.read", document=document, **given)
    yield no("malformed", "registry: one signature", "registry.read", document=signed(PAYLOAD, ROOTS[0]), **given)
    yield no("malformed", "registry: no JSON", "registry.read", document="x", **given)
    yield no(
        "malformed",
        "registry: signature of 63 bytes",
        "registry.read",
        document=r.combine(PAYLOAD, [{**one, "signature": b64u(bytes(63))}, one]),
        **given,
    )
    yield no(
        "header-mismatch",
        "registry: of another bundle",
        "registry.read",
        document=signed(payload(bundle="other")),
        **given,
    )
    for name, data in each(
        {
            "46 days": payload(expires=NOW + 45 * DAY + 1),
            "over before issue": payload(expires=NOW),
            "version 0": payload(version=0),
            "extra member": payload(x=1),
            "first version with a predecessor": payload(previous=b64u(some("p"))),
            "second version without": payload(version=2),
            "agency twice": payload(agencies=[AGENCY, AGENCY]),
            "agency id in capitals": agency(id="VHS"),
            "unknown power": agency(power="friendly"),
            "unknown status": agency(status="closed"),
            "contact with more": agency(contact={"fax": "1"}),
            "key of another use's type": agency(keys=[key_row("seal", ed25519_jwk(LOGIN.public_key()))]),
            "seal key as login": agency(keys=[key_row("login", x25519_jwk(SEAL.public_key()))]),
            "kid of another key": agency(keys=[{**KEYS[0], "kid": KEYS[1]["kid"]}]),
            "one key, two uses": agency(keys=[KEYS[0], {**KEYS[0], "use": "request"}]),
            "one key, two agencies": payload(agencies=[AGENCY, {**AGENCY, "id": "other-agency"}]),
            "key of suite 2 among those of suite 1": agency(keys=[*KEYS, KEY_2]),
            "key of suite 1 among those of suite 2": agency(
                keys_2=[key_row("seal", x25519_jwk(agreer("x").public_key()))]
            ),
            "login key of suite 2": agency(keys_2=[{**KEY_2, "use": "login"}]),
            "key of suite 2 with another kid": agency(keys_2=[{**KEY_2, "kid": KEYS[2]["kid"]}]),
            "key of suite 2 twice": agency(keys_2=[KEY_2, KEY_2]),
            "one key of suite 2, two agencies": payload(
                agencies=[
                    {**AGENCY, "keys_2": [KEY_2]},
                    {**AGENCY, "id": "other-agency", "keys": [], "keys_2": [KEY_2]},
                ]
            ),
            "key of suite 2 cut short": agency(keys_2=[{**KEY_2, "jwk": {**KEY_2["jwk"], "pub": b64u(bytes(1184))}}]),
            "key of suite 2 that is all ones": agency(
                keys_2=[{**KEY_2, "jwk": {**KEY_2["jwk"], "pub": b64u(b"\xff" * 1216)}}]
            ),
            "keys of suite 2 as an object": agency(keys_2={}),
            "keys of suite 2 null": agency(keys_2=None),
            "unknown use": agency(keys=[{**KEYS[0], "use": "admin"}]),
            "unknown key status": agency(keys=[{**KEYS[0], "status": "lost"}]),
            "purpose without fields": agency(purposes=[{"id": "a", "text": {}, "basis": "consent", "retention": "x"}]),
        }
    ):
        yield no("malformed", f"registry: {name}", "registry.read", document=signed(data), **given)
    yield no("expired", "registry: expired", "registry.read", document=whole, **{**given, "now": NOW + 45 * DAY})
    yield no(
        "rolled-back", "registry: below the pin", "registry.read", document=whole, **given, pinned=[2, b64u(some("x"))]
    )
    yield no(
        "two-faced",
        "registry: same version, another hash",
        "registry.read",
        document=whole,
        **given,
        pinned=[1, b64u(some("x"))],
    )
    yield no(
        "two-faced",
        "registry: successor of another",
        "registry.read",
        document=signed(second),
        **given,
        pinned=[1, b64u(some("x"))],
    )
    roots = json.loads(ROOTS_FILE)
    yield ok("roots", "roots.read", roots=ROOTS_FILE)
    turned = dumps({**roots, "keys": roots["keys"][::-1]}).decode()
    yield ok("roots: keys in another order", "roots.read", roots=turned)
    for name, changes in each(
        {
            "threshold 1": {"threshold": 1},
            "two keys": {"keys": roots["keys"][:2]},
            "a key twice": {"keys": [roots["keys"][0], *roots["keys"][:2]]},
            "bundle in capitals": {"bundle": "Demo"},
            "extra member": {"x": 1},
        }
    ):
        bad_roots = dumps({**roots, **changes}).decode()
        yield no("malformed", f"roots: {name}", "registry.read", document=whole, roots=bad_roots, now=NOW)
        yield no("malformed", f"roots alone: {name}", "roots.read", roots=bad_roots)
    yield from _seal_keys()
    yield from _enrolment()


def _seal_keys() -> Cases:
    """The best suite that the registry and the sender have; which keys there are is signed."""
    later = key_row("seal", hybrid_jwk(raw(hybrid("agency seal, later"))))
    newer = key_row("seal", x25519_jwk(agreer("agency seal, newer").public_key()))

    def case(name: str, suites: tuple[int, ...] = (1, 2), now: int = NOW, **changes: Any) -> Any:
        given = {"agency": AGENCY["id"], "now": now, "suites": list(suites)}
        return ok(f"seal key: {name}", "registry.seal_key", registry=agency(**changes).decode(), **given)

    yield case("suite 1 alone")
    yield case("suite 2 before suite 1", keys_2=[KEY_2])
    yield case("suite 2 although a key of suite 1 is newer", keys=[*KEYS, newer], keys_2=[KEY_2])
    yield case("a sender that knows suite 1 alone", (1,), keys_2=[KEY_2])
    yield case("a sender that knows a later suite, too", (1, 2, 3), keys_2=[KEY_2])
    yield case("of two the one listed last", keys_2=[KEY_2, later])
    yield case("revoked: the one before", keys_2=[KEY_2, {**later, "status": "revoked"}])
    yield case("all of suite 2 revoked: suite 1", keys_2=[{**KEY_2, "status": "revoked"}])
    yield case("suite 2 over: suite 1", keys_2=[{**KEY_2, "exp": NOW}])
    yield case("suite 2 not yet: suite 1", keys_2=[{**KEY_2, "nbf": NOW + 1}])
    yield case("suite 2 without suite 1", keys=KEYS[:2], keys_2=[KEY_2])
    yield case("suite 2 alone, and a sender without it", (1,), keys=KEYS[:2], keys_2=[KEY_2])
    yield case("all over", now=NOW + 400 * DAY, keys_2=[KEY_2])
    yield case("agency suspended", status="suspended", keys_2=[KEY_2])


def _enrolment() -> Cases:
    keys = {"login": KEYS[0]["jwk"], "request": KEYS[1]["jwk"], "seal": KEYS[2]["jwk"]}
    token = r.make_enrolment(
        LOGIN, id="vhs-musterstadt", name="VHS", address="Marktplatz 1", contact={"phone": "+49 1"}, keys=keys, time=NOW
    )
    yield ok("enrolment", "enrolment.read", token=token)
    yield from jws_damage("enrolment.read", token, "enrolment")
    rows = [{"use": use, "jwk": jwk} for use, jwk in keys.items()]
    fourth = {"use": "seal", "jwk": KEY_2["jwk"]}
    both = resigned("enrolment", LOGIN, token, jwk=True, keys=[*rows, fourth])
    yield ok("enrolment with a key of suite 2", "enrolment.read", token=both)
    for code, name, changes in (
        ("malformed", "two keys", {"keys": rows[:2]}),
        ("malformed", "login twice", {"keys": [rows[0], rows[0], rows[2]]}),
        ("malformed", "one key for login and request", {"keys": [rows[0], {**rows[0], "use": "request"}, rows[2]]}),
        ("malformed", "seal key of another type", {"keys": [*rows[:2], {"use": "seal", "jwk": rows[0]["jwk"]}]}),
        ("malformed", "key of suite 2 in place of suite 1", {"keys": [*rows[:2], fourth]}),
        ("malformed", "fourth key of suite 1", {"keys": [*rows, {**rows[2], "jwk": x25519_jwk(raw(agreer("x")))}]}),
        ("malformed", "fourth key to log in with", {"keys": [*rows, {**fourth, "use": "login"}]}),
        (
            "malformed",
            "key of suite 2 cut short",
            {"keys": [*rows, {**fourth, "jwk": {**KEY_2["jwk"], "pub": "AAAA"}}]},
        ),
        ("malformed", "five keys", {"keys": [*rows, fourth, fourth]}),
        ("malformed", "id too short", {"id": "ab"}),
        ("malformed", "extra member", {"x": 1}),
        (
            "header-mismatch",
            "another login key",
            {"keys": [{**rows[1], "use": "login"}, {**rows[0], "use": "request"}, rows[2]]},
        ),
    ):
        yield no(
            code, f"enrolment: {name}", "enrolment.read", token=resigned("enrolment", LOGIN, token, jwk=True, **changes)
        )
    thief = reheaded(token, jwk=ed25519_jwk(signer("x").public_key()))
    yield no("bad-signature", "enrolment: another key in the header", "enrolment.read", token=thief)
