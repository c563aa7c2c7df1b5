"""PIN shares: five tries, whoever asks and however often; and what erases a share."""

from __future__ import annotations

import secrets
from typing import Any

from mappe.formats.encoding import b64u, digest

from tests.wallet.test_sign_in import stop_body
from tests.wallet.world import Answer, Device, Holder, World

PROOF, WRONG, SHARE = secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32)


def put(holder: Holder, device: Device | None = None, share: bytes = SHARE, proof: bytes = PROOF) -> Answer:
    body = {"share": b64u(share), "proof": digest(proof)}
    return holder.world.run(holder.send("PUT", "/v1/pin", body, device=device))


def release(holder: Holder, proof: bytes = PROOF, device: Device | None = None) -> Answer:
    return holder.post("/v1/pin/release", {"proof": b64u(proof)}, device=device)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_right_proof_gets_the_share_and_costs_nothing(holder: Holder) -> None:
    assert set(put(holder).json()) == {"event", "promise"}
    assert release(holder, WRONG).json()["tries_left"] == 4
    for _ in range(7):
        assert release(holder).json()["share"] == b64u(SHARE)
    assert release(holder, WRONG).json()["tries_left"] == 3


def test_a_hundred_parallel_guesses_have_five_tries(world: World, holder: Holder) -> None:
    put(holder)
    guess = {"proof": b64u(WRONG)}
    answers = world.gather(*(holder.send("POST", "/v1/pin/release", guess) for _ in range(100)))
    counted = sorted(answer.json()["tries_left"] for answer in answers if answer.status_code == 403)
    assert counted == [0, 1, 2, 3, 4]
    assert {refused(answer) for answer in answers} == {(403, "pin-wrong"), (410, "pin-gone")}
    assert refused(release(holder)) == (410, "pin-gone")
    assert world.rows("SELECT * FROM wallet_pins") == []


def test_a_share_is_its_devices_own(holder: Holder) -> None:
    put(holder)
    _, second = holder.sign_in()
    assert refused(release(holder, device=second)) == (410, "pin-gone")
    put(holder, second, share=bytes(32), proof=WRONG)
    assert release(holder, WRONG, second).json()["share"] == b64u(bytes(32))
    assert release(holder).json()["share"] == b64u(SHARE)


def test_a_new_pin_replaces_the_old_one(holder: Holder) -> None:
    put(holder)
    release(holder, WRONG)
    put(holder, share=bytes(32), proof=WRONG)
    assert refused(release(holder)) == (403, "pin-wrong")
    assert release(holder, WRONG).json()["share"] == b64u(bytes(32))


def test_the_same_pin_again_gives_no_tries_back(holder: Holder) -> None:
    """Whoever repeats the request, in another worker perhaps, has not set a PIN anew (ADR 0012)."""
    put(holder)
    assert release(holder, WRONG).json()["tries_left"] == 4
    assert set(put(holder).json()) == {"event", "promise"}
    assert release(holder, WRONG).json()["tries_left"] == 3
    put(holder, share=bytes(32))
    assert release(holder, WRONG).json()["tries_left"] == 4


def test_lock_out_erases_the_share(world: World, holder: Holder) -> None:
    _, second = holder.sign_in()
    put(holder, second)
    assert holder.post(f"/v1/devices/{second.jkt}/remove").status_code == 200
    assert world.rows("SELECT * FROM wallet_pins") == []
    assert refused(release(holder, device=second)) == (401, "session-invalid")
    again, second = holder.sign_in(device=Device(second.key))
    assert again.status_code == 200
    assert refused(release(holder, device=second)) == (410, "pin-gone")


def test_the_stop_code_erases_every_share(world: World, holder: Holder) -> None:
    put(holder)
    assert holder.post("/v1/stop", stop_body(holder)).status_code == 200
    assert world.rows("SELECT * FROM wallet_pins") == []
    _, device = holder.sign_in(device=Device(holder.device.key))
    assert refused(release(holder, device=device)) == (410, "pin-gone")


def test_a_new_wallet_key_erases_every_share_and_a_change_of_papers_none(world: World, holder: Holder) -> None:
    put(holder)
    assert holder.write([secrets.token_bytes(16)]).status_code == 200
    assert release(holder).status_code == 200
    body = holder.rotation()
    assert holder.post("/v1/changes", body).status_code == 200
    assert world.rows("SELECT * FROM wallet_pins") == []
    assert refused(release(holder)) == (410, "pin-gone")


def test_a_refused_change_of_locks_erases_nothing(holder: Holder) -> None:
    put(holder)
    body = holder.rotation()
    body["identity_box"] = body["identity_box"][:-1]
    assert refused(holder.post("/v1/changes", body)) == (422, "chain-invalid")
    assert release(holder).status_code == 200


def test_forgetting_is_said_once(holder: Holder) -> None:
    put(holder)
    assert set(holder.post("/v1/pin/forget").json()) == {"event", "promise"}
    assert holder.post("/v1/pin/forget").json() == {}
    assert refused(release(holder)) == (410, "pin-gone")


def test_what_is_no_share_or_proof_is_refused(holder: Holder) -> None:
    bodies: list[tuple[str, str, Any]] = [
        ("PUT", "/v1/pin", {"share": b64u(bytes(31)), "proof": digest(b"")}),
        ("PUT", "/v1/pin", {"share": b64u(bytes(32))}),
        ("PUT", "/v1/pin", {"share": b64u(bytes(32)), "proof": digest(b""), "tries_left": 99}),
        ("POST", "/v1/pin/release", {"proof": b64u(bytes(16))}),
        ("POST", "/v1/pin/release", {"proof": None}),
        ("POST", "/v1/pin/release", {}),
    ]
    for method, path, body in bodies:
        assert refused(holder.world.run(holder.send(method, path, body))) == (422, "invalid-request"), body


def test_nobody_without_a_session_reaches_a_share(holder: Holder) -> None:
    put(holder)
    stranger = Device(holder.device.key)
    assert refused(release(holder, device=stranger)) == (401, "session-invalid")
    thief = Device(token=holder.device.token)
    assert refused(release(holder, device=thief)) == (401, "session-invalid")
