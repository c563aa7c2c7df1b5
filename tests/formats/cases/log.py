"""log.md"""

from __future__ import annotations

import json
from typing import Any

from mappe.formats import checkpoint as c
from mappe.formats import log, merkle
from mappe.formats.encoding import b64u, u64
from mappe.formats.strict_json import dumps

from ..source import NOW, agreer, box, raw, signer, some, some_id
from .kit import Cases, each, flip_box, jws_damage, no, ok, resigned

WALLET = some("wallet")
HOLDER = agreer("holder log")
SERVER = signer("promise")
LOG = signer("log")
ORIGIN = "mappe.example/mappe-log"
EVENTS = [
    log.make_event(log.Event("wallet-created", NOW, "device", "d1")),
    log.make_event(log.Event("grant-created", NOW + 1, "device", "d1", grant=some_id("grant"))),
    log.make_event(
        log.Event(
            "slot-delivered",
            NOW + 2,
            "agency",
            "jobcenter",
            grant=some_id("grant"),
            slots=(some_id("slot"),),
            lease=some_id("lease"),
            detail={"tries": 1, "note": "ß\n"},
            proof="a.b.c",
        )
    ),
    log.make_event(log.Event("later-kind", NOW + 3, "server")),
]


class Row:
    """A row of the holder's log, with knobs to break it."""

    def __init__(self, seq: int, event: str, previous: bytes, **changes: Any) -> None:
        self.r1, self.r2 = some_id(f"r1 {seq}"), some_id(f"r2 {seq}")
        wallet = changes.get("wallet", WALLET)
        self.other = log.place_half(self.r2, wallet, changes.get("placed", seq), changes.get("after", previous))
        self.leaf = log.leaf_hash(log.event_half(self.r1, changes.get("hashed", event)), self.other)
        body = {"event": event, "r1": b64u(self.r1), "r2": b64u(self.r2), "previous": b64u(previous)}
        body |= changes.get("body", {})
        sealed = box("log-entry", raw(HOLDER), WALLET + u64(seq) + changes.get("bound", self.leaf), dumps(body))
        self.json = [seq, b64u(self.leaf), sealed]


def rows(break_at: int = 0, **changes: Any) -> list[Row]:
    made: list[Row] = []
    for seq, event in enumerate(EVENTS, 1):
        previous = made[-1].leaf if made else log.NO_LEAF
        made.append(Row(seq, event, previous, **(changes if seq == break_at else {})))
    return made


ROWS = rows()


def cases() -> Cases:
    yield from _events()
    yield from _leaves()
    yield from _promises()
    yield from _heads()
    yield from _tree()
    yield from _checkpoints()


def _events() -> Cases:
    def text(**changes: Any) -> str:
        event = {**json.loads(EVENTS[2]), **changes}
        return dumps({n: v for n, v in event.items() if v is not ...}).decode()

    for number, event in enumerate(EVENTS):
        yield ok(f"event {number}", "event.read", text=event)
    for name, changes in each(
        {
            "no actor": {"actor": ...},
            "unknown actor": {"actor": {"type": "admin"}},
            "actor with more": {"actor": {"type": "link", "ip": "x"}},
            "the wallet in it": {"wallet": b64u(WALLET)},
            "grant of 15 bytes": {"grant": b64u(bytes(15))},
            "kind in capitals": {"kind": "OPENED"},
            "detail nested": {"detail": {"a": {}}},
            "detail true": {"detail": {"a": True}},
            "detail a list": {"detail": []},
            "time as text": {"time": "now"},
            "v 2": {"v": 2},
            "slots as text": {"slots": "all"},
        }
    ):
        yield no("malformed", f"event: {name}", "event.read", text=text(**changes))
    yield no("too-large", "event: too large", "event.read", text=text(proof="a" * 8192))


