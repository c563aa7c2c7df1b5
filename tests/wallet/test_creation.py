"""Making a wallet: what must fit together, and what holds abuse back without holding people back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from mappe.formats import chain, jws, wallet
from mappe.formats.encoding import b64u

from kit.clock import DAY, HOUR
from tests.conftest import ServerFactory
from tests.wallet.conftest import MakeWorld
from tests.wallet.world import Device, Holder, Kept, World
from wallet.unlock import invitations

Body = dict[str, Any]


def one_method(holder: Holder) -> Body:
    holder.methods = holder.methods[:1]
    return holder.creation()


def no_offline_method(holder: Holder) -> Body:
    for kept in holder.methods:
        kept.kind = "passkey"
    return holder.creation()


def same_method_twice(holder: Holder) -> Body:
    holder.methods[1].id = holder.methods[0].id
    return holder.creation()


def later_version(holder: Holder) -> Body:
    holder.methods[0].version = 2
    return holder.creation()


def other_genesis(holder: Holder) -> Body:
    genesis = wallet.make_genesis(wallet.Identity.generate(), created=1, nonce=secrets.token_bytes(16))
    return holder.creation() | {"genesis": genesis}


def other_envelope(holder: Holder) -> Body:
    body = holder.creation()
    body["methods"][0]["envelope"] = "a.b.c.d.e"
    return body


def with_objects(holder: Holder) -> Body:
    return holder.creation() | {"change": holder.sign([(secrets.token_bytes(16), 1, secrets.token_bytes(32))])}


def small_order_key(holder: Holder) -> Body:
    payload = {"v": 1, "suite": 1, "receive": b64u(bytes(32)), "log": b64u(bytes(32)), "created": 1, "nonce": "A" * 22}
    return holder.creation() | {
        "genesis": jws.sign("genesis", holder.identity.signing, json.dumps(payload).encode(), jwk=True)
    }


MISFITS: dict[str, Callable[[Holder], Body]] = {
    "one method": one_method,
    "no offline method": no_offline_method,
    "the same method twice": same_method_twice,
    "a later version": later_version,
    "another genesis": other_genesis,
    "another envelope": other_envelope,
    "another identity box": lambda h: h.creation() | {"identity_box": "a.b.c.d.e"},
    "objects in the first change": with_objects,
    "small-order keys": small_order_key,
    "another device's change": lambda h: h.creation(device=Device()),
    "a second change": lambda h: h.creation() | {"change": h.sign([], number=2, parent=secrets.token_bytes(32))},
    "a later epoch": lambda h: h.creation() | {"change": h.sign([], epoch=2)},
    "another root": lambda h: h.creation() | {"change": h.sign([], root=secrets.token_bytes(32))},
}


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(WALLETS_PER_HOUR="3")


@pytest.mark.parametrize("misfit", MISFITS.values(), ids=MISFITS.keys())
def test_parts_that_do_not_fit_are_refused_and_leave_nothing(world: World, misfit: Callable[[Holder], Body]) -> None:
    holder = Holder(world)
    answer = holder.post("/v1/wallets", misfit(holder))
    assert answer.status_code == 422
    assert answer.json()["code"] in ("wallet-invalid", "chain-invalid")
    for table in ("wallets", "wallet_handles", "wallet_devices", "wallet_methods", "chain_heads", "wallet_creations"):
        assert world.rows(f"SELECT * FROM {table}") == []


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("handle", "ILOU000000"),
        ("handle", "ABC"),
        ("label", "Amira's phone"),
        ("stop", "short"),
        ("methods", []),
        ("more", 1),
        ("genesis", "a.b.c" + "x" * 5000),
    ],
)
def test_other_shapes_are_refused(world: World, member: str, value: object) -> None:
    holder = Holder(world)
    answer = holder.post("/v1/wallets", holder.creation() | {member: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert str(value) not in answer.text or len(str(value)) < 3


def test_a_handle_leads_to_one_wallet(world: World) -> None:
    first, second = Holder(world), Holder(world)
    assert first.create().status_code == 201
    second.handle = first.handle
    assert second.create().json()["code"] == "handle-taken"
    assert first.sign_in()[0].json()["wallet"] == b64u(first.id)
    assert world.rows("SELECT count(*) FROM wallets") == [(1,)]


def test_a_wallet_is_made_once(world: World) -> None:
    holder = Holder(world)
    assert holder.create().status_code == 201
    old, holder.handle, holder.state = holder.handle, wallet.new_handle(), chain.ChainState()
    again = holder.post("/v1/wallets", holder.creation(), device=Device(holder.device.key))
    assert again.json()["code"] == "wallet-exists"
    assert len(world.rows("SELECT * FROM wallet_handles")) == 1
    holder.handle = old
    assert holder.sign_in()[0].status_code == 200


def test_wallets_without_invitation_share_an_hourly_budget(world: World) -> None:
    assert [Holder(world).create().status_code for _ in range(3)] == [201] * 3
    refused = Holder(world).create()
    assert (refused.status_code, refused.json()["code"]) == (429, "creation-busy")
    assert 0 < int(refused.headers["retry-after"]) <= HOUR
    code = invited(world)
    assert Holder(world).create(invitation=code).status_code == 201
    world.clock.advance(HOUR)
    assert Holder(world).create().status_code == 201


def invited(world: World, life: int = DAY) -> str:
    code = invitations.new_code()
    exp = world.clock.now() + life
    world.ctx.db.write_now(lambda tx: invitations.add(tx, invitations.code_hash(code), exp))
    return code


def test_an_invitation_is_redeemed_once_and_leaves_no_trace(world: World) -> None:
    code = invited(world)
    holder = Holder(world)
    assert holder.create(invitation=code.lower().replace("-", " ")).status_code == 201
    assert world.rows("SELECT * FROM invitations") == []
    assert holder.get("/v1/wallet/status").json()["bytes_allowed"] == world.ctx.config.wallet_bytes
    assert Holder(world).create(invitation=code).json()["code"] == "invitation-unknown"


def test_an_invitation_can_be_redeemed_later(world: World) -> None:
    holder = Holder(world)
    holder.create()
    assert holder.get("/v1/wallet/status").json()["bytes_allowed"] == world.ctx.config.uninvited_bytes
    code = invited(world)
    assert holder.post("/v1/wallet/invitation", {"code": code}).status_code == 204
    assert holder.get("/v1/wallet/status").json()["bytes_allowed"] == world.ctx.config.wallet_bytes
    assert holder.post("/v1/wallet/invitation", {"code": code}).json()["code"] == "invitation-unknown"


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000", "OOOO-UUUU-OOOO-UUUU", "ä" * 16])
def test_a_wrong_invitation_makes_no_wallet(world: World, code: str) -> None:
    holder = Holder(world)
    assert holder.create(invitation=code).json()["code"] == "invitation-unknown"
    assert world.rows("SELECT * FROM wallets") == []


def test_an_outdated_invitation_is_none(world: World) -> None:
    code = invited(world, life=10)
    world.clock.advance(10)
    assert Holder(world).create(invitation=code).json()["code"] == "invitation-unknown"


def test_an_invitation_whose_redeemer_fails_is_put_back(world: World) -> None:
    code = invited(world)
    first, second = Holder(world), Holder(world)
    first.create()
    second.handle = first.handle
    assert second.create(invitation=code).json()["code"] == "handle-taken"
    assert Holder(world).create(invitation=code).status_code == 201


def test_more_methods_than_anybody_has_are_refused(world: World) -> None:
    holder = Holder(world)
    holder.methods += [Kept("passphrase", envelope="a.b.c.d.e") for _ in range(15)]
    assert holder.create().json()["code"] == "invalid-request"


def test_the_operator_makes_codes(server: ServerFactory) -> None:
    one = server(start=False)
    codes = one.run("invite", "--count", "3", "--days", "1").stdout.split()
    assert len(set(codes)) == 3
    for code in codes:
        assert len(invitations.code_hash(code)) == 32
