"""Joining by another device: who comes in, once, in time; and everybody else learns nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats import join
from mappe.formats.encoding import b64u, unb64u

from app.runner import Runner
from kit.sqlite import SqliteTx
from tests.wallet.conftest import MakeWorld
from tests.wallet.test_pins import refused
from tests.wallet.test_sign_in import outcome, stop_body
from tests.wallet.world import Answer, Device, Holder, World


class Newcomer:
    """A device that shows its code."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.device = Device()
        self.private = X25519PrivateKey.generate()
        self.code = join.JoinCode(self.private.public_key().public_bytes_raw(), unb64u(self.device.jkt, 32))
        self.path = f"/v1/joins/{b64u(self.code.id)}"

    def box(self, mode: str = "device", holder: Holder | None = None) -> dict[str, Any]:
        of = holder or self.holder
        assert of.state.head is not None
        inside = join.Joined(of.handle, of.id, of.vmk, of.state.number, of.state.head, mode)
        return {"device": self.device.jkt, "box": join.seal_join(self.code, inside), "mode": mode}

    def collect(self, device: Device | None = None, path: str | None = None) -> Answer:
        by = replace(device or self.device, token=None)
        answer = self.holder.post(f"{path or self.path}/collect", {"label": "newcomer"}, device=by)
        if answer.status_code == 200:
            self.device.token = answer.json()["token"]
        return answer


@pytest.fixture
def newcomer(holder: Holder) -> Newcomer:
    return Newcomer(holder)


def approve(
    newcomer: Newcomer, mode: str = "device", *, by: Device | None = None, but: Mapping[str, str] | None = None
) -> Answer:
    return newcomer.holder.post(newcomer.path, {**newcomer.box(mode), **(but or {})}, device=by)


def test_a_device_comes_in_with_a_box_that_it_alone_opens(world: World, holder: Holder, newcomer: Newcomer) -> None:
    assert refused(newcomer.collect()) == (404, "join-waiting")
    approved = approve(newcomer).json()
    assert approved["exp"] == world.clock.now() + 600
    assert '"kind":"join-approved"' in approved["event"]
    came = newcomer.collect().json()
    assert f'"approved_by":"{holder.device.jkt}"' in came["event"]
    joined = join.open_join(
        newcomer.private, unb64u(newcomer.device.jkt, 32), came["box"], wallet=holder.id, mode=came["mode"]
    )
    assert (joined.vmk, joined.number) == (holder.vmk, 1)
    assert came["head"]["number"] == 1
    assert holder.write([secrets.token_bytes(16)], device=newcomer.device).status_code == 200
    rows = {row["device"]: row["until"] for row in holder.get("/v1/devices").json()["devices"]}
    assert rows == {holder.device.jkt: None, newcomer.device.jkt: None}