def _leaves() -> Cases:
    given = {
        "event": EVENTS[2],
        "r1": b64u(some_id("r1")),
        "r2": b64u(some_id("r2")),
        "wallet": b64u(WALLET),
        "seq": 3,
        "previous": b64u(some("leaf")),
    }
    yield ok("leaf", "log.leaf", **given)
    yield ok("first leaf", "log.leaf", **{**given, "seq": 1, "previous": b64u(bytes(32))})
    yield ok("leaf of a registry", "registry.leaf", hash=b64u(some("registry")), version=7, bundle="demo-bundle")

    private = b64u(HOLDER.private_bytes_raw())
    start = [0, b64u(bytes(32))]

    def check(made: list[Row], pin: list[Any] = start) -> dict[str, Any]:
        return {"log_private": private, "wallet": b64u(WALLET), "pin": pin, "rows": [row.json for row in made]}

    yield ok("log", "log.check", **check(ROWS))
    yield ok("log from a pin", "log.check", **check(ROWS[2:], [2, b64u(ROWS[1].leaf)]))
    yield ok("log without news", "log.check", **check([], [4, b64u(ROWS[3].leaf)]))
    for name, made in each(
        {
            "first entry dropped": ROWS[1:],
            "entry dropped": [*ROWS[:1], *ROWS[2:]],
            "entries exchanged": [ROWS[1], ROWS[0], *ROWS[2:]],
            "entry repeated": [*ROWS[:2], *ROWS[1:]],
            "event replaced": rows(2, hashed=EVENTS[0]),
            "entry of another wallet": rows(2, wallet=some("other")),
            "placed elsewhere": rows(3, placed=7),
            "after another leaf": rows(3, after=some("other")),
            "body names another leaf before": rows(3, body={"previous": b64u(some("other"))}),
            "body sealed for another leaf": rows(4, bound=some("other")),
            "another blind in the body": rows(2, body={"r2": b64u(some_id("x"))}),
            "event that is none": rows(2, body={"event": "{}"}),
            "extra member in the body": rows(2, body={"x": 1}),
        }
    ):
        yield no("log-broken", f"log: {name}", "log.check", **check(made))
    altered = check(ROWS)
    altered["rows"] = [
        *altered["rows"][:2],
        [*altered["rows"][2][:2], flip_box(altered["rows"][2][2])],
        altered["rows"][3],
    ]
    yield no("log-broken", "log: body altered", "log.check", **altered)
    yield no("log-broken", "log: another pin", "log.check", **check(ROWS[2:], [2, b64u(some("fork"))]))
    stranger = {**check(ROWS), "log_private": b64u(agreer("x").private_bytes_raw())}
    yield no("log-broken", "log: another log key", "log.check", **stranger)
    foreign = {**check(ROWS), "wallet": b64u(some("other"))}
    yield no("log-broken", "log: another wallet", "log.check", **foreign)


def _promises() -> Cases:
    row = ROWS[2]
    promise = log.Promise(row.leaf, row.r1, row.other, NOW + 2, NOW + 3602)
    token = log.make_promise(SERVER, promise)
    given = {"public": b64u(raw(SERVER)), "event": EVENTS[2]}
    yield ok("promise", "promise.check", **given, token=token)
    yield from jws_damage("promise.check", token, "promise", **given)
    yield no(
        "header-mismatch",
        "promise: by another key",
        "promise.check",
        **{**given, "public": b64u(raw(LOG))},
        token=token,
    )
    yield no(
        "hash-mismatch", "promise: for another event", "promise.check", **{**given, "event": EVENTS[1]}, token=token
    )
    yield no(
        "hash-mismatch",
        "promise: event with a space more",
        "promise.check",
        **{**given, "event": EVENTS[2] + " "},
        token=token,
    )
    for code, name, changes in (
        ("hash-mismatch", "another leaf", {"leaf": b64u(some("x"))}),
        ("hash-mismatch", "another half", {"other": b64u(some("x"))}),
        ("hash-mismatch", "another blind", {"r1": b64u(some_id("x"))}),
        ("malformed", "a day and a second", {"deadline": NOW + 2 + 86_401}),
        ("malformed", "deadline before its time", {"deadline": NOW + 1}),
        ("malformed", "a seq in it", {"seq": 3}),
        ("malformed", "no deadline", {"deadline": ...}),
    ):
        yield no(
            code, f"promise: {name}", "promise.check", **given, token=resigned("promise", SERVER, token, **changes)
        )


