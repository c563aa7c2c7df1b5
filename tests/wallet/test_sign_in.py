"""Signing in: what is refused, that strangers learn nothing, and what PIN, wait and stop code do."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import wallet
from mappe.formats.encoding import b64u, digest

from audit import chain
from kit.clock import HOUR
from kit.database import Tx
from kit.sqlite import SqliteTx
from tests.wallet.conftest import MakeWorld
from tests.wallet.world import Answer, Device, Holder, Kept, World, altered

Forge = Callable[[Holder, Device], str]


def outcome(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything that a stranger sees."""
    return answer.status_code, sorted(answer.headers.items()), answer.content


def present(holder: Holder, proof: str, device: Device, pin: str | None = None) -> Answer:
    return holder.world.run(holder.try_sign_in(proof, device, pin))


FORGERIES: dict[str, Forge] = {
    "unknown handle": lambda h, d: h.proof(h.passphrase, d, handle=wallet.new_handle()),
    "another key": lambda h, d: h.proof(h.passphrase, d, key=Ed25519PrivateKey.generate()),
    "another method's key": lambda h, d: h.proof(h.recovery, d, method="passphrase"),
    "unknown method": lambda h, d: h.proof(h.passphrase, d, method="palmistry"),
    "another host": lambda h, d: h.proof(h.passphrase, d, origin="https://mappe.example.evil"),
    "another device": lambda h, d: h.proof(h.passphrase, d, jkt=Device().jkt),
    "another body": lambda h, d: h.proof(h.passphrase, d, pin="x"),
    "no nonce of ours": lambda h, d: h.proof(h.passphrase, d, nonce=b64u(secrets.token_bytes(32))),
    "altered nonce": lambda h, d: h.proof(h.passphrase, d, nonce="A" + h.nonce()[1:]),
    "altered signature": lambda h, d: altered(h.proof(h.passphrase, d)),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_every_failure_is_the_one_refusal(holder: Holder, forge: Forge) -> None:
    device = Device()
    expected = outcome(present(holder, "not.a.proof", device))
    refused = present(holder, forge(holder, device), device)
    assert outcome(refused) == expected
    assert refused.json()["code"] == "sign-in-refused"


def test_a_nonce_is_good_once(holder: Holder) -> None:
    device, other, nonce = Device(), Device(), holder.nonce()
    assert present(holder, holder.proof(holder.passphrase, device, nonce=nonce), device).status_code == 200
    assert present(holder, holder.proof(holder.passphrase, device, nonce=nonce), device).status_code == 401
    assert present(holder, holder.proof(holder.passphrase, other, nonce=nonce), other).status_code == 401


def test_a_refused_proof_has_spent_its_nonce(holder: Holder) -> None:
    device, nonce = Device(), holder.nonce()
    bad = holder.proof(holder.passphrase, device, nonce=nonce, key=Ed25519PrivateKey.generate())
    assert present(holder, bad, device).status_code == 401
    assert present(holder, holder.proof(holder.passphrase, device, nonce=nonce), device).status_code == 401


def test_a_nonce_is_good_for_two_minutes(world: World, holder: Holder) -> None:
    device, nonce = Device(), holder.nonce()
    world.clock.advance(120)
    assert present(holder, holder.proof(holder.passphrase, device, nonce=nonce), device).status_code == 401


def test_a_stolen_proof_does_not_sign_another_device_in(holder: Holder) -> None:
    device, thief = Device(), Device()
    proof = holder.proof(holder.passphrase, device)
    assert present(holder, proof, thief).status_code == 401


def test_known_and_unknown_handles_take_the_same_statements(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder(make_world())
    assert holder.create().status_code == 201
    seen: list[str] = []
    execute = SqliteTx._execute

    def recording(self: SqliteTx, sql: str, params: Any) -> Any:
        seen.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(SqliteTx, "_execute", recording)
    traces: list[list[str]] = []
    attempts: dict[str, Callable[[], Answer]] = {
        "known": lambda: present(holder, FORGERIES["another key"](holder, device), device),
        "unknown": lambda: present(holder, FORGERIES["unknown handle"](holder, device), device),
        "stop known": lambda: holder.post("/v1/stop", {"handle": holder.handle, "proof": "A" * 43}),
        "stop unknown": lambda: holder.post("/v1/stop", {"handle": wallet.new_handle(), "proof": "A" * 43}),
    }
    for attempt in attempts.values():
        device = Device()
        seen.clear()
        assert attempt().status_code == 401
        traces.append(list(seen))
    assert traces[0] == traces[1]
    assert traces[2] == traces[3]
    assert len(traces[0]) >= 4


def test_refusals_are_counted_for_the_wallet_and_for_nobody(world: World, holder: Holder) -> None:
    device = Device()
    present(holder, FORGERIES["another key"](holder, device), device)
    present(holder, FORGERIES["unknown handle"](holder, device), device)
    counts = dict(world.rows("SELECT wallet_id, sum(refusals) FROM log_refusals GROUP BY wallet_id"))
    assert counts == {holder.id: 1, bytes(32): 1}


# ---- the sheet PIN


def test_200_parallel_wrong_pins_cost_exactly_five_tries(world: World, holder: Holder) -> None:
    other = Holder(world)
    assert other.create().status_code == 201
    wrong = holder.recovery.pin_proof(holder.handle, "000000")
    device = Device()
    proofs = [holder.proof(holder.recovery, device, pin=wrong) for _ in range(200)]
    answers = world.gather(*(holder.try_sign_in(proof, device, wrong) for proof in proofs))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "pin-wrong")}
    assert world.rows("SELECT seq FROM chain_heads WHERE wallet_id = :w", w=holder.id)[0][0] > 100, "each is logged"
    left = sorted(answer.json()["tries_left"] for answer in answers)
    assert left == [0] * 196 + [1, 2, 3, 4]
    assert holder.sign_in(holder.recovery, pin="123456")[0].json()["code"] == "pin-wrong"
    assert other.sign_in(other.recovery, pin="123456")[0].status_code == 200
    rows = world.rows(
        "SELECT pin_hash, tries_left FROM wallet_methods WHERE wallet_id = :w AND kind = 'recovery'", w=holder.id
    )
    assert rows == [(None, 0)]


