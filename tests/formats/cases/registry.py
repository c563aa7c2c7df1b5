"""registry.md"""

from __future__ import annotations

import json
from typing import Any

from mappe.formats import registry as r
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_jwk, thumbprint, x25519_jwk
from mappe.formats.strict_json import dumps

from ..source import NOW, agreer, signer, some
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
    yield from _enrolment()


def _enrolment() -> Cases:
    keys = {"login": KEYS[0]["jwk"], "request": KEYS[1]["jwk"], "seal": KEYS[2]["jwk"]}
    token = r.make_enrolment(
        LOGIN, id="vhs-musterstadt", name="VHS", address="Marktplatz 1", contact={"phone": "+49 1"}, keys=keys, time=NOW
    )
    yield ok("enrolment", "enrolment.read", token=token)
    yield from jws_damage("enrolment.read", token, "enrolment")
    rows = [{"use": use, "jwk": jwk} for use, jwk in keys.items()]
    for code, name, changes in (
        ("malformed", "two keys", {"keys": rows[:2]}),
        ("malformed", "login twice", {"keys": [rows[0], rows[0], rows[2]]}),
        ("malformed", "one key for login and request", {"keys": [rows[0], {**rows[0], "use": "request"}, rows[2]]}),
        ("malformed", "seal key of another type", {"keys": [*rows[:2], {"use": "seal", "jwk": rows[0]["jwk"]}]}),
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
