"""The way of a wallet: made, opened on a second device, changed, locked, deleted."""

from __future__ import annotations

import secrets

from mappe.formats import chain
from mappe.formats.encoding import b64u
from mappe.formats.log import check_receipt, verify_promise

from tests.wallet.world import Answer, Holder, World, check_snapshot


def promised(world: World, answer: Answer) -> str:
    """The kind of event that the answer promises, checked as every client does."""
    body = answer.json()
    promise = verify_promise(body["promise"], world.ctx.keys.current("promise").info.public)
    return check_receipt(body["event"], promise).kind


def test_create_sign_in_change_sync_rotate_lock_out(world: World, holder: Holder) -> None:
    papers = [secrets.token_bytes(16) for _ in range(3)]
    assert promised(world, holder.write(papers)) == "vault-changed"

    answer, second = holder.sign_in()
    assert answer.status_code == 200
    assert promised(world, answer) == "device-added"
    shown = answer.json()
    assert shown["genesis"] == holder.genesis
    assert shown["head"] == {"number": 2, "change": holder.head}
    assert {row["envelope"] for row in shown["methods"]} == {kept.envelope for kept in holder.methods}

    nonce = secrets.token_bytes(16)
    snapshot = holder.sync(device=second, nonce=b64u(nonce))
    head = check_snapshot(holder, snapshot)
    statement = chain.verify_head_statement(
        snapshot["statement"], world.ctx.keys.current("promise").info.public, nonce=nonce
    )
    assert (statement.number, statement.head) == (2, head.hash)
    assert "next" not in snapshot

    assert holder.write([papers[0]], remove=[papers[1]], device=second).status_code == 200
    news = holder.sync(since=2)
    assert news["changes"] == [holder.head]
    assert {row["id"]: "body" in row for row in news["objects"]} == {b64u(papers[0]): True, b64u(papers[1]): False}
    assert holder.sync(since=3)["objects"] == []

    locked = holder.post(f"/v1/devices/{second.jkt}/remove")
    assert promised(world, locked) == "device-removed"
    refused = holder.post("/v1/sync", {"since": None}, device=second)
    assert (refused.status_code, refused.json()["code"]) == (401, "session-invalid")

    body = holder.rotation()
    rotated = holder.post("/v1/changes", body)
    assert promised(world, rotated) == "method-changed"
    holder.took(body)
    snapshot = holder.sync()
    assert check_snapshot(holder, snapshot).epoch == 2
    keys = {row["id"]: row["key"] for row in body["rewrapped"]}
    assert {row["id"]: row["key"] for row in snapshot["objects"] if "key" in row} == keys
    # the sheet PIN and its tries live on in the new envelope
    assert holder.sign_in(holder.recovery, pin="123456")[0].status_code == 200


def test_devices_are_listed_with_the_coarse_time_of_their_last_use(world: World, holder: Holder) -> None:
    made = world.clock.now()
    world.clock.advance(1800)
    holder.sync()
    assert [row["seen_on"] for row in holder.get("/v1/devices").json()["devices"]] == [made]
    world.clock.advance(1800)
    holder.sync()
    rows = holder.get("/v1/devices").json()["devices"]
    assert rows == [
        {"device": holder.device.jkt, "label": "device", "created": made, "seen_on": made + 3600, "until": None}
    ]


def test_status_counts_what_the_wallet_holds(holder: Holder) -> None:
    ids = [secrets.token_bytes(16), secrets.token_bytes(16)]
    holder.write(ids)
    full = holder.get("/v1/wallet/status").json()
    assert full["objects"] == 2
    holder.write([ids[0]], remove=[ids[1]])
    status = holder.get("/v1/wallet/status").json()
    assert status["objects"] == 1
    assert 0 < status["bytes_used"] < full["bytes_used"]
    assert status["recovery_pending_until"] is None
    assert status["suspended"] is False


def test_what_is_removed_leaves_the_database(world: World, holder: Holder) -> None:
    paper = secrets.token_bytes(16)
    holder.write([paper])
    holder.write([], remove=[paper])
    rows = world.rows("SELECT version, digest, size, key, body FROM vault_objects WHERE object_id = :id", id=paper)
    assert rows == [(2, None, 0, None, None)]


def test_a_session_ends_where_it_is_told_to(holder: Holder) -> None:
    assert holder.post("/v1/session/end").status_code == 204
    assert holder.get("/v1/devices").json()["code"] == "session-invalid"


def test_the_same_creation_sent_again_is_answered_again(world: World) -> None:
    person = Holder(world)
    body = person.creation()
    first, again = person.post("/v1/wallets", body), person.post("/v1/wallets", body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["wallet"] == again.json()["wallet"]
    world.clock.advance(601)
    assert person.post("/v1/wallets", body).json()["code"] == "wallet-exists"


def test_a_lost_answer_to_a_change_is_given_again(holder: Holder) -> None:
    body = holder.writing([secrets.token_bytes(16)])
    answers = [holder.post("/v1/changes", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["number"] for answer in answers] == [2, 2]
    assert holder.get("/v1/wallet/status").json()["objects"] == 1