def test_a_box_is_collected_once(world: World, newcomer: Newcomer) -> None:
    approve(newcomer)
    body, by = {"label": "newcomer"}, newcomer.device
    path = f"{newcomer.path}/collect"
    answers = world.gather(*(newcomer.holder.send("POST", path, body, device=by) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 9
    assert refused(newcomer.collect()) == (404, "join-waiting")
    assert refused(approve(newcomer)) == (409, "join-taken")


def test_whatever_does_not_wait_looks_alike(world: World, holder: Holder, newcomer: Newcomer) -> None:
    unknown = outcome(newcomer.collect(path=f"/v1/joins/{b64u(secrets.token_bytes(16))}"))
    assert outcome(newcomer.collect(path="/v1/joins/nonsense")) == unknown
    assert outcome(newcomer.collect()) == unknown, "not yet approved"
    approve(newcomer)
    assert outcome(newcomer.collect(Device())) == unknown, "another key"
    assert outcome(newcomer.collect(holder.device)) == unknown, "the approving key"
    world.clock.advance(600)
    assert outcome(newcomer.collect()) == unknown, "too late"


def test_known_and_unknown_ids_take_the_same_statements(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(make_world())
    assert holder.create().status_code == 201
    newcomer = Newcomer(holder)
    approve(newcomer)
    seen: list[str] = []
    execute = SqliteTx._execute

    def recording(self: SqliteTx, sql: str, params: Any) -> Any:
        seen.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(SqliteTx, "_execute", recording)
    newcomer.collect(Device())
    known = list(seen)
    seen.clear()
    newcomer.collect(Device(), path=f"/v1/joins/{b64u(secrets.token_bytes(16))}")
    assert seen == known
    assert len(seen) >= 2


def test_the_same_approval_again_is_answered_again(world: World, newcomer: Newcomer) -> None:
    body = newcomer.box()
    first = newcomer.holder.post(newcomer.path, body)
    world.clock.advance(60)
    again = newcomer.holder.post(newcomer.path, body)
    assert again.json()["exp"] == first.json()["exp"]
    assert newcomer.collect().status_code == 200


@pytest.mark.parametrize("change", [{"mode": "assisted"}, {"box": "AAAA"}, {"device": b64u(bytes(32))}])
def test_another_join_under_the_same_id_is_refused(newcomer: Newcomer, change: dict[str, str]) -> None:
    approve(newcomer)
    assert refused(approve(newcomer, but=change)) == (409, "join-taken")
    assert newcomer.collect().json()["mode"] == "device"


def test_another_wallet_does_not_take_over_a_join(world: World, newcomer: Newcomer) -> None:
    stranger = Holder(world)
    assert stranger.create().status_code == 201
    approve(newcomer)
    assert refused(stranger.post(newcomer.path, newcomer.box(holder=stranger))) == (409, "join-taken")
    assert newcomer.collect().json()["wallet"] == b64u(newcomer.holder.id)


END: dict[str, Callable[[World, Holder, Device], Answer | None]] = {
    "the approving device is locked out": lambda w, h, d: h.post(f"/v1/devices/{d.jkt}/remove"),
    "the stop code is used": lambda w, h, d: h.post("/v1/stop", stop_body(h)),
    "the locks are changed": lambda w, h, d: h.post("/v1/changes", h.rotation()),
    "the wallet is deleted": lambda w, h, d: h.post("/v1/wallet/delete", {"erase": h.erase_order()}),
    "ten minutes pass": lambda w, h, d: w.clock.advance(600),
}


@pytest.mark.parametrize("end", END.values(), ids=END.keys())
def test_a_join_is_void_when(world: World, holder: Holder, end: Callable[..., Answer | None]) -> None:
    _, second = holder.sign_in()
    newcomer = Newcomer(holder)
    assert approve(newcomer, by=second).status_code == 200
    done = end(world, holder, second)
    assert done is None or done.status_code in (200, 204), done.text
    assert refused(newcomer.collect()) == (404, "join-waiting")


def test_what_is_over_is_swept(world: World, holder: Holder, newcomer: Newcomer) -> None:
    approve(newcomer)
    world.clock.advance(3601)
    assert Runner(world.ctx).once()
    assert world.rows("SELECT * FROM wallet_joins") == []
    assert world.rows("SELECT * FROM join_routes") == []


def test_eight_wait_at_a_time(world: World, holder: Holder) -> None:
    newcomers = [Newcomer(holder) for _ in range(9)]
    boxes = [(one.path, one.box()) for one in newcomers]
    answers = world.gather(*(holder.send("POST", path, box) for path, box in boxes))
    assert sorted(answer.status_code for answer in answers) == [200] * 8 + [429]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 429} == {"joins-crowded"}
    world.clock.advance(600)
    late = Newcomer(holder)
    assert approve(late).status_code == 200


def test_what_is_no_join_is_refused(newcomer: Newcomer) -> None:
    for change in ({"mode": "owner"}, {"box": "!"}, {"box": "A" * 2049}, {"device": "short"}, {"handle": "x"}):
        assert refused(approve(newcomer, but=change)) == (422, "invalid-request")
    path, newcomer.path = newcomer.path, "/v1/joins/nonsense"
    assert refused(approve(newcomer)) == (404, "not-found")
    newcomer.path = path
    assert refused(newcomer.holder.post(path, newcomer.box(), device=Device())) == (401, "session-invalid")