def test_the_right_pin_costs_no_try_and_returns_none(holder: Holder) -> None:
    assert holder.sign_in(holder.recovery, pin="000000")[0].json()["tries_left"] == 4
    assert holder.sign_in(holder.recovery, pin="123456")[0].status_code == 200
    assert holder.sign_in(holder.recovery, pin="000001")[0].json()["tries_left"] == 3


def test_tries_survive_a_new_wallet_key(holder: Holder) -> None:
    assert holder.sign_in(holder.recovery, pin="000000")[0].json()["tries_left"] == 4
    body = holder.rotation()
    assert holder.post("/v1/changes", body).status_code == 200
    assert holder.sign_in(holder.recovery, pin="000000")[0].json()["tries_left"] == 3


def test_a_new_sheet_has_new_tries(holder: Holder) -> None:
    for _ in range(5):
        holder.sign_in(holder.recovery, pin="000000")
    body = holder.rotation()
    body["methods"][1]["pin"] = digest(wallet.sheet_pin_proof(holder.recovery.root, holder.handle, "654321"))
    assert holder.post("/v1/changes", body).status_code == 200
    assert holder.sign_in(holder.recovery, pin="654321")[0].status_code == 200


def test_a_pin_does_not_change_without_its_method(holder: Holder) -> None:
    rows = [holder.method_row(kept) for kept in holder.methods]
    answer = holder.post("/v1/changes", {"change": holder.sign([]), "objects": [], "methods": rows})
    assert (answer.status_code, answer.json()["code"]) == (422, "chain-invalid")


def test_a_pin_belongs_to_a_sheet(holder: Holder) -> None:
    assert holder.sign_in(holder.passphrase, pin="123456")[0].json()["code"] == "sign-in-refused"


def test_a_pin_without_the_recovery_key_spends_nothing(holder: Holder) -> None:
    device = Device()
    pin = holder.recovery.pin_proof(holder.handle, "000000")
    for _ in range(6):
        proof = holder.proof(holder.recovery, device, pin=pin, key=Ed25519PrivateKey.generate())
        assert present(holder, proof, device, pin).json()["code"] == "sign-in-refused"
    assert holder.sign_in(holder.recovery, pin="123456")[0].status_code == 200


# ---- recovery without the PIN


def test_recovery_alone_waits_72_hours_announced(world: World, holder: Holder) -> None:
    device = Device()
    first = holder.sign_in(holder.recovery, device=device)[0]
    until = world.clock.now() + 72 * HOUR
    assert (first.status_code, first.json()["pending_until"]) == (202, until)
    assert "token" not in first.json() and "methods" not in first.json()
    assert holder.get("/v1/wallet/status").json()["recovery_pending_until"] == until
    assert holder.sync()["recovery_pending_until"] == until
    world.clock.advance(72 * HOUR - 1)
    assert holder.sign_in(holder.recovery, device=device)[0].status_code == 202
    assert holder.sign_in(holder.recovery, device=Device())[0].status_code == 202, "the wait is the device's own"
    world.clock.advance(1)
    answer, device = holder.sign_in(holder.recovery, device=device)
    assert answer.status_code == 200
    assert holder.get("/v1/devices", device=device).status_code == 200


