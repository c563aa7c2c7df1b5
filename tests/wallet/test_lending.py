"""Lent devices: half an hour, no lock, no trace; and no way to become more."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from mappe.formats.encoding import b64u, digest
from mappe.formats.sign_in import make_proof

from app.runner import Runner
from tests.support.server import ROOT
from tests.wallet.test_joins import Newcomer, approve
from tests.wallet.test_pins import refused
from tests.wallet.test_sign_in import present, stop_body
from tests.wallet.world import Answer, Device, Holder, Kept, World


def assist_proof(holder: Holder, kept: Kept, device: Device, pin: str | None = None) -> str:
    return make_proof(
        kept.key(holder.handle),
        origin=holder.world.origin,
        handle=holder.handle,
        method=kept.kind,
        nonce=holder.nonce(),
        jkt=device.jkt,
        body=(pin or "").encode(),
        action="assist",
    )


def lend(holder: Holder, device: Device | None = None) -> tuple[Answer, Device]:
    """From the sheet: recovery code and sheet PIN."""
    device = device or Device()
    pin = holder.recovery.pin_proof(holder.handle, "123456")
    answer = present(holder, assist_proof(holder, holder.recovery, device, pin), device, pin)
    return answer, replace(device, token=answer.json().get("token"))


@pytest.fixture
def lent(holder: Holder) -> Device:
    answer, device = lend(holder)
    assert answer.status_code == 200, answer.text
    return device


def test_it_lasts_half_an_hour(world: World, holder: Holder) -> None:
    answer, device = lend(holder)
    until = world.clock.now() + 1800
    assert answer.json()["exp"] == until
    assert '"kind":"assisted-started"' in answer.json()["event"]
    assert f'"until":{until}' in answer.json()["event"]
    rows = {row["device"]: row["until"] for row in holder.get("/v1/devices").json()["devices"]}
    assert rows == {holder.device.jkt: None, device.jkt: until}
    assert holder.write([secrets.token_bytes(16)], device=device).status_code == 200
    world.clock.advance(1799)
    assert holder.post("/v1/sync", {"since": None}, device=device).status_code == 200
    world.clock.advance(1)
    assert refused(holder.post("/v1/sync", {"since": None}, device=device)) == (401, "session-invalid")
    assert Runner(world.ctx).once()
    assert world.rows("SELECT jkt FROM wallet_devices") == [(holder.device.jkt,)]
    assert world.rows("SELECT token_hash FROM wallet_sessions WHERE jkt = :jkt", jkt=device.jkt) == []


FORBIDDEN: dict[str, Callable[[Holder, Device], Answer]] = {
    "methods": lambda h, d: h.post("/v1/changes", with_methods(h, d), device=d),
    "locks": lambda h, d: h.post("/v1/changes", h.rotation(device=d), device=d),
    "identity box": lambda h, d: h.post(
        "/v1/changes", {"change": h.sign([], d), "objects": [], "identity_box": h.identity_box}, device=d
    ),
    "device-remove": lambda h, d: h.post(f"/v1/devices/{h.device.jkt}/remove", device=d),
    "its own removal": lambda h, d: h.post(f"/v1/devices/{d.jkt}/remove", device=d),
    "join": lambda h, d: approve(Newcomer(h), by=d),
    "join of another lent one": lambda h, d: approve(Newcomer(h), "assisted", by=d),
    "pin": lambda h, d: h.world.run(
        h.send("PUT", "/v1/pin", {"share": b64u(bytes(32)), "proof": digest(b"")}, device=d)
    ),
    "pin release": lambda h, d: h.post("/v1/pin/release", {"proof": b64u(bytes(32))}, device=d),
    "pin forget": lambda h, d: h.post("/v1/pin/forget", device=d),
    "recovery-stop": lambda h, d: h.post("/v1/recovery/stop", device=d),
    "invitation": lambda h, d: h.post("/v1/wallet/invitation", {"code": "0000-0000-0000-0000"}, device=d),
    "wallet-delete": lambda h, d: h.post("/v1/wallet/delete", {"erase": h.erase_order()}, device=d),
}


def with_methods(holder: Holder, device: Device) -> dict[str, Any]:
    """A method of the lent computer's own, to come back with."""
    holder.methods.append(Kept("passphrase", envelope="a.b.c.d.e"))
    rows = [{n: v for n, v in holder.method_row(one).items() if n != "pin"} for one in holder.methods]
    return {"change": holder.sign([], device), "objects": [], "methods": rows}


