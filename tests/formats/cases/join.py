"""join.md"""

from __future__ import annotations

from typing import Any

from mappe.formats import join
from mappe.formats.encoding import b64u
from mappe.formats.padding import padded
from mappe.formats.strict_json import dumps

from ..source import agreer, box, raw, some
from .kit import Cases, each, flip_box, no, ok

ORIGIN = "https://mappe.example"
NEW = agreer("new device")
CODE = join.JoinCode(raw(NEW), some("thumbprint of the new device"))
URL = CODE.link(ORIGIN)
WALLET = some("wallet")
INSIDE: dict[str, Any] = {
    "v": 1,
    "handle": "7K3MZ0QXV4",
    "wallet": b64u(WALLET),
    "vmk": b64u(some("vmk")),
    "number": 7,
    "head": b64u(some("head")),
    "mode": "device",
}


def sealed(code: join.JoinCode = CODE, /, context: bytes | None = None, **changes: Any) -> str:
    members = {name: value for name, value in {**INSIDE, **changes}.items() if value is not ...}
    return box("join", code.public, code.id + code.jkt if context is None else context, padded(dumps(members)))


def cases() -> Cases:
    yield from _codes()
    yield from _boxes()


def _codes() -> Cases:
    yield ok("join code made", "join.link", origin=ORIGIN, public=b64u(CODE.public), jkt=b64u(CODE.jkt))
    yield ok("join code", "join.read", url=URL)
    yield ok("join code with white space around", "join.read", url=f" {URL}\n")
    yield ok("join code of a server on this machine", "join.read", url=CODE.link("http://127.0.0.1:8000"))
    zeros = next(code for code in _more_codes() if code.digits.startswith("00"))
    yield ok("join code whose digits begin with zeros", "join.read", url=zeros.link(ORIGIN))
    text = URL.partition("#")[2]
    for name, url in each(
        {
            "nothing": "",
            "another path": URL.replace("/j#", "/g#"),
            "a longer path": URL.replace("/j#", "/j/#"),
            "a query": URL.replace("/j#", "/j?a#"),
            "the fragment escaped": URL.replace("#", "%23"),
            "one character less": URL[:-1],
            "one character more": URL + "A",
            "padding": URL + "==",
            "unused bits": URL[:-1] + "B",
            "another scheme": URL.replace("https", "ftp"),
            "no host": f"https:///j#{text}",
            "the code alone": text,
            "something behind it": URL + " x",
            "a key of small order": join.JoinCode(bytes(32), CODE.jkt).link(ORIGIN),
            "a key that is not canonical": join.JoinCode(b"\xff" * 32, CODE.jkt).link(ORIGIN),
        }
    ):
        yield no("malformed", f"join code: {name}", "join.read", url=url)


def _more_codes() -> Any:
    return (join.JoinCode(CODE.public, some(f"thumbprint {number}")) for number in range(1000))


def _boxes() -> Cases:
    private = b64u(NEW.private_bytes_raw())
    given = {"private": private, "jkt": b64u(CODE.jkt), "wallet": b64u(WALLET), "mode": "device"}
    yield ok("join box", "join.open", **given, token=sealed())
    yield ok("join box, assisted", "join.open", **{**given, "mode": "assisted"}, token=sealed(mode="assisted"))
    yield no("server-lied", "join box: assisted, answered as full", "join.open", **given, token=sealed(mode="assisted"))
    yield no(
        "server-lied",
        "join box: full, answered as assisted",
        "join.open",
        **{**given, "mode": "assisted"},
        token=sealed(),
    )
    yield no(
        "server-lied",
        "join box: another wallet answered",
        "join.open",
        **{**given, "wallet": b64u(some("w"))},
        token=sealed(),
    )
    other = agreer("other device")
    for name, token in each(
        {
            "for another key": sealed(join.JoinCode(raw(other), CODE.jkt)),
            "for another device": sealed(join.JoinCode(CODE.public, some("jkt"))),
            "of another join": sealed(context=some("id", 16) + CODE.jkt),
            "with the id alone": sealed(context=CODE.id),
            "of another kind": box("notice", CODE.public, CODE.id + CODE.jkt, padded(dumps(INSIDE))),
            "altered": flip_box(sealed()),
        }
    ):
        yield no("undecryptable", f"join box: {name}", "join.open", **given, token=token)
    yield no(
        "undecryptable",
        "join box: opened by another device",
        "join.open",
        **{**given, "jkt": b64u(some("j"))},
        token=sealed(),
    )
    for name, token in each(
        {
            "empty": "",
            "47 bytes": b64u(bytes(47)),
            "not base64url": sealed()[:-1] + "=",
            "not padded": box("join", CODE.public, CODE.id + CODE.jkt, dumps(INSIDE)),
            "version 2": sealed(v=2),
            "extra member": sealed(admin=True),
            "no mode": sealed(mode=...),
            "another mode": sealed(mode="owner"),
            "no number": sealed(number=...),
            "number 0": sealed(number=0),
            "number as text": sealed(number="7"),
            "head of 31 bytes": sealed(head=b64u(bytes(31))),
            "wallet key of 31 bytes": sealed(vmk=b64u(bytes(31))),
            "wallet of 31 bytes": sealed(wallet=b64u(bytes(31))),
            "handle with a hyphen": sealed(handle="7K3MZ-0QXV4"),
        }
    ):
        yield no("malformed", f"join box: {name}", "join.open", **given, token=token)
    yield no("too-large", "join box: too large", "join.open", **given, token=sealed(extra="a" * 1024))
