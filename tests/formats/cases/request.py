"""request.md"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mappe.formats import request as q
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwe import seal
from mappe.formats.jwk import ed25519_jwk, x25519_thumbprint
from mappe.formats.labels import derive, info
from mappe.formats.locator import RequestLocator
from mappe.formats.padding import padded
from mappe.formats.seal_keys import seal_thumbprint
from mappe.formats.strict_json import dumps

from ..mlkem import hpke_seal
from ..source import NOW, agreer, box, hybrid, iv, raw, signer, some, some_id
from .kit import Cases, each, flip_box, jwe_damage, jws_damage, no, ok, resigned
from .registry import AGENCY, DAY, KEYS, PAYLOAD, REQUEST, SEAL, agency, key_row

ORIGIN = "https://mappe.example"
SECRET = some("Q")
PLACE = RequestLocator.of(SECRET)
ASKED = q.Request(
    request=PLACE.request,
    agency=AGENCY["id"],
    audience=ORIGIN,
    purpose="course",
    purpose_text="Anmeldung zum Kurs",
    basis="consent",
    required=("person.family_name",),
    optional=("person.given_name",),
    retention="bis Kursende",
    on_no="Anmeldung auf Papier",
    nonce=some_id("nonce"),
    iat=NOW,
    exp=NOW + DAY,
    mode="link",
    digits=False,
)
TOKEN = q.make_request(REQUEST, ASKED)


def cases() -> Cases:
    yield ok("what follows from Q", "request.locate", secret=b64u(SECRET))
    yield no("malformed", "Q of 31 bytes", "request.locate", secret=b64u(bytes(31)))
    yield from _signed()
    yield from _sealed()
    yield from _checked()
    yield from _notices()
    yield from _notices_2()
    salt = b64u(some_id("salt"))
    yield ok("digits", "request.digits", salt=salt, typed="123456")
    yield ok("digits, Arabic", "request.digits", salt=salt, typed="\u0661\u0662\u0663 \u0664\u0665\u0666")
    yield no("malformed", "five digits", "request.digits", salt=salt, typed="12345")


def _signed() -> Cases:
    given = {"public": b64u(raw(REQUEST))}
    yield ok("request", "request.verify", token=TOKEN, **given)
    desk = replace(ASKED, mode="desk", exp=NOW + 120, digits=True)
    yield ok("request at the desk", "request.verify", token=q.make_request(REQUEST, desk), **given)
    yield ok(
        "request on a poster",
        "request.verify",
        token=q.make_request(REQUEST, replace(ASKED, mode="poster", exp=NOW + 366 * DAY)),
        **given,
    )
    yield from jws_damage("request.verify", TOKEN, "request", **given)
    yield no("header-mismatch", "request: by another key", "request.verify", token=TOKEN, public=b64u(raw(signer("x"))))
    for name, changes in each(
        {
            "desk for 121 seconds": {"mode": "desk", "exp": NOW + 121, "digits": True},
            "desk without digits": {"mode": "desk", "exp": NOW + 60},
            "link for 31 days": {"exp": NOW + 30 * DAY + 1},
            "over before it begins": {"exp": NOW},
            "unknown mode": {"mode": "sms"},
            "unknown basis": {"basis": "interest"},
            "no on_no": {"on_no": ...},
            "extra member": {"x": 1},
            "required as text": {"required": "all"},
            "purpose as text": {"purpose": "course"},
            "nonce of 15 bytes": {"nonce": b64u(bytes(15))},
            "digits 1": {"digits": 1},
        }
    ):
        yield no(
            "malformed",
            f"request: {name}",
            "request.verify",
            token=resigned("request", REQUEST, TOKEN, **changes),
            **given,
        )
    yield no(
        "too-large",
        "request: too large",
        "request.verify",
        token=resigned("request", REQUEST, TOKEN, retention="a" * 16_384),
        **given,
    )


def _sealed() -> Cases:
    sealed = q.seal_request(PLACE, TOKEN, iv=iv("request"))
    given = {"secret": b64u(SECRET)}
    yield ok("sealed request", "request.open", token=sealed, **given)
    yield from jwe_damage("request.open", sealed, "sealed request", **given)
    yield no("header-mismatch", "sealed request: another Q", "request.open", token=sealed, secret=b64u(some("Q2")))
    key = derive(PLACE.key, "request-box", PLACE.request, 32)
    bare = seal("request-box", key, {"request": PLACE.request}, bytes(256), iv=iv("bare"))
    yield no("malformed", "sealed request: no padding", "request.open", token=bare, **given)
    latin = seal("request-box", key, {"request": PLACE.request}, padded(b"\xff.\xff.\xff"), iv=iv("latin"))
    yield no("malformed", "sealed request: not ASCII", "request.open", token=latin, **given)


def _checked() -> Cases:
    def given(token: str = TOKEN, *, registry: bytes = PAYLOAD, **changes: Any) -> dict[str, Any]:
        base = {
            "secret": b64u(SECRET),
            "token": token,
            "registry": registry.decode(),
            "audience": ORIGIN,
            "now": NOW + 5,
            "answered": [],
        }
        return {**base, **changes}

    yield ok("checked request", "request.check", **given())
    greedy = q.make_request(REQUEST, replace(ASKED, optional=("person.given_name", "person.x_azr_number")))
    yield ok("checked request, asks for too much", "request.check", **given(greedy))
    old = key_row("request", ed25519_jwk(signer("old request").public_key()))
    yield ok("checked request, two request keys", "request.check", **given(registry=agency(keys=[old, *KEYS])))
    for code, name, case in (
        (
            "unknown-agency",
            "agency not in the registry",
            given(q.make_request(REQUEST, replace(ASKED, agency="nobody"))),
        ),
        ("unknown-agency", "agency suspended", given(registry=agency(status="suspended"))),
        ("bad-signature", "key of a stranger", given(q.make_request(signer("x"), ASKED))),
        ("bad-signature", "key revoked", given(registry=agency(keys=[{**KEYS[1], "status": "revoked"}]))),
        ("bad-signature", "key over", given(registry=agency(keys=[{**KEYS[1], "exp": NOW}]))),
        ("bad-signature", "key not yet", given(registry=agency(keys=[{**KEYS[1], "nbf": NOW + 100}]))),
        ("bad-signature", "login key", given(registry=agency(keys=[{**KEYS[1], "use": "login"}]))),
        ("bad-signature", "altered", given(TOKEN[:-6] + "AAAAAA")),
        ("wrong-request", "another Q", given(secret=b64u(some("Q2")))),
        ("wrong-audience", "another server", given(audience="https://other.example")),
        ("expired", "over", given(now=NOW + DAY)),
        ("already-answered", "answered", given(answered=[b64u(some_id("nonce"))])),
        ("over-asking", "unknown purpose", given(q.make_request(REQUEST, replace(ASKED, purpose="marketing")))),
        ("over-asking", "another basis", given(q.make_request(REQUEST, replace(ASKED, basis="public-task")))),
        ("malformed", "two segments", given("a.b")),
    ):
        yield no(code, f"checked request: {name}", "request.check", **case)


def _notices() -> Cases:
    public = raw(SEAL)
    thumb = unb64u(x25519_thumbprint(public), 32)
    notice = {
        "v": 1,
        "locator": b64u(some("S")),
        "request": b64u(PLACE.request),
        "nonce": b64u(some_id("nonce")),
        "grant": b64u(some_id("grant")),
        "time": NOW,
    }

    def made(thumbprint: bytes = thumb, **changes: Any) -> str:
        content = {n: v for n, v in {**notice, **changes}.items() if v is not ...}
        return box("notice", public, PLACE.request + thumbprint, padded(dumps(content)))

    given = {"private": b64u(SEAL.private_bytes_raw()), "request": b64u(PLACE.request)}
    yield ok("notice", "notice.open", **given, token=made())
    alone = box("notice", public, bytes(16) + thumb, padded(dumps({**notice, "request": None, "nonce": None})))
    yield ok("notice without a request", "notice.open", **{**given, "request": None}, token=alone)
    yield no(
        "undecryptable",
        "notice: for another request",
        "notice.open",
        **{**given, "request": b64u(some_id("x"))},
        token=made(),
    )
    yield no("undecryptable", "notice: without a request", "notice.open", **{**given, "request": None}, token=made())
    stranger = b64u(agreer("x").private_bytes_raw())
    yield no(
        "undecryptable", "notice: for another agency", "notice.open", **{**given, "private": stranger}, token=made()
    )
    yield no("undecryptable", "notice: altered", "notice.open", **given, token=flip_box(made()))
    yield no("undecryptable", "notice: bound to another key", "notice.open", **given, token=made(thumbprint=some("t")))
    lying = box("notice", public, PLACE.request + thumb, padded(dumps({**notice, "request": b64u(some_id("x"))})))
    yield no("wrong-request", "notice: names another request inside", "notice.open", **given, token=lying)
    yield no("malformed", "notice: no grant", "notice.open", **given, token=made(grant=...))
    yield no("malformed", "notice: extra member", "notice.open", **given, token=made(x=1))
    yield no("malformed", "notice: locator of 31 bytes", "notice.open", **given, token=made(locator=b64u(bytes(31))))
    bare = box("notice", public, PLACE.request + thumb, dumps(notice))
    yield no("malformed", "notice: no padding", "notice.open", **given, token=bare)


def _notices_2() -> Cases:
    seal_2 = hybrid("agency seal")
    public = raw(seal_2)
    thumb = unb64u(seal_thumbprint(public), 32)
    notice = {
        "v": 1,
        "locator": b64u(some("S")),
        "request": b64u(PLACE.request),
        "nonce": b64u(some_id("nonce")),
        "grant": b64u(some_id("grant")),
        "time": NOW,
    }
    plain, place = padded(dumps(notice)), PLACE.request + thumb
    token = box("notice", public, place, plain)
    given = {"private": b64u(seal_2.seed), "request": b64u(PLACE.request), "suite": 2}
    yield ok("notice, suite 2", "notice.open", **given, token=token)
    alone = box("notice", public, bytes(16) + thumb, padded(dumps({**notice, "request": None, "nonce": None})))
    yield ok("notice without a request, suite 2", "notice.open", **{**given, "request": None}, token=alone)
    below = b64u(hpke_seal(public, info("notice", place), plain, some("below", 64)))
    half = box("notice", raw(seal_2.halves[1]), place, plain)
    for code, name, bad in (
        ("undecryptable", "for another request", box("notice", public, some_id("x") + thumb, plain)),
        ("undecryptable", "bound to another key", box("notice", public, PLACE.request + some("t"), plain)),
        ("undecryptable", "under the label of suite 1", below),
        ("undecryptable", "altered", flip_box(token)),
        ("undecryptable", "of a key box's kind", box("keybox", public, place, plain)),
        ("malformed", "of suite 1, sealed to the key's X25519 half", half),
        ("malformed", "with its encapsulation cut short", b64u(unb64u(token)[:1100])),
        ("malformed", "no padding", box("notice", public, place, dumps(notice))),
    ):
        yield no(code, f"notice, suite 2: {name}", "notice.open", **given, token=bad)
