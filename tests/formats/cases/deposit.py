"""deposit.md"""

from __future__ import annotations

from typing import Any

from mappe.formats import deposit as d
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.labels import info, tagged_hash
from mappe.formats.locator import DepositLocator
from mappe.formats.padding import padded
from mappe.formats.strict_json import dumps

from ..mlkem import hpke_seal
from ..source import NOW, agreer, box, hybrid, raw, signer, some, some_id
from .kit import Cases, each, flip, flip_box, no, ok, resigned

HOLDER = agreer("deposit")
PLACE = DepositLocator.make(some_id("D"), raw(HOLDER))
ITEM = some_id("item")
AGENCY, WALLET = signer("agency request"), signer("wallet")
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
SIGNED = d.DepositSignature(PLACE.code, ITEM, some("hash"), "paper", NOW)


def manifest(**changes: Any) -> dict[str, Any]:
    made = {
        "v": 1,
        "kind": "paper",
        "name": "Bescheid.pdf",
        "media": "application/pdf",
        "attachment": ATTACHMENT,
        "sender": {"type": "anonymous"},
    }
    return {n: v for n, v in {**made, **changes}.items() if v is not ...}


def sealed(content: dict[str, Any]) -> str:
    return box("deposit", raw(HOLDER), PLACE.code + ITEM, padded(dumps(content)))


def cases() -> Cases:
    locator = b64u(PLACE.locator)
    yield ok("what follows from D", "deposit.locate", locator=locator)
    yield no("malformed", "D of 31 bytes", "deposit.locate", locator=b64u(bytes(31)))
    yield ok("key of the code", "deposit.check_key", locator=locator, public=b64u(raw(HOLDER)))
    yield no("wrong-key", "key: another", "deposit.check_key", locator=locator, public=b64u(raw(agreer("server"))))
    yield no("malformed", "key: of small order", "deposit.check_key", locator=locator, public=b64u(bytes(32)))
    yield no("malformed", "key: 31 bytes", "deposit.check_key", locator=locator, public=b64u(bytes(31)))

    given = {"private": b64u(HOLDER.private_bytes_raw()), "code": b64u(PLACE.code), "item": b64u(ITEM)}
    plain = sealed(manifest())
    yield ok("deposit", "deposit.open", **given, token=plain)
    yield ok("deposit with a later member", "deposit.open", **given, token=sealed(manifest(later=1, note="Hallo")))
    yield no("undecryptable", "deposit: altered", "deposit.open", **given, token=flip_box(plain))
    yield no(
        "undecryptable", "deposit: another code", "deposit.open", **{**given, "code": b64u(some_id("x"))}, token=plain
    )
    yield no(
        "undecryptable", "deposit: another item", "deposit.open", **{**given, "item": b64u(some_id("x"))}, token=plain
    )
    stranger = b64u(agreer("x").private_bytes_raw())
    yield no("undecryptable", "deposit: another key", "deposit.open", **{**given, "private": stranger}, token=plain)
    for name, changes in each(
        {
            "no sender": {"sender": ...},
            "unknown kind": {"kind": "program"},
            "attachment without a key": {"attachment": {}},
            "sender with more": {"sender": {"type": "agency", "admin": 1}},
            "unknown sender type": {"sender": {"type": "court"}},
            "note as a number": {"note": 1},
            "v 2": {"v": 2},
        }
    ):
        yield no("malformed", f"deposit: {name}", "deposit.open", **given, token=sealed(manifest(**changes)))
    bare = box("deposit", raw(HOLDER), PLACE.code + ITEM, dumps(manifest()))
    yield no("malformed", "deposit: no padding", "deposit.open", **given, token=bare)
    yield from _senders(given)
    yield from _hybrid()


