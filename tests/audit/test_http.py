"""The log over HTTP: what anybody may read, what witnesses bring, and the holder's own pages."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import merkle
from mappe.formats.checkpoint import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Verifier,
    cosign,
    make_checkpoint,
    verify_checkpoint,
)
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.log import (
    LogPin,
    Row,
    check_head,
    check_receipt,
    check_rows,
    registry_leaf,
    verify_log_head,
    verify_promise,
)

from app.runner import Runner
from audit import public_leaves
from kit.ids import new_id
from tests.wallet.conftest import MakeWorld, make_world  # noqa: F401  (a fixture)
from tests.wallet.world import Holder, World

WITNESS = Ed25519PrivateKey.generate()
WITNESS_KEY = Verifier("witness.example/w", COSIGNATURE, WITNESS.public_key().public_bytes_raw())
OTHER = Ed25519PrivateKey.generate()


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, make_world: MakeWorld) -> World:  # noqa: F811
    return make_world(request.param, WITNESSES=WITNESS_KEY.vkey())


@pytest.fixture
def holder(world: World) -> Holder:
    person = Holder(world)
    assert person.create().status_code == 201
    return person


def sequence(world: World) -> None:
    assert Runner(world.ctx).once()


def get(world: World, path: str) -> httpx2.Response:
    return world.run(world.http.get(path))


def post(world: World, path: str, body: object) -> httpx2.Response:
    return world.run(world.http.post(path, content=json.dumps(body).encode()))


def log_key(world: World) -> Verifier:
    keys = [key for key in get(world, "/v1/meta").json()["keys"] if key["use"] == "log"]
    return Verifier(get(world, "/v1/meta").json()["log"]["origin"], ED25519, unb64u(keys[0]["jwk"]["x"]))


def promise_key(world: World) -> bytes:
    return unb64u(next(k for k in get(world, "/v1/meta").json()["keys"] if k["use"] == "promise")["jwk"]["x"])


def checkpoint(world: World, note: str | None = None) -> Checkpoint:
    text = note if note is not None else get(world, "/log/checkpoint").text
    return verify_checkpoint(text, log_key(world), (WITNESS_KEY,))


def entries(holder: Holder, after: int = 0, **more: Any) -> dict[str, Any]:
    nonce = new_id()
    answer = holder.post("/v1/log/entries", {"after": after, "nonce": b64u(nonce), **more})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page | {"nonce": nonce}


def submit(world: World, count: int) -> None:
    for _ in range(count):
        leaf = os.urandom(32)
        world.ctx.db.write_now(lambda tx, leaf=leaf: public_leaves.submit(tx, leaf, world.clock.now()))  # type: ignore[misc]


def test_the_whole_check_of_the_page(world: World, holder: Holder) -> None:
    """log.md, "The holder's check", step by step against a served page."""
    sequence(world)
    holder.write([new_id()])
    page = entries(holder)
    rows = [Row(e["seq"], unb64u(e["leaf"]), e["body"]) for e in page["entries"]]
    pin, events = check_rows(holder.identity.log, holder.id, rows, LogPin())
    assert [event.kind for _, event in events] == ["wallet-created", "vault-changed"]
    assert {event.actor_id for _, event in events} == {holder.device.jkt}
    check_head(pin, verify_log_head(page["head"], promise_key(world)), holder.id, page["nonce"])
    signed = checkpoint(world, page["checkpoint"])
    assert ["index" in e for e in page["entries"]] == [True, False] and signed.size == 1
    proof = post(world, "/v1/log/inclusion", {"leaf": page["entries"][0]["leaf"]}).json()
    assert proof["index"] == page["entries"][0]["index"]
    path = [unb64u(node) for node in proof["path"]]
    merkle.verify_inclusion(
        rows[0].leaf, proof["index"], proof["size"], path, checkpoint(world, proof["checkpoint"]).root
    )


def test_what_was_promised_is_in_the_tree(world: World) -> None:
    person = Holder(world)
    answer = person.create().json()
    promise = verify_promise(answer["promise"], promise_key(world))
    assert check_receipt(answer["event"], promise).kind == "wallet-created"
    assert post(world, "/v1/log/inclusion", {"leaf": b64u(promise.leaf)}).json() == {"pending": True}
    sequence(world)
    proof = post(world, "/v1/log/inclusion", {"leaf": b64u(promise.leaf)}).json()
    root = checkpoint(world, proof["checkpoint"]).root
    merkle.verify_inclusion(promise.leaf, proof["index"], proof["size"], [unb64u(n) for n in proof["path"]], root)


def test_a_registry_version_is_a_leaf_too(world: World) -> None:
    leaf = registry_leaf(os.urandom(32), 3, "kreis")
    world.ctx.db.write_now(lambda tx: public_leaves.submit(tx, leaf, world.clock.now()))
    sequence(world)
    assert post(world, "/v1/log/inclusion", {"leaf": b64u(leaf)}).json()["index"] == 0


def test_pages_follow_one_another(world: World, holder: Holder) -> None:
    for _ in range(6):
        holder.write([new_id()])
    sequence(world)
    holder.write([new_id()])
    pin, seen = LogPin(), 0
    while page := entries(holder, pin.seq, limit=3)["entries"]:
        assert len(page) <= 3
        rows = [Row(e["seq"], unb64u(e["leaf"]), e["body"]) for e in page]
        pin, _ = check_rows(holder.identity.log, holder.id, rows, pin)
        seen += len(page)
    assert seen == pin.seq == 8


class TestRefused:
    def test_a_stranger_reads_no_entries(self, world: World, holder: Holder) -> None:
        body = {"after": 0, "nonce": b64u(new_id())}
        assert post(world, "/v1/log/entries", body).status_code == 401
        other = Holder(world)
        other.create()
        holder.device.token, other.device.token = other.device.token, holder.device.token  # not bound to this key
        assert holder.post("/v1/log/entries", body).status_code == 401

    def test_a_holder_reads_only_its_own(self, world: World, holder: Holder) -> None:
        other = Holder(world)
        other.create()
        sequence(world)
        mine = {entry["leaf"] for entry in entries(holder)["entries"]}
        assert mine and not mine & {entry["leaf"] for entry in entries(other)["entries"]}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"after": -1, "nonce": "A" * 22},
            {"after": 0},
            {"after": 0, "nonce": "A" * 21},
            {"after": 0, "nonce": "A" * 22, "limit": 0},
            {"after": 0, "nonce": "A" * 22, "limit": 501},
            {"after": "0", "nonce": "A" * 22},
            {"after": 0, "nonce": "A" * 22, "wallet": "A" * 43},
            {"after": 2**63, "nonce": "A" * 22},
        ],
    )
    def test_entries_of_the_wrong_shape(self, holder: Holder, body: dict[str, Any]) -> None:
        assert holder.post("/v1/log/entries", body).json()["code"] == "invalid-request"

    @pytest.mark.parametrize(
        "body", [{}, {"leaf": "x"}, {"leaf": "A" * 42}, {"leaf": "A" * 43, "more": 1}, {"leaf": None}]
    )
    def test_inclusion_of_no_leaf(self, world: World, body: dict[str, Any]) -> None:
        assert post(world, "/v1/log/inclusion", body).json()["code"] == "invalid-request"

    @pytest.mark.parametrize(
        ("older", "newer", "code"),
        [
            (3, 2, "tree-size-unknown"),
            (1, 6, "tree-size-unknown"),
            (6, 6, "tree-size-unknown"),
            (-1, 2, "invalid-request"),
            ("1", 2, "invalid-request"),
            (1.0, 2, "invalid-request"),
            (2**53, 2**53, "invalid-request"),
        ],
    )
    def test_consistency_of_impossible_sizes(self, world: World, older: object, newer: object, code: str) -> None:
        submit(world, 5)
        sequence(world)
        assert post(world, "/v1/log/consistency", {"from": older, "to": newer}).json()["code"] == code

    def test_a_tile_that_is_not_there(self, world: World) -> None:
        submit(world, 5)
        sequence(world)
        for path in (
            "0/000",  # not full yet
            "0/000.p/6",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/05",
            "0/0",
            "0/0000",
            "0/x000/000.p/5",
            "00/000.p/5",
            "0/001.p/1",
            "1/000.p/1",
            "-1/000.p/1",
            "8/000",
            "entries/000",
            "0/000.p/5/",
            "0/٠٠٠.p/5",
            "0/x999/x999/x999/x999/999",
        ):
            assert get(world, f"/log/tile/{path}").status_code == 404, path
        assert get(world, "/log/tile/0/000.p/5").status_code == 200

    def test_before_the_first_checkpoint(self, world: World, holder: Holder) -> None:
        for answer in (
            get(world, "/log/checkpoint"),
            get(world, "/log/tile/0/000.p/1"),
            post(world, "/v1/log/consistency", {"from": 0, "to": 0}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "log-not-started")
        assert get(world, "/log/checkpoint/witnessed").status_code == 404


def test_a_leaf_that_waits_and_one_that_nobody_knows_look_alike(world: World, holder: Holder) -> None:
    sequence(world)
    holder.write([new_id()])
    waiting = entries(holder)["entries"][-1]["leaf"]
    answers = [post(world, "/v1/log/inclusion", {"leaf": leaf}) for leaf in (waiting, b64u(os.urandom(32)))]
    assert answers[0].content == answers[1].content and answers[0].headers == answers[1].headers


def test_tiles_give_the_root(world: World) -> None:
    submit(world, 300)
    sequence(world)
    signed = checkpoint(world)
    full, part = get(world, "/log/tile/0/000"), get(world, "/log/tile/0/001.p/44")
    data = full.content + part.content
    leaves = [data[at : at + 32] for at in range(0, len(data), 32)]
    assert len(leaves) == signed.size == 300 and merkle.tree_hash(leaves) == signed.root
    assert get(world, "/log/tile/1/000.p/1").content == merkle.tree_hash(leaves[:256])
    assert get(world, "/log/tile/0/001.p/7").content == b"".join(leaves[256:263])
    assert full.headers["content-type"] == "application/octet-stream" and "immutable" in full.headers["cache-control"]


def test_nothing_that_is_not_signed_is_served(world: World) -> None:
    submit(world, 3)
    sequence(world)
    before = get(world, "/log/checkpoint").text
    world.execute("UPDATE log_trees SET size = 4, root = :root", root=bytes(32))
    world.execute("UPDATE log_tiles SET hashes = hashes || :more", more=bytes(32))
    assert get(world, "/log/checkpoint").text == before and get(world, "/log/tile/0/000.p/4").status_code == 404
    assert not any(world.rows("SELECT 1 FROM log_checkpoints WHERE size = 4"))


def test_consistency_over_http(world: World) -> None:
    seen = []
    for count in (1, 4, 300):
        submit(world, count)
        sequence(world)
        seen.append(checkpoint(world))
    for older in seen:
        for newer in seen:
            if older.size <= newer.size:
                answer = post(world, "/v1/log/consistency", {"from": older.size, "to": newer.size}).json()
                path = [unb64u(node) for node in answer["path"]]
                merkle.verify_consistency(older.size, newer.size, path, older.root, newer.root)
    assert post(world, "/v1/log/consistency", {"from": 0, "to": 5}).json() == {"path": []}


class TestWitnesses:
    @pytest.fixture
    def note(self, world: World) -> str:
        submit(world, 5)
        sequence(world)
        return get(world, "/log/checkpoint").text

    def bring(self, world: World, note: str) -> httpx2.Response:
        return post(world, "/v1/log/cosignatures", {"checkpoint": note})

    def cosigned(self, world: World, note: str, **more: Any) -> str:
        given: dict[str, Any] = {"key": WITNESS, "name": WITNESS_KEY.name, "time": world.clock.now()} | more
        return note + cosign(given["key"], given["name"], note, given["time"])

    def test_a_cosignature_is_served_from_then_on(self, world: World, note: str) -> None:
        assert get(world, "/log/checkpoint/witnessed").status_code == 404
        for _ in range(2):  # bringing it twice is no error
            assert self.bring(world, self.cosigned(world, note)).status_code == 204
        assert checkpoint(world).witnesses == ((WITNESS_KEY.name, world.clock.now()),)
        submit(world, 1)
        sequence(world)
        assert checkpoint(world).witnesses == () and checkpoint(world).size == 6
        witnessed = checkpoint(world, get(world, "/log/checkpoint/witnessed").text)
        assert witnessed.size == 5 and len(witnessed.witnesses) == 1

    def test_one_for_an_older_checkpoint_still_counts(self, world: World, note: str) -> None:
        submit(world, 1)
        sequence(world)
        assert self.bring(world, self.cosigned(world, note)).status_code == 204
        assert checkpoint(world, get(world, "/log/checkpoint/witnessed").text).size == 5

    def test_it_lists_its_witnesses(self, world: World) -> None:
        assert get(world, "/v1/meta").json()["witnesses"] == [WITNESS_KEY.vkey()]

    @pytest.mark.parametrize(
        "lie",
        [
            lambda self, world, note: note,
            lambda self, world, note: "",
            lambda self, world, note: note + "\n",
            lambda self, world, note: self.cosigned(world, note, key=OTHER),
            lambda self, world, note: self.cosigned(world, note, name="other.example"),
            lambda self, world, note: self.cosigned(world, note, time=world.clock.now() + 3600),
            lambda self, world, note: self.cosigned(world, note).replace("\n5\n", "\n6\n"),
            lambda self, world, note: self.cosigned(world, note)[:-8] + "AAAA==\n",
            lambda self, world, note: (
                note + self.cosigned(world, note.replace("\n5\n", "\n4\n")).split("\n")[-2] + "\n"
            ),
            lambda self, world, note: self.cosigned(
                world, make_checkpoint(OTHER, world.ctx.config.log_name, 5, bytes(32))
            ),
            lambda self, world, note: self.cosigned(world, make_checkpoint(OTHER, "other.example/log", 5, bytes(32))),
        ],
        ids=[
            "none",
            "empty",
            "malformed",
            "unknown key",
            "unknown name",
            "from the future",
            "another size",
            "cut",
            "of another text",
            "another root of that size",
            "another log",
        ],
    )
    def test_what_is_none_is_refused(
        self, world: World, note: str, lie: Callable[[TestWitnesses, World, str], str]
    ) -> None:
        assert self.bring(world, lie(self, world, note)).json()["code"] == "cosignature-refused"
        assert world.rows("SELECT * FROM log_cosignatures") == []

    def test_an_altered_signature_of_a_known_witness_is_refused(self, world: World, note: str) -> None:
        good = self.cosigned(world, note)
        flipped = good[:-12] + ("A" if good[-12] != "A" else "B") + good[-11:]
        assert self.bring(world, flipped).json()["code"] == "cosignature-refused"
        assert checkpoint(world).witnesses == ()