def _heads() -> Cases:
    end = ROWS[-1]
    token = log.make_log_head(SERVER, log.LogHead(WALLET, 4, end.leaf, NOW, some_id("nonce")))
    given = {
        "public": b64u(raw(SERVER)),
        "wallet": b64u(WALLET),
        "nonce": b64u(some_id("nonce")),
        "pin": [4, b64u(end.leaf)],
    }
    yield ok("log head", "log.check_head", **given, token=token)
    yield from jws_damage("log.check_head", token, "log head", **given)
    for name, changes in each(
        {
            "the log is shorter": {"pin": [3, b64u(ROWS[2].leaf)]},
            "another leaf": {"pin": [4, b64u(some("x"))]},
            "another wallet": {"wallet": b64u(some("x"))},
            "an old statement": {"nonce": b64u(some_id("x"))},
        }
    ):
        yield no("log-broken", f"log head: {name}", "log.check_head", **{**given, **changes}, token=token)


def _tree() -> Cases:
    leaves = [some(f"leaf {number}") for number in range(13)]
    for size in (0, 1, 2, 3, 8, 13):
        yield ok(f"tree of {size}", "merkle.root", leaves=[b64u(leaf) for leaf in leaves[:size]])
    root = merkle.tree_hash(leaves)

    def inclusion(number: int, size: int = 13, **changes: Any) -> dict[str, Any]:
        tree = leaves[:size]
        path = [b64u(node) for node in merkle.inclusion_path(tree, number)]
        made = {
            "leaf": b64u(tree[number]),
            "index": number,
            "size": size,
            "path": path,
            "root": b64u(merkle.tree_hash(tree)),
        }
        return {**made, **changes}

    for index, size in ((0, 1), (0, 13), (5, 13), (12, 13), (7, 8)):
        yield ok(f"inclusion of {index} in {size}", "merkle.inclusion", **inclusion(index, size))
    path = inclusion(5)["path"]
    for name, given in each(
        {
            "another leaf": inclusion(5, leaf=b64u(leaves[6])),
            "another index": inclusion(5, index=4),
            "index beyond": inclusion(12, index=13),
            "another root": inclusion(5, root=b64u(some("r"))),
            "another size": inclusion(5, size=8) | {"size": 9},
            "path cut": inclusion(5, path=path[:-1]),
            "path longer": inclusion(5, path=[*path, path[0]]),
            "path reversed": inclusion(5, path=path[::-1]),
            "no path": inclusion(5, path=[]),
            "negative index": inclusion(5, index=-1),
            "a node as a leaf": inclusion(5)
            | {"leaf": b64u(merkle.node_hash(leaves[4], leaves[5])), "path": path[1:], "index": 2},
        }
    ):
        yield no("unlogged", f"inclusion: {name}", "merkle.inclusion", **given)

    def consistency(old: int, size: int = 13, **changes: Any) -> dict[str, Any]:
        tree = leaves[:size]
        proof = [b64u(node) for node in merkle.consistency_path(tree, old)] if old else []
        made = {"first": old, "size": size, "path": proof}
        made |= {"first_root": b64u(merkle.tree_hash(tree[:old])), "root": b64u(merkle.tree_hash(tree))}
        return {**made, **changes}

    for first, size in ((0, 13), (1, 13), (6, 13), (8, 13), (13, 13), (3, 4)):
        yield ok(f"consistency of {first} with {size}", "merkle.consistency", **consistency(first, size))
    proof = consistency(6)["path"]
    for name, given in each(
        {
            "history rewritten": consistency(6, first_root=b64u(some("old"))),
            "another tree": consistency(6, root=b64u(some("new"))),
            "tree shrank": consistency(6, first=14),
            "proof cut": consistency(6, path=proof[:-1]),
            "no proof": consistency(6, path=[]),
            "proof longer": consistency(6, path=[*proof, proof[0]]),
            "same size, another root": consistency(13, first_root=b64u(some("r"))),
            "same size with a proof": consistency(13, path=proof),
            "empty tree with a root": consistency(0, first_root=b64u(root)),
            "power of two, no proof": consistency(8, path=[]),
        }
    ):
        yield no("log-broken", f"consistency: {name}", "merkle.consistency", **given)
    for level, number, width in ((0, 0, 256), (0, 999, 1), (1, 1000, 256), (2, 1234067, 255)):
        yield ok(f"tile {level} {number} {width}", "tile.path", level=level, number=number, width=width)


