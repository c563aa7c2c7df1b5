"""desk.md"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mappe.formats import desk
from mappe.formats.encoding import b64u
from mappe.formats.padding import padded
from mappe.formats.strict_json import dumps

from ..source import agreer, box, raw, some
from .kit import Cases, each, flip_box, no, ok

ORIGIN = "https://mappe.example"
PAGE = agreer("clerk's page")
CODE = desk.DeskCode(raw(PAGE), some("thumbprint of the page"))
URL = CODE.link(ORIGIN)
OPENING = desk.Opening(some("thumbprint of the record key"), some("nonce of the wallet"))
COMPARED = desk.Comparison(CODE, some("nonce of the page"), OPENING)
INSIDE: dict[str, Any] = {"v": 1, "locator": b64u(some("locator"))}
PLACE = {"public": b64u(CODE.public), "jkt": b64u(CODE.jkt)}
PARTS = {"nonce": b64u(COMPARED.nonce), "signer": b64u(OPENING.signer), "own": b64u(OPENING.nonce)}
COMMIT = b64u(OPENING.commit)


def sealed(compared: desk.Comparison = COMPARED, /, context: bytes | None = None, **changes: Any) -> str:
    members = {name: value for name, value in {**INSIDE, **changes}.items() if value is not ...}
    at = compared.context if context is None else context
    return box("desk", compared.code.public, at, padded(dumps(members)))


def cases() -> Cases:
    yield from _codes()
    yield from _numbers()
    yield from _comparisons()
    yield from _boxes()
    yield ok("desk: the signer that was compared", "desk.signer", **PLACE, **PARTS, terms_signer=b64u(OPENING.signer))
    yield no(
        "wrong-record-key",
        "desk: another signer",
        "desk.signer",
        **PLACE,
        **PARTS,
        terms_signer=b64u(some("record key of the server")),
    )
    yield no(
        "malformed",
        "desk: terms with a signer of 31 bytes",
        "desk.signer",
        **PLACE,
        **PARTS,
        terms_signer=b64u(bytes(31)),
    )


def _codes() -> Cases:
    yield ok("desk code made", "desk.link", origin=ORIGIN, **PLACE)
    yield ok("desk code", "desk.read", url=URL)
    yield ok("desk code with white space around", "desk.read", url=f" {URL}\n")
    yield ok("desk code of a server on this machine", "desk.read", url=CODE.link("http://127.0.0.1:8000"))
    text = URL.partition("#")[2]
    small, high = f"{ORIGIN}/e#{b64u(bytes(32) + CODE.jkt)}", f"{ORIGIN}/e#{b64u(bytes([255]) * 32 + CODE.jkt)}"
    for name, url in each(
        {
            "nothing": "",
            "a join code": URL.replace("/e#", "/j#"),
            "a longer path": URL.replace("/e#", "/e/#"),
            "a query": URL.replace("/e#", "/e?a#"),
            "the fragment escaped": URL.replace("#", "%23"),
            "one character less": URL[:-1],
            "one character more": URL + "A",
            "padding": URL + "==",
            "unused bits": URL[:-1] + "B",
            "another scheme": URL.replace("https", "ftp"),
            "no host": f"https:///e#{text}",
            "the code alone": text,
            "something behind it": URL + " x",
            "a key of small order": small,
            "a key that is not canonical": high,
        }
    ):
        yield no("malformed", f"desk code: {name}", "desk.read", url=url)


def _numbers() -> Cases:
    for name, typed in each(
        {
            "as it is": "12345674",
            "in groups": "1234 5674",
            "in Arabic digits": "\u0661\u0662\u0663\u0664 \u0665\u0666\u0667\u0664",
            "beginning with zeros": "0000 0011",
            "all zeros": "00000000",
            "the largest": "99999999",
        }
    ):
        yield ok(f"desk number: {name}", "desk.number", typed=typed)
    for name, typed in each(
        {
            "nothing": "",
            "seven digits": "1234567",
            "nine digits": "123456740",
            "a letter": "1234567a",
            "a minus": "-1234567+",
            "superscript": "1234567\u00b2",
        }
    ):
        yield no("malformed", f"desk number: {name}", "desk.number", typed=typed)
    for place in range(8):
        digits = "12345674"
        wrong = digits[:place] + str((int(digits[place]) + 3) % 10) + digits[place + 1 :]
        yield no("wrong-number", f"desk number: digit {place + 1} mistyped", "desk.number", typed=wrong)
    for place in range(7):
        digits = "12345674"
        wrong = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        yield no("wrong-number", f"desk number: digits {place + 1} and {place + 2} swapped", "desk.number", typed=wrong)


def _comparisons() -> Cases:
    yield ok("desk: a commitment", "desk.commit", signer=PARTS["signer"], own=PARTS["own"])
    yield ok("desk: digits", "desk.compare", **PLACE, **PARTS, commit=COMMIT)
    several = (replace(COMPARED, nonce=some(f"nonce {number}")) for number in range(10_000))
    zeros = next(one for one in several if one.digits.startswith("00"))
    given = {**PARTS, "nonce": b64u(zeros.nonce)}
    yield ok("desk: digits that begin with zeros", "desk.compare", **PLACE, **given, commit=COMMIT)
    # whoever relays puts a part of their own in place of one side's: other digits
    foreign = desk.Opening(some("record key of the server"), OPENING.nonce)
    for name, changed in each(
        {
            "the page's key swapped": {"public": b64u(raw(agreer("key of the server")))},
            "the page's DPoP key swapped": {"jkt": b64u(some("another thumbprint"))},
            "the page's nonce swapped": {"nonce": b64u(some("another nonce"))},
            "the wallet's part swapped, and its commitment": {
                "signer": b64u(foreign.signer),
                "commit": b64u(foreign.commit),
            },
        }
    ):
        yield ok(f"desk: other digits: {name}", "desk.compare", **{**PLACE, **PARTS, "commit": COMMIT, **changed})
    for name, changed in each(
        {
            "another signer than committed": {"signer": b64u(foreign.signer)},
            "another nonce than committed": {"own": b64u(some("nonce ground for equal digits"))},
            "signer and nonce the wrong way round": {"signer": PARTS["own"], "own": PARTS["signer"]},
            "another commitment": {"commit": b64u(foreign.commit)},
        }
    ):
        given = {**PLACE, **PARTS, "commit": COMMIT, **changed}
        yield no("wrong-opening", f"desk: {name}", "desk.compare", **given)
    for name, changed in each(
        {
            "a signer of 31 bytes": {"signer": b64u(bytes(31))},
            "a nonce of 16 bytes": {"nonce": b64u(bytes(16))},
            "a commitment of 33 bytes": {"commit": b64u(bytes(33))},
            "a key of small order": {"public": b64u(bytes(32))},
        }
    ):
        yield no("malformed", f"desk: {name}", "desk.compare", **{**PLACE, **PARTS, "commit": COMMIT, **changed})


def _boxes() -> Cases:
    given = {"private": b64u(PAGE.private_bytes_raw()), "jkt": b64u(CODE.jkt), **PARTS}
    yield ok("desk box", "desk.open", **given, token=sealed())
    other = desk.DeskCode(raw(agreer("other page")), CODE.jkt)
    another = replace(COMPARED, nonce=some("nonce of an older comparison"))
    for name, token in each(
        {
            "for another page": sealed(replace(COMPARED, code=other)),
            "for another DPoP key": sealed(replace(COMPARED, code=desk.DeskCode(CODE.public, some("jkt")))),
            "of an older comparison": sealed(another),
            "of another wallet": sealed(replace(COMPARED, opening=desk.Opening(some("w"), OPENING.nonce))),
            "with the id alone": sealed(context=CODE.id),
            "of another kind": box("notice", CODE.public, COMPARED.context, padded(dumps(INSIDE))),
            "altered": flip_box(sealed()),
        }
    ):
        yield no("undecryptable", f"desk box: {name}", "desk.open", **given, token=token)
    for name, token in each(
        {
            "empty": "",
            "47 bytes": b64u(bytes(47)),
            "not base64url": sealed()[:-1] + "=",
            "not padded": box("desk", CODE.public, COMPARED.context, dumps(INSIDE)),
            "version 2": sealed(v=2),
            "extra member": sealed(passcode="123456"),
            "no locator": sealed(locator=...),
            "locator of 31 bytes": sealed(locator=b64u(bytes(31))),
            "locator as a number": sealed(locator=7),
        }
    ):
        yield no("malformed", f"desk box: {name}", "desk.open", **given, token=token)
    yield no("too-large", "desk box: too large", "desk.open", **given, token=sealed(extra="a" * 1024))