def _senders(given: dict[str, Any]) -> Cases:
    office = {"type": "agency", "id": "vhs-musterstadt", "name": "VHS"}
    friend = {"type": "wallet"}
    key = b64u(raw(AGENCY))
    by_agency = d.sign_deposit(AGENCY, SIGNED, jwk=False)
    by_wallet = d.sign_deposit(WALLET, SIGNED, jwk=True)

    def case(name: str, sender: dict[str, Any], signature: str, agency_key: str | None = None, **changes: Any) -> Any:
        more = {} if agency_key is None else {"agency_key": agency_key}
        return ok(
            f"sender: {name}",
            "deposit.open",
            **given,
            **more,
            token=sealed(manifest(sender=sender, signature=signature, **changes)),
        )

    yield case("an agency", office, by_agency, key)
    yield case("a wallet", friend, by_wallet)
    # All that follow are papers from "unknown sender": signer is null.
    yield case("an agency that the registry does not have", office, by_agency)
    yield case("an agency by another key", office, by_agency, b64u(raw(signer("x"))))
    yield case("anonymous with a signature", {"type": "anonymous"}, by_wallet)
    yield case("an agency by a wallet's signature", office, by_wallet, key)
    yield case("altered signature", friend, flip(by_wallet, 2))
    yield case("no signature at all", friend, "x")
    yield case("signature for another kind", friend, by_wallet, kind="credential")
    yield case("signature for another file", friend, by_wallet, attachment={**ATTACHMENT, "hash": b64u(some("other"))})
    for name, changes in each(
        {
            "code": {"code": b64u(some_id("x"))},
            "item": {"item": b64u(some_id("x"))},
            "member": {"x": 1},
        }
    ):
        yield case(
            f"signature for another {name}",
            friend,
            resigned("deposit-signature", WALLET, by_wallet, jwk=True, **changes),
        )


def _hybrid() -> Cases:
    holder = hybrid("deposit")
    public = raw(holder)
    place = DepositLocator.make(some_id("D"), public)
    locator = {"locator": b64u(place.locator)}
    yield ok("what follows from D, suite 2", "deposit.locate", **locator)
    yield ok("key of the code, suite 2", "deposit.check_key", **locator, public=b64u(public))
    old_hash = place.secret + tagged_hash("deposit-key", public)[:16]
    above = b"\xff" * 1184 + public[1184:]
    for code, name, case in (
        ("wrong-key", "another", {**locator, "public": b64u(raw(hybrid("server")))}),
        ("wrong-key", "its X25519 half alone", {**locator, "public": b64u(public[1184:])}),
        ("wrong-key", "a key of suite 1", {**locator, "public": b64u(raw(HOLDER))}),
        ("wrong-key", "for a code of suite 1", {"locator": b64u(PLACE.locator), "public": b64u(public)}),
        ("wrong-key", "hashed under the label of suite 1", {"locator": b64u(old_hash), "public": b64u(public)}),
        ("malformed", "1,215 bytes", {**locator, "public": b64u(public[:-1])}),
        ("malformed", "ML-KEM half alone", {**locator, "public": b64u(public[:1184])}),
        ("malformed", "numbers above q", {**locator, "public": b64u(above)}),
        ("malformed", "X25519 half of small order", {**locator, "public": b64u(public[:1184] + bytes(32))}),
    ):
        yield no(code, f"key, suite 2: {name}", "deposit.check_key", **case)
    plain = padded(dumps(manifest()))
    token = box("deposit", public, place.code + ITEM, plain)
    given: dict[str, Any] = {"private": b64u(holder.seed), "code": b64u(place.code), "item": b64u(ITEM), "suite": 2}
    yield ok("deposit, suite 2", "deposit.open", **given, token=token)
    below = b64u(hpke_seal(public, info("deposit", place.code + ITEM), plain, some("below", 64)))
    for code, name, bad in (
        ("undecryptable", "altered", flip_box(token)),
        ("undecryptable", "another item", box("deposit", public, place.code + some_id("x"), plain)),
        ("undecryptable", "another key", box("deposit", raw(hybrid("x")), place.code + ITEM, plain)),
        ("undecryptable", "under the label of suite 1", below),
        ("malformed", "of suite 1", sealed(manifest())),
        ("malformed", "encapsulation cut short", b64u(unb64u(token)[:1119])),
        ("malformed", "no padding", box("deposit", public, place.code + ITEM, dumps(manifest()))),
    ):
        yield no(code, f"deposit, suite 2: {name}", "deposit.open", **given, token=bad)