@pytest.mark.parametrize("forbidden", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_it_may_not(world: World, holder: Holder, lent: Device, forbidden: Callable[[Holder, Device], Answer]) -> None:
    before = world.rows("SELECT seq FROM chain_heads")[0][0]
    tables = ("wallets", "wallet_methods", "wallet_devices", "wallet_pins", "wallet_joins", "join_routes")
    state = [world.rows(f"SELECT * FROM {table}") for table in tables]
    assert refused(forbidden(holder, lent)) == (403, "assisted-refused")
    assert [world.rows(f"SELECT * FROM {table}") for table in tables] == state
    assert world.rows("SELECT seq FROM chain_heads")[0][0] == before + 1, "the attempt is logged"


def test_every_holder_call_is_allowed_or_refused_on_purpose() -> None:
    """A new call of the holder is added to one of the two lists, after thinking about a lent computer."""
    allowed = {
        ("POST", "/v1/session/end"),
        ("GET", "/v1/devices"),
        ("GET", "/v1/wallet/status"),
        ("POST", "/v1/sync"),
        ("POST", "/v1/changes"),
        ("POST", "/v1/attachments"),
        ("GET", "/v1/attachments/{}/{}"),
        ("GET", "/v1/attachments/{}/{}/status"),
        ("PATCH", "/v1/attachments/{}/{}"),
        ("POST", "/v1/attachments/{}/{}/delete"),
        ("PUT", "/v1/grants/{}"),
        ("GET", "/v1/grants"),
        ("POST", "/v1/grants/end"),
        ("POST", "/v1/log/entries"),
        ("POST", "/v1/agencies/{}/notices"),
        ("POST", "/v1/desks/find"),
        ("POST", "/v1/desks/{}/meet"),
        ("POST", "/v1/desks/{}/give"),
        ("POST", "/v1/deposit-codes"),
        ("GET", "/v1/deposit-codes"),
        ("POST", "/v1/deposit-codes/{}/end"),
        ("GET", "/v1/deposits"),
        ("GET", "/v1/deposits/{}/{}"),
        ("POST", "/v1/deposits/{}/{}/accept"),
        ("POST", "/v1/deposits/{}/{}/discard"),
    }
    refused_ = {
        ("POST", "/v1/devices/{}/remove"),
        ("POST", "/v1/joins/{}"),
        ("PUT", "/v1/pin"),
        ("POST", "/v1/pin/release"),
        ("POST", "/v1/pin/forget"),
        ("POST", "/v1/recovery/stop"),
        ("POST", "/v1/wallet/invitation"),
        ("POST", "/v1/wallet/delete"),
    }
    paths = json.loads((ROOT / "mobile_api_spec" / "openapi.json").read_text("utf-8"))["paths"]
    calls = {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path))
        for path, methods in paths.items()
        for method, call in methods.items()
        if any("holder" in one for one in call.get("security", ()))
    }
    assert calls == allowed | refused_


def test_leaving_takes_the_device_along(world: World, holder: Holder, lent: Device) -> None:
    assert holder.post("/v1/session/end", device=lent).status_code == 204
    assert world.rows("SELECT jkt FROM wallet_devices") == [(holder.device.jkt,)]
    assert refused(holder.post("/v1/sync", {"since": None}, device=lent)) == (401, "session-invalid")
    assert lend(holder, Device(lent.key))[0].status_code == 200, "gone is gone: the key may come again"


def test_leaving_signs_an_own_device_out_only(world: World, holder: Holder) -> None:
    assert holder.post("/v1/session/end").status_code == 204
    assert world.rows("SELECT jkt FROM wallet_devices") == [(holder.device.jkt,)]


