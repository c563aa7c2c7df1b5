"""chain.md"""

from __future__ import annotations

from typing import Any

from mappe.formats import chain as c
from mappe.formats.encoding import b64u

from ..source import NOW, raw, signer, some, some_id
from .kit import Cases, each, jws_damage, no, ok, resigned

KEY = signer("holder")
SERVER = signer("promise")
WALLET = some("wallet")
A, B, D = some_id("a"), some_id("b"), some_id("d")
METHODS = [(some_id("m2"), 1, "envelope two"), (some_id("m1"), 4, "envelope one")]
BOX = "identity box"


def _change(
    number: int, parent: bytes | None, objects: tuple[c.ObjectState, ...], after: list[c.ObjectState], **more: Any
) -> str:
    change = c.Change(
        wallet=WALLET,
        number=number,
        parent=parent,
        epoch=more.get("epoch", 1),
        objects=objects,
        root=c.root_of(after),
        access=c.access_of(METHODS, BOX),
        device=b64u(some("device")),
        time=NOW + number + more.get("later", 0),
    )
    return c.make_change(KEY, change)


ONE = _change(1, None, ((A, 1, some("a1")), (B, 1, some("b1"))), [(A, 1, some("a1")), (B, 1, some("b1"))])
AFTER_TWO: list[c.ObjectState] = [(A, 2, some("a2")), (B, 2, None)]
TWO = _change(2, c.change_hash(ONE), ((A, 2, some("a2")), (B, 2, None)), AFTER_TWO, epoch=2)
AFTER_THREE: list[c.ObjectState] = [*AFTER_TWO, (D, 1, some("d1"))]
THREE = _change(3, c.change_hash(TWO), ((D, 1, some("d1")),), AFTER_THREE, epoch=2)
FORK = _change(3, c.change_hash(TWO), ((D, 1, some("evil")),), AFTER_THREE, epoch=2)
PUBLIC = b64u(raw(KEY))


def rows(states: list[c.ObjectState]) -> list[list[Any]]:
    return [[b64u(id_), version, None if body is None else b64u(body)] for id_, version, body in states]


def cases() -> Cases:
    yield ok("root of nothing", "chain.root", objects=[])
    yield ok("root", "chain.root", objects=rows(AFTER_THREE))
    yield ok("root, another order", "chain.root", objects=rows(AFTER_THREE[::-1]))
    methods = [[b64u(id_), version, envelope] for id_, version, envelope in METHODS]
    yield ok("access", "chain.access", methods=methods, identity_box=BOX)
    yield ok("access, another order", "chain.access", methods=methods[::-1], identity_box=BOX)
    yield from _changes()
    yield from _advance()
    yield from _pins()
    yield from _heads(methods)


def _changes() -> Cases:
    for number, token in enumerate((ONE, TWO, THREE), 1):
        yield ok(f"change {number}", "chain.verify", token=token, public=PUBLIC)
    yield from jws_damage("chain.verify", TWO, "change", public=PUBLIC)
    yield no(
        "header-mismatch", "change: of another wallet's key", "chain.verify", token=TWO, public=b64u(raw(signer("x")))
    )
    a = b64u(A)
    for code, name, changes in (
        ("malformed", "number 0", {"number": 0}),
        ("malformed", "epoch 0", {"epoch": 0}),
        ("malformed", "extra member", {"x": 1}),
        ("malformed", "no root", {"root": ...}),
        ("malformed", "object without a body", {"objects": [[a, 1]]}),
        ("malformed", "object version 0", {"objects": [[a, 0, None]]}),
        ("malformed", "body of 31 bytes", {"objects": [[a, 1, b64u(bytes(31))]]}),
        ("malformed", "objects as a map", {"objects": {}}),
        ("malformed", "device of 31 bytes", {"device": b64u(bytes(31))}),
        ("malformed", "version 2^32", {"objects": [[a, 2**32, None]]}),
        ("chain-invalid", "an object twice", {"objects": [[a, 2, None], [a, 3, None]]}),
        ("chain-invalid", "second change without a parent", {"parent": None}),
        ("chain-invalid", "first change with a parent", {"number": 1}),
    ):
        yield no(code, f"change: {name}", "chain.verify", token=resigned("change", KEY, TWO, **changes), public=PUBLIC)