def test_a_stopped_recovery_waits_anew(world: World, holder: Holder) -> None:
    device = Device()
    holder.sign_in(holder.recovery, device=device)
    assert holder.post("/v1/recovery/stop").status_code == 200
    assert "recovery_pending_until" not in holder.sync()
    world.clock.advance(73 * HOUR)
    again = holder.sign_in(holder.recovery, device=device)[0]
    assert (again.status_code, again.json()["pending_until"]) == (202, world.clock.now() + 72 * HOUR)


def test_a_new_sheet_ends_the_waits_of_the_old_one(world: World, holder: Holder) -> None:
    device = Device()
    old = holder.recovery
    holder.sign_in(old, device=device)
    body = holder.rotation()
    holder.methods[1].root = secrets.token_bytes(32)
    body["methods"][1]["public"] = holder.method_row(holder.recovery)["public"]
    assert holder.post("/v1/changes", body).status_code == 200
    world.clock.advance(73 * HOUR)
    assert holder.sign_in(old, device=device)[0].status_code == 401
    assert holder.sign_in(holder.recovery, device=device)[0].status_code == 202


def test_a_wait_that_nobody_uses_runs_out(world: World, holder: Holder) -> None:
    device = Device()
    holder.sign_in(holder.recovery, device=device)
    world.clock.advance(72 * HOUR + 30 * 24 * HOUR)
    assert holder.sign_in(holder.recovery, device=device)[0].status_code == 202


def test_the_list_of_waiting_devices_has_an_end(holder: Holder) -> None:
    for _ in range(8):
        assert holder.sign_in(holder.recovery)[0].status_code == 202
    assert holder.sign_in(holder.recovery)[0].json()["code"] == "recovery-crowded"
    holder.world.clock.advance(34 * 24 * HOUR)
    assert holder.sign_in(holder.recovery)[0].status_code == 202


# ---- the stop code


def stop_body(holder: Holder, code: bytes | None = None) -> dict[str, str]:
    return {"handle": holder.handle, "proof": b64u(wallet.stop_proof(code or holder.stop, holder.handle))}


def test_the_stop_code_signs_everybody_out_and_opens_nothing(holder: Holder) -> None:
    second = holder.sign_in()[1]
    answer = holder.post("/v1/stop", stop_body(holder))
    assert answer.status_code == 200
    assert set(answer.json()) == {"event", "promise"}
    for device in (holder.device, second):
        assert holder.post("/v1/sync", {"since": None}, device=device).json()["code"] == "session-invalid"
    assert holder.sign_in(device=second)[0].status_code == 200


def test_the_stop_code_ends_waiting_recoveries(world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thief's wait of 72 hours goes with everything else; the owner's new one starts anew."""
    thief = Device()
    assert holder.sign_in(holder.recovery, device=thief)[0].status_code == 202
    written: list[dict[str, Any]] = []
    append = chain.append

    def spy(tx: Tx, **event: Any) -> chain.Appended:
        written.append(event)
        return append(tx, **event)

    monkeypatch.setattr(chain, "append", spy)
    assert holder.post("/v1/stop", stop_body(holder)).status_code == 200
    assert [(one["kind"], one["actor"], one.get("detail")) for one in written] == [
        ("recovery-stopped", {"type": "stop-code"}, {"stopped": 1}),
        ("stopped", {"type": "stop-code"}, None),
    ]
    assert world.rows("SELECT * FROM wallet_recoveries") == []
    world.clock.advance(73 * HOUR)
    assert holder.sign_in(holder.recovery, device=thief)[0].status_code == 202


def test_a_wrong_stop_code_is_refused_as_for_nobody(world: World, holder: Holder) -> None:
    nobody = Holder(world)
    wrong = holder.post("/v1/stop", stop_body(holder, secrets.token_bytes(12)))
    assert outcome(wrong) == outcome(holder.post("/v1/stop", stop_body(nobody)))
    assert wrong.json()["code"] == "sign-in-refused"
    assert holder.get("/v1/devices").status_code == 200


# ---- methods of one kind


def test_of_two_methods_of_a_kind_each_signs_in(holder: Holder) -> None:
    kept = Kept("passphrase", envelope="a.b.c.d.e")
    holder.methods.append(kept)
    rows = [holder.method_row(one) for one in holder.methods]
    for row in rows:
        row.pop("pin", None)
    for row in rows[:-1]:  # a device that came in by the recovery code does not know the passphrase's key
        row.pop("public")
    answer = holder.post("/v1/changes", {"change": holder.sign([]), "objects": [], "methods": rows})
    assert answer.status_code == 200, answer.text
    for one in (holder.passphrase, kept):
        assert holder.sign_in(one)[0].status_code == 200
