"""Sessions and the proofs of possession that every request of a holder carries."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from kit.clock import DAY
from tests.wallet.conftest import MakeWorld
from tests.wallet.world import Device, Holder, World
from wallet.unlock import devices

WRONG: dict[str, dict[str, Any]] = {
    "method": {"htm": "GET"},
    "address": {"htu": "http://127.0.0.1:8000/v1/changes"},
    "host": {"htu": "https://mappe.example/v1/sync"},
    "token": {"ath": "mst_" + "A" * 43},
    "no token": {"ath": None},
    "body": {"bh": b'{"since":1}'},
    "no body": {"bh": None},
    "old": {"iat": 1_800_000_000 - 61},
    "early": {"iat": 1_800_000_000 + 61},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_proof_for_anything_else_is_refused(make_world: MakeWorld, wrong: dict[str, Any]) -> None:
    holder = Holder(make_world())
    holder.create()
    proof = holder.headers("POST", "/v1/sync", b'{"since": null}', **wrong)
    answer = holder.post("/v1/sync", {"since": None}, proof=proof)
    assert (answer.status_code, answer.json()["code"]) == (401, "proof-refused")


def test_a_proof_is_good_once(holder: Holder) -> None:
    proof = holder.headers("POST", "/v1/sync", b'{"since": null}')
    assert holder.post("/v1/sync", {"since": None}, proof=proof).status_code == 200
    assert holder.post("/v1/sync", {"since": None}, proof=proof).json()["code"] == "proof-refused"


def test_two_proofs_are_none(holder: Holder) -> None:
    proof = holder.headers("GET", "/v1/devices", None)
    both = [("dpop", proof["DPoP"]), ("dpop", holder.headers("GET", "/v1/devices", None)["DPoP"])]
    sent = holder.world.http.get("/v1/devices", headers=[*both, ("authorization", proof["Authorization"])])
    assert holder.world.run(sent).json()["code"] == "proof-refused"


def test_a_token_is_bound_to_its_device(holder: Holder) -> None:
    thief = Device(token=holder.device.token)
    assert holder.get("/v1/devices", device=thief).json()["code"] == "session-invalid"


@pytest.mark.parametrize("token", ["mst_" + "A" * 43, "mst_short", "xyz_" + "A" * 43, ""])
def test_unknown_tokens_are_no_session(holder: Holder, token: str) -> None:
    device = Device(holder.device.key, token)
    assert holder.get("/v1/devices", device=device).json()["code"] == "session-invalid"


def test_a_session_of_one_wallet_is_none_of_another(world: World, holder: Holder) -> None:
    other = Holder(world)
    other.device = Device()
    other.create()
    assert other.get("/v1/devices").json()["devices"][0]["device"] == other.device.jkt
    assert other.post(f"/v1/devices/{holder.device.jkt}/remove").json()["code"] == "not-found"


def test_a_device_that_is_not_used_for_30_days_is_signed_out(world: World, holder: Holder) -> None:
    world.clock.advance(29 * DAY)
    assert holder.sync()["head"]["number"] == 1
    world.clock.advance(29 * DAY)
    assert holder.sync()["head"]["number"] == 1
    world.clock.advance(30 * DAY)
    assert holder.post("/v1/sync", {"since": None}).json()["code"] == "session-invalid"


def test_after_90_days_a_method_is_proved_again(world: World, holder: Holder) -> None:
    for _ in range(8):
        world.clock.advance(11 * DAY)
        holder.sync()
    world.clock.advance(2 * DAY)
    assert holder.post("/v1/sync", {"since": None}).json()["code"] == "session-invalid"


def test_a_locked_out_device_is_refused_everywhere(holder: Holder) -> None:
    second = holder.sign_in()[1]
    upload = {"id": "A" * 22, "version": 1, "size": 10}
    assert holder.post("/v1/attachments", upload, device=second).status_code == 201
    change = holder.writing([secrets.token_bytes(16)], device=second)
    assert holder.post(f"/v1/devices/{second.jkt}/remove").status_code == 200
    answers = [
        holder.post("/v1/changes", change, device=second),
        holder.post("/v1/sync", {"since": None}, device=second),
        holder.get("/v1/devices", device=second),
        holder.get("/v1/wallet/status", device=second),
        holder.patch(f"/v1/attachments/{'A' * 22}/1", 0, b"0123456789", device=second),
        holder.post(f"/v1/devices/{holder.device.jkt}/remove", device=second),
    ]
    assert {answer.json()["code"] for answer in answers} == {"session-invalid"}
    assert holder.sync()["head"]["number"] == 1


def test_the_oldest_of_too_many_devices_goes(world: World, holder: Holder) -> None:
    made = [holder.device]
    for _ in range(32):
        world.clock.advance(3600)
        made.append(holder.sign_in()[1])
    assert holder.get("/v1/devices").json()["code"] == "session-invalid"
    rows = holder.get("/v1/devices", device=made[-1]).json()["devices"]
    assert [row["device"] for row in rows] == [device.jkt for device in made[1:]]


def displace(holder: Holder) -> None:
    """32 others sign in, so that the first device goes."""
    for _ in range(32):
        holder.world.clock.advance(60)
        holder.sign_in()


def test_a_displaced_device_leaves_no_sessions(world: World, holder: Holder) -> None:
    displace(holder)
    assert world.rows("SELECT * FROM wallet_sessions WHERE jkt = :jkt", jkt=holder.device.jkt) == []


@pytest.mark.parametrize("way", ["displaced", "removed"])
def test_no_old_token_lives_again_when_the_key_comes_back(
    holder: Holder, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if the process died before it had forgotten the sessions."""
    monkeypatch.setattr(devices, "forget_sessions", lambda *_: None)
    if way == "displaced":
        displace(holder)
    else:
        assert holder.post(f"/v1/devices/{holder.device.jkt}/remove").status_code == 200
    again = holder.sign_in(device=holder.device)[1]
    assert holder.get("/v1/devices", device=again).status_code == 200
    assert holder.get("/v1/devices").json()["code"] == "session-invalid"


def test_a_proof_cannot_be_made_for_a_longer_address(holder: Holder) -> None:
    proof = holder.headers("POST", "/v1/sync", b'{"since": null}')
    assert holder.post("/v1/sync?x=1", {"since": None}, proof=proof).status_code == 200
    assert holder.post("/v1/sync/", {"since": None}, proof=proof).status_code == 404