def _advance() -> Cases:
    state: dict[str, Any] = {
        "number": 2,
        "head": b64u(c.change_hash(TWO)),
        "epoch": 2,
        "objects": rows(AFTER_TWO),
        "public": PUBLIC,
    }
    yield ok("first change", "chain.advance", number=0, head=None, epoch=1, objects=[], public=PUBLIC, token=ONE)
    yield ok("next change", "chain.advance", **state, token=THREE)
    for code, name, changes in (
        ("stale-head", "a number skipped", {"number": 4}),
        ("stale-head", "the same number", {"number": 2}),
        ("stale-head", "another parent", {"parent": b64u(some("p"))}),
        ("chain-invalid", "the epoch falls", {"epoch": 1}),
        ("chain-invalid", "a version skipped", {"objects": [[b64u(A), 4, b64u(some("a4"))]]}),
        ("chain-invalid", "a version again", {"objects": [[b64u(A), 2, b64u(some("x"))]]}),
        ("chain-invalid", "new object at version 2", {"objects": [[b64u(D), 2, b64u(some("x"))]]}),
        ("chain-invalid", "a deleted object back", {"objects": [[b64u(B), 3, b64u(some("b3"))]]}),
        ("chain-invalid", "a deleted object back at version 1", {"objects": [[b64u(B), 1, b64u(some("b1"))]]}),
        ("chain-invalid", "a tombstone for what never was", {"objects": [[b64u(D), 1, None]]}),
    ):
        yield no(
            code, f"next change: {name}", "chain.advance", **state, token=resigned("change", KEY, THREE, **changes)
        )


def _pins() -> Cases:
    def judge(name: str, pin: tuple[int, str] | None, newer: list[str], head: str, **more: Any) -> Any:
        shown = None if pin is None else {"number": pin[0], "head": b64u(c.change_hash(pin[1]))}
        given = {"pin": shown, "newer": newer, "head": head, "public": PUBLIC, "ancestors": {}, "floor": 0, **more}
        return ok(f"pin: {name}", "chain.judge", **given)

    old = {"1": b64u(c.change_hash(ONE)), "2": b64u(c.change_hash(TWO))}
    yield judge("same head", (3, THREE), [], THREE)
    yield judge("same number, another head", (3, THREE), [], FORK)
    yield judge("two newer changes", (1, ONE), [TWO, THREE], THREE)
    yield judge("newer, but on another parent", (2, ONE), [THREE], THREE)
    yield judge("newer, a change missing", (1, ONE), [THREE], THREE)
    yield judge("newer, without the changes", (1, ONE), [], THREE)
    yield judge("newer, head is another", (2, TWO), [FORK], THREE)
    yield judge("older, on the pin's chain", (3, THREE), [], TWO, ancestors=old)
    yield judge("older, on another chain", (3, THREE), [], TWO, ancestors={"2": b64u(some("x"))})
    yield judge("older, unknown", (3, THREE), [], TWO)
    yield judge("no pin", None, [], THREE)
    yield judge("no pin, below the sheet", None, [], TWO, floor=3)
    yield judge("no pin, at the sheet", None, [], THREE, floor=3)
    yield judge("same head, below another device", (2, TWO), [], TWO, floor=3)


def _heads(methods: list[list[Any]]) -> Cases:
    given: dict[str, Any] = {
        "head": THREE,
        "public": PUBLIC,
        "objects": rows(AFTER_THREE),
        "methods": methods,
        "identity_box": BOX,
    }
    yield ok("head fits", "chain.check_head", **given)
    for name, changes in each(
        {
            "object dropped": {"objects": rows(AFTER_TWO)},
            "object rolled back": {"objects": rows([(A, 1, some("a1")), *AFTER_THREE[1:]])},
            "tombstone as a body": {"objects": rows([AFTER_THREE[0], (B, 2, some("b2")), AFTER_THREE[2]])},
            "method hidden": {"methods": methods[:1]},
            "envelope replaced": {"methods": [methods[0], [*methods[1][:2], "other"]]},
            "identity box replaced": {"identity_box": "other"},
        }
    ):
        yield no("server-lied", f"head: {name}", "chain.check_head", **{**given, **changes})
    statement = c.HeadStatement(WALLET, 3, c.change_hash(THREE), some_id("nonce"), NOW)
    token = c.make_head_statement(SERVER, statement)
    said = {"public": b64u(raw(SERVER)), "nonce": b64u(some_id("nonce"))}
    yield ok("head statement", "chain.head_statement", token=token, **said)
    yield from jws_damage("chain.head_statement", token, "head statement", **said)
    yield no(
        "server-lied",
        "head statement: an old one",
        "chain.head_statement",
        token=token,
        **{**said, "nonce": b64u(some_id("x"))},
    )
    yield no(
        "malformed",
        "head statement: number 0",
        "chain.head_statement",
        token=resigned("head", SERVER, token, number=0),
        **said,
    )