def _checkpoints() -> Cases:
    root = some("root")
    note = c.make_checkpoint(LOG, ORIGIN, 4711, root)
    me = c.Verifier(ORIGIN, c.ED25519, raw(LOG)).vkey()
    witness = signer("witness")
    seen = c.Verifier("witness.example", c.COSIGNATURE, raw(witness)).vkey()
    line = c.cosign(witness, "witness.example", note, NOW)
    given = {"log": me, "witnesses": [seen]}
    yield ok("checkpoint", "checkpoint.verify", note=note, **given)
    yield ok("checkpoint, cosigned", "checkpoint.verify", note=note + line, **given)
    yield ok("checkpoint, cosigned by somebody unknown", "checkpoint.verify", note=note + line, log=me, witnesses=[])
    unknown = note + "\u2014 else.example " + "AAAAAAAA\n"
    yield ok("checkpoint with an unknown signature", "checkpoint.verify", note=unknown, **given)
    yield no(
        "bad-signature", "checkpoint: size changed", "checkpoint.verify", note=note.replace("4711", "4712"), **given
    )
    yield no(
        "bad-signature",
        "checkpoint: by another key",
        "checkpoint.verify",
        note=c.make_checkpoint(SERVER, ORIGIN, 4711, root),
        **given,
    )
    other = c.cosign(witness, "witness.example", c.make_checkpoint(LOG, ORIGIN, 4712, root), NOW)
    yield no(
        "bad-signature",
        "checkpoint: cosignature of another checkpoint",
        "checkpoint.verify",
        note=note + other,
        **given,
    )
    yield no(
        "bad-signature",
        "checkpoint: cosignature alone",
        "checkpoint.verify",
        note=note.partition("\n\n")[0] + "\n\n" + line,
        **given,
    )
    text = c.checkpoint_text("evil.example/mappe-log", 4711, root)
    verifier = c.Verifier(ORIGIN, c.ED25519, raw(LOG))
    wrong = f"{text}\n{c._line(verifier, LOG.sign(text.encode()))}"
    yield no("header-mismatch", "checkpoint: of another log", "checkpoint.verify", note=wrong, **given)
    for name, body in each(
        {
            "leading zero": f"{ORIGIN}\n04711\n",
            "negative size": f"{ORIGIN}\n-1\n",
            "no size": f"{ORIGIN}\n\n",
            "hexadecimal size": f"{ORIGIN}\n0x12\n",
        }
    ):
        text = body + c.checkpoint_text(ORIGIN, 1, root).split("\n")[2] + "\n"
        made = f"{text}\n{c._line(verifier, LOG.sign(text.encode()))}"
        yield no("malformed", f"checkpoint: {name}", "checkpoint.verify", note=made, **given)
    text = c.checkpoint_text(ORIGIN, 1, root) + "extension\n"
    made = f"{text}\n{c._line(verifier, LOG.sign(text.encode()))}"
    yield no("malformed", "checkpoint: extension line", "checkpoint.verify", note=made, **given)
    for name, made in each(
        {
            "no signature": note.partition("\n\n")[0] + "\n\n",
            "no blank line": note.replace("\n\n", "\n"),
            "no last newline": note[:-1],
            "carriage returns": note.replace("\n", "\r\n"),
            "nothing": "",
            "a hyphen for the dash": note.replace("\u2014", "-"),
            "signature not base64": note + "\u2014 else.example A+_A\n",
        }
    ):
        yield no("malformed", f"checkpoint: {name}", "checkpoint.verify", note=made, **given)
    yield no(
        "malformed",
        "verifier key with another hash",
        "checkpoint.verify",
        note=note,
        log=me.replace("+", "+0", 1),
        witnesses=[],
    )
