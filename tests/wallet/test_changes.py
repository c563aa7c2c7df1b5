"""The change chain: only what is next, whole, and signed by the wallet's key is taken; and what a sync shows of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import chain
from mappe.formats.encoding import b64u, digest_bytes, unb64u

from kit.sqlite import SqliteTx
from tests.wallet.conftest import MakeWorld
from tests.wallet.world import Device, Holder, World, altered, check_snapshot
from wallet.store import sync

Body = dict[str, Any]
NEW = b"n" * 16
OLD = b"o" * 16
GONE = b"g" * 16


def another_key(holder: Holder) -> Body:
    body = holder.writing([NEW])
    change = chain.verify_change(body["change"], holder.identity.signing.public_key())
    return body | {"change": chain.make_change(Ed25519PrivateKey.generate(), change)}


def altered_signature(holder: Holder) -> Body:
    body = holder.writing([NEW])
    return body | {"change": altered(body["change"])}


def body_swapped(holder: Holder) -> Body:
    body = holder.writing([NEW, OLD])
    one, two = body["objects"]
    one["body"], two["body"] = two["body"], one["body"]
    return body


def more_objects(holder: Holder) -> Body:
    body = holder.writing([NEW])
    body["objects"].append(holder.sealed(b"x" * 16, 1))
    return body


def fewer_objects(holder: Holder) -> Body:
    return holder.writing([NEW]) | {"objects": []}


def twice(holder: Holder) -> Body:
    body = holder.writing([NEW])
    return body | {"objects": body["objects"] * 2}


def version(number: int) -> Callable[[Holder], Body]:
    def make(holder: Holder) -> Body:
        row = holder.sealed(OLD, number)
        digest = digest_bytes(row["body"])
        return {"change": holder.sign([(OLD, number, digest)]), "objects": [row]}

    return make


def other_body_version(holder: Holder) -> Body:
    body = holder.writing([NEW])
    body["objects"][0]["version"] = 2
    return body


def resurrected(holder: Holder) -> Body:
    row = holder.sealed(GONE, 3)
    return {"change": holder.sign([(GONE, 3, digest_bytes(row["body"]))]), "objects": [row]}


def born_again(holder: Holder) -> Body:
    row = holder.sealed(GONE, 1)
    return {"change": holder.sign([(GONE, 1, digest_bytes(row["body"]))]), "objects": [row]}


def born_dead(holder: Holder) -> Body:
    return {"change": holder.sign([(NEW, 1, None)]), "objects": []}


def methods(change: Callable[[list[Body]], object], *, epoch: bool = False) -> Callable[[Holder], Body]:
    def make(holder: Holder) -> Body:
        if epoch:
            body = holder.rotation()
        else:
            body = {"change": holder.sign([]), "objects": [], "methods": [holder.method_row(m) for m in holder.methods]}
            for row in body["methods"]:
                row.pop("pin", None)
        change(body["methods"])
        return body

    return make


def epoch_back(holder: Holder) -> Body:
    body = holder.rotation()
    assert holder.post("/v1/changes", body).status_code == 200
    holder.took(body)
    return holder.writing([NEW], epoch=1)


def without(member: str) -> Callable[[Holder], Body]:
    return lambda holder: {name: value for name, value in holder.rotation().items() if name != member}


def rewrapped(change: Callable[[list[Body]], object]) -> Callable[[Holder], Body]:
    def make(holder: Holder) -> Body:
        body = holder.rotation()
        change(body["rewrapped"])
        return body

    return make


def a_new_method_without_key(holder: Holder) -> Body:
    body = methods(lambda rows: None)(holder)
    kept = replace(holder.methods[0], id=secrets.token_bytes(16))
    holder.methods.append(kept)
    row = holder.method_row(kept)
    body["methods"].append({name: value for name, value in row.items() if name not in ("pin", "public")})
    return {**body, "change": holder.sign([])}


def dropping_without_new_key(holder: Holder) -> Body:
    holder.methods.append(replace(holder.methods[0], id=secrets.token_bytes(16)))
    rows = [holder.method_row(kept) for kept in holder.methods]
    for row in rows:
        row.pop("pin", None)
    added = {"change": holder.sign([]), "objects": [], "methods": rows}
    assert holder.post("/v1/changes", added).status_code == 200
    holder.took(added)
    holder.methods.pop()
    return {"change": holder.sign([]), "objects": [], "methods": rows[:-1]}


FORGED: dict[str, Callable[[Holder], Body]] = {
    "signed by another key": another_key,
    "altered signature": altered_signature,
    "another wallet": lambda h: h.writing([NEW], wallet=secrets.token_bytes(32)),
    "another device": lambda h: h.writing([NEW]) | {"change": h.sign([], Device())},
    "bodies swapped": body_swapped,
    "an object that is not named": more_objects,
    "a named object missing": fewer_objects,
    "an object twice": twice,
    "a version again": version(1),
    "a version left out": version(3),
    "another version beside the change": other_body_version,
    "a tombstone that returns": resurrected,
    "a tombstone that begins anew": born_again,
    "a tombstone of nothing": born_dead,
    "an epoch back": epoch_back,
    "an epoch left out": lambda h: h.writing([NEW], epoch=3),
    "an epoch without new methods": lambda h: h.writing([NEW], epoch=2),
    "another access": lambda h: h.writing([NEW], access=secrets.token_bytes(32)),
    "an identity box that was not signed": lambda h: h.writing([NEW]) | {"identity_box": "a.b.c.d.e"},
    "an envelope that was not signed": methods(lambda rows: rows[0].update(envelope="a.b.c.d.e")),
    "another sign-in key for a kept method": methods(lambda rows: rows[0].update(public=b64u(bytes(32)))),
    "a next version without its sign-in key": methods(lambda rows: rows[0].pop("public"), epoch=True),
    "a new method without its sign-in key": a_new_method_without_key,
    "another kind for a kept method": methods(lambda rows: rows[0].update(kind="recovery")),
    "a method removed under the old key": dropping_without_new_key,
    "one method left": methods(lambda rows: rows.pop(), epoch=True),
    "a new key without methods": without("methods"),
    "a new key without identity box": without("identity_box"),
    "a new key without re-wrapped keys": without("rewrapped"),
    "a new key that loses an object": rewrapped(lambda rows: rows.pop()),
    "a key for an object that is not there": rewrapped(lambda rows: rows[0].update(id=b64u(NEW))),
    "a key for another version": rewrapped(lambda rows: rows[0].update(version=9)),
    "a key twice": rewrapped(lambda rows: rows.append(rows[0])),
    "re-wrapped under the old key": lambda h: (
        h.writing([NEW]) | {"rewrapped": [{"id": b64u(OLD), "version": 1, "key": h.object_key(OLD, 1)}]}
    ),
}


@pytest.fixture
def holder(make_world: MakeWorld) -> Holder:
    holder = Holder(make_world())
    holder.create()
    assert holder.write([OLD, GONE]).status_code == 200
    assert holder.write([], remove=[GONE]).status_code == 200
    return holder


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_what_does_not_continue_the_chain_changes_nothing(holder: Holder, forge: Callable[[Holder], Body]) -> None:
    body = forge(holder)
    before = holder.sync()
    used = holder.get("/v1/wallet/status").json()["bytes_used"]
    refused = holder.post("/v1/changes", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "chain-invalid"), refused.text
    assert holder.sync() == before
    assert holder.get("/v1/wallet/status").json()["bytes_used"] == used


def test_a_change_on_an_older_head_is_stale(holder: Holder) -> None:
    late = holder.writing([NEW])
    assert holder.write([OLD]).status_code == 200
    refused = holder.post("/v1/changes", late)
    assert (refused.status_code, refused.json()["code"], refused.json()["number"]) == (409, "stale-head", 4)


def test_a_change_on_another_parent_is_stale(holder: Holder) -> None:
    refused = holder.post("/v1/changes", holder.writing([NEW], parent=secrets.token_bytes(32)))
    assert refused.json()["code"] == "stale-head"


def test_a_change_from_the_future_is_stale(holder: Holder) -> None:
    assert holder.post("/v1/changes", holder.writing([NEW], number=9)).json()["code"] == "stale-head"


def test_of_many_writers_on_one_head_exactly_one_wins(world: World) -> None:
    holder = Holder(world)
    holder.create()
    bodies = [holder.writing([secrets.token_bytes(16)]) for _ in range(20)]
    answers = world.gather(*(holder.send("POST", "/v1/changes", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert len(holder.sync()["objects"]) == 1
    assert world.rows("SELECT count(*) FROM wallet_changes") == [(2,)]


def test_a_commit_that_fails_releases_nothing(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: SqliteTx) -> Any:
        raise OSError("disk")

    body = holder.writing([NEW])
    with monkeypatch.context() as patch:
        patch.setattr(SqliteTx, "keep", broken)
        answers = [holder.post("/v1/changes", body), holder.sign_in()[0], holder.post("/v1/recovery/stop")]
    assert [answer.status_code for answer in answers] == [500] * 3
    for answer in answers:
        assert not {"event", "promise", "token", "methods", "number"} & answer.json().keys()
    assert holder.sync()["head"]["number"] == 3
    assert holder.post("/v1/changes", body).status_code == 200


def test_a_suspended_wallet_is_read_only(holder: Holder) -> None:
    holder.world.execute("UPDATE wallets SET suspended = 1")
    assert holder.post("/v1/changes", holder.writing([NEW])).json()["code"] == "wallet-suspended"
    upload = {"id": b64u(NEW), "version": 1, "size": 9}
    assert holder.post("/v1/attachments", upload).json()["code"] == "wallet-suspended"
    check_snapshot(holder, holder.sync())
    assert holder.get("/v1/wallet/status").json()["suspended"] is True


def test_quotas_hold(make_world: MakeWorld) -> None:
    holder = Holder(make_world(UNINVITED_DOCUMENTS="3", UNINVITED_BYTES="5000"))
    holder.create()
    ids = [secrets.token_bytes(16) for _ in range(4)]
    assert holder.write(ids[:3]).status_code == 200
    for body in (holder.writing(ids[3:]), holder.writing(ids[:1], size=4000)):
        refused = holder.post("/v1/changes", body)
        assert (refused.status_code, refused.json()["code"]) == (413, "quota-exceeded")
        assert refused.json()["objects_allowed"] == 3
    assert holder.write(ids[:1], remove=ids[2:3]).status_code == 200
    assert holder.write(ids[3:]).status_code == 200
    check_snapshot(holder, holder.sync())


# ---- sync


def test_a_first_sync_of_1000_documents_is_one_request(make_world: MakeWorld) -> None:
    holder = Holder(make_world(UNINVITED_DOCUMENTS="2000"))
    holder.create()
    assert holder.write([secrets.token_bytes(16) for _ in range(1000)], size=1024).status_code == 200
    snapshot = holder.sync()
    assert "next" not in snapshot
    assert check_snapshot(holder, snapshot).number == 2
    edited = unb64u(snapshot["objects"][500]["id"], 16)
    holder.write([edited], size=1024)
    assert len(str(holder.sync(since=2))) < 8000


def pages(holder: Holder, since: int | None, between: Callable[[], object] = lambda: None) -> list[dict[str, Any]]:
    answers = [holder.sync(since)]
    while "next" in answers[-1]:
        between()
        answers.append(holder.sync(since, cursor=answers[-1]["next"]))
    return answers


def test_pages_are_bounded_and_complete(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "PAGE_CHARACTERS", 6000)
    for _ in range(4):
        holder.write([secrets.token_bytes(16) for _ in range(5)])
    for since, changes in ((None, 0), (0, 7), (3, 4)):
        shown = pages(holder, since)
        assert len(shown) > 2
        assert all(sum(map(len, map(str, page["objects"]))) < 8000 for page in shown)
        assert sum(len(page["changes"]) for page in shown) == changes
        ids = [row["id"] for page in shown for row in page["objects"]]
        assert len(ids) == len(set(ids)) == (22 if since != 3 else 20)
    whole = shown[-1] | {"objects": [row for page in pages(holder, None) for row in page["objects"]]}
    check_snapshot(holder, whole)


def test_a_change_between_two_pages_is_met_later(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "PAGE_CHARACTERS", 6000)
    ids = [secrets.token_bytes(16) for _ in range(12)]
    holder.write(ids)
    edits = iter([lambda: holder.write(ids[:1]), lambda: holder.write([NEW], remove=ids[1:2])])
    shown = pages(holder, None, lambda: next(edits, lambda: None)())
    latest = {row["id"]: row for page in shown for row in page["objects"]}
    check_snapshot(holder, shown[-1] | {"objects": list(latest.values())})


@pytest.mark.parametrize("cursor", ["", "A", "A" * 42, "A" * 44, "_" * 43, "ä" * 43])
def test_a_cursor_that_is_none_is_refused(holder: Holder, cursor: str) -> None:
    answer = holder.post("/v1/sync", {"since": None, "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor-invalid")


@pytest.mark.parametrize("since", [-1, "1", 1.0, 2**53, True])
def test_a_number_that_is_none_is_refused(holder: Holder, since: object) -> None:
    assert holder.post("/v1/sync", {"since": since}).json()["code"] == "invalid-request"


def test_a_device_that_is_ahead_is_shown_the_head(holder: Holder) -> None:
    shown = holder.sync(since=99)
    assert (shown["head"]["number"], shown["changes"], shown["objects"]) == (3, [], [])


def test_a_change_larger_than_8_mib_is_refused(holder: Holder) -> None:
    answer = holder.post("/v1/changes", {"change": "x" * (8 * 1024 * 1024)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