def test_the_holder_ends_it(world: World, holder: Holder, lent: Device) -> None:
    assert holder.post(f"/v1/devices/{lent.jkt}/remove").status_code == 200
    assert refused(holder.post("/v1/sync", {"since": None}, device=lent)) == (401, "session-invalid")


def test_the_stop_code_ends_it(world: World, holder: Holder, lent: Device) -> None:
    assert holder.post("/v1/stop", stop_body(holder)).status_code == 200
    assert refused(holder.post("/v1/sync", {"since": None}, device=lent)) == (401, "session-invalid")
    assert world.rows("SELECT jkt FROM wallet_devices WHERE until IS NOT NULL") == []


def test_a_proof_to_assist_is_no_sign_in(world: World, holder: Holder) -> None:
    device = Device()
    proof = assist_proof(holder, holder.passphrase, device)
    answer = present(holder, proof, device)
    assert answer.json()["exp"] == world.clock.now() + 1800
    assert refused(present(holder, proof, device)) == (401, "sign-in-refused"), "once"
    signed = holder.proof(holder.passphrase, device).split(".")
    mixed = ".".join([signed[0], proof.split(".")[1], signed[2]])
    assert refused(present(holder, mixed, device)) == (401, "sign-in-refused")


def test_a_key_does_not_change_its_kind(world: World, holder: Holder, lent: Device) -> None:
    assert refused(holder.sign_in(device=Device(lent.key))[0]) == (401, "sign-in-refused")
    assert refused(lend(holder, Device(lent.key))[0]) == (401, "sign-in-refused"), "nor is it prolonged"
    assert refused(lend(holder, Device(holder.device.key))[0]) == (401, "sign-in-refused")
    newcomer = Newcomer(holder)
    newcomer.device.key = lent.key
    path = newcomer.path
    approve(newcomer)
    assert refused(newcomer.collect(path=path)) == (404, "join-waiting")
    world.clock.advance(1801)
    assert refused(holder.sign_in(device=Device(lent.key))[0]) == (401, "sign-in-refused")


def test_a_sheet_lends_with_its_pin_only(world: World, holder: Holder) -> None:
    device = Device()
    proof = assist_proof(holder, holder.recovery, device)
    assert refused(present(holder, proof, device)) == (401, "sign-in-refused")
    assert world.rows("SELECT * FROM wallet_recoveries") == []
    wrong = holder.recovery.pin_proof(holder.handle, "000000")
    answer = present(holder, assist_proof(holder, holder.recovery, device, wrong), device, wrong)
    assert (refused(answer), answer.json()["tries_left"]) == ((403, "pin-wrong"), 4)


def test_four_at_a_time_and_never_in_place_of_an_own_device(world: World, holder: Holder) -> None:
    own = [holder.sign_in()[1] for _ in range(31)]
    devices = []
    for _ in range(5):
        devices.append(lend(holder)[1])
        world.clock.advance(1)
    left = {row[0] for row in world.rows("SELECT jkt FROM wallet_devices WHERE until IS NOT NULL")}
    assert left == {device.jkt for device in devices[1:]}
    assert world.rows("SELECT count(*) FROM wallet_devices WHERE until IS NULL") == [(32,)]
    assert refused(holder.post("/v1/sync", {"since": None}, device=devices[0])) == (401, "session-invalid")
    assert holder.post("/v1/sync", {"since": None}, device=own[0]).status_code == 200


def test_a_phone_lends_by_a_join(world: World, holder: Holder) -> None:
    newcomer = Newcomer(holder)
    approve(newcomer, "assisted")
    came = newcomer.collect().json()
    assert (came["mode"], came["exp"]) == ("assisted", world.clock.now() + 1800)
    assert '"kind":"assisted-started"' in came["event"]
    assert refused(FORBIDDEN["wallet-delete"](holder, newcomer.device)) == (403, "assisted-refused")


def test_a_join_of_an_own_device_does_not_lend(holder: Holder) -> None:
    newcomer = Newcomer(holder)
    approve(newcomer)
    newcomer.collect()
    other = Newcomer(holder)
    assert approve(other, by=newcomer.device).status_code == 200
