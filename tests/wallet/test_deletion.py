"""Deleting a wallet: at its own key's order, whole, and without a trace in any wallet's table."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from mappe.formats.encoding import b64u
from mappe.formats.envelope import stop_proof

from app.runner import Runner
from app.tables import metadata
from tests.wallet.conftest import MakeWorld
from tests.wallet.test_joins import Newcomer, approve
from tests.wallet.test_lending import lend
from tests.wallet.test_pins import put
from tests.wallet.world import Holder, World, altered
from wallet.unlock.endings import WalletEndings

KEPT = {"log_leaves", "ledger_rows", "log_pending"}  # relate to nobody any more, or say that the wallet was deleted


def traces(world: World, holder: Holder) -> set[str]:
    """Tables with a row that holds the wallet's id, in bytes or in text, in any column."""
    needles = (holder.id, b64u(holder.id).encode(), holder.id.hex().encode())
    found = set()
    for name in metadata().tables:
        for row in world.rows(f"SELECT * FROM {name}"):
            for value in row:
                data = value.encode() if isinstance(value, str) else value
                if isinstance(data, bytes) and any(needle in data for needle in needles):
                    found.add(name)
    return found


def furnish(holder: Holder) -> None:
    assert holder.create().status_code == 201
    assert holder.write([secrets.token_bytes(16) for _ in range(3)]).status_code == 200
    assert holder.sign_in()[0].status_code == 200
    assert holder.sign_in(holder.recovery)[0].status_code == 202
    at = b64u(b"a" * 16)
    holder.post("/v1/attachments", {"id": at, "version": 1, "size": 4})
    holder.patch(f"/v1/attachments/{at}/1", 0, b"1234")
    holder.post("/v1/attachments", {"id": at, "version": 2, "size": 4})
    assert put(holder).status_code == 200
    assert lend(holder)[0].status_code == 200
    assert approve(Newcomer(holder)).status_code == 200


def test_deletion_leaves_no_row(world: World) -> None:
    holder, neighbour = Holder(world), Holder(world)
    furnish(holder)
    furnish(neighbour)
    before = traces(world, neighbour)
    unlock = {"wallets", "wallet_sessions", "wallet_handles", "wallet_pins", "wallet_joins", "join_routes"}
    assert unlock | {"vault_objects", "attachments"} <= traces(world, holder)
    assert holder.post("/v1/wallet/delete", {"erase": holder.erase_order()}).status_code == 204
    assert traces(world, holder) <= {"outbox_jobs", "ledger_rows"}
    assert Runner(world.ctx).once()
    assert traces(world, holder) <= KEPT - {"log_pending"}
    moving = {"outbox_jobs", "log_pending", "log_entries"}  # the runner's work goes on
    assert traces(world, neighbour) - moving == before - moving
    assert holder.post("/v1/sync", {"since": None}).json()["code"] == "session-invalid"
    assert holder.sign_in()[0].json()["code"] == "sign-in-refused"
    assert neighbour.sync()["head"]["number"] == 2


def test_a_deleted_wallet_can_be_made_again(make_world: MakeWorld) -> None:
    holder = Holder(make_world())
    body = holder.creation()
    token = holder.post("/v1/wallets", body).json()["token"]
    holder.device.token = token
    assert holder.post("/v1/wallet/delete", {"erase": holder.erase_order()}).status_code == 204
    holder.device.token = None
    assert holder.post("/v1/wallets", body).status_code == 201


@pytest.mark.parametrize(
    "order",
    [
        lambda h: "a.b.c",
        lambda h: h.erase_order(wallet=b64u(secrets.token_bytes(32))),
        lambda h: h.erase_order(time=h.now - 301),
        lambda h: h.erase_order(time=h.now + 301),
        lambda h: h.erase_order(v=2),
        lambda h: h.erase_order(more=1),
        lambda h: h.sign([]),
        lambda h: altered(h.erase_order()),
        lambda h: Holder(h.world).erase_order(wallet=b64u(h.id)),
    ],
    ids=["no JWS", "another wallet", "old", "early", "version", "member", "a change", "signature", "another key"],
)
def test_without_its_own_keys_order_nothing_is_deleted(make_world: MakeWorld, order: Callable[[Holder], str]) -> None:
    holder = Holder(make_world())
    holder.create()
    refused = holder.post("/v1/wallet/delete", {"erase": order(holder)})
    assert (refused.status_code, refused.json()["code"]) == (403, "erase-refused")
    assert holder.sync()["head"]["number"] == 1


def test_deletion_that_fails_anywhere_deletes_nothing(make_world: MakeWorld) -> None:
    world = make_world()
    holder = Holder(world)
    furnish(holder)
    before = traces(world, holder)

    def broken(tx: object, wallet: bytes) -> None:
        raise RuntimeError

    endings = world.ctx.get(WalletEndings)
    world.ctx.add(replace(endings, erase=(*endings.erase, broken)))
    assert holder.post("/v1/wallet/delete", {"erase": holder.erase_order()}).status_code == 500
    assert traces(world, holder) == before
    assert holder.sync()["head"]["number"] == 2


def test_the_stop_code_calls_every_ending(make_world: MakeWorld) -> None:
    world = make_world()
    holder = Holder(world)
    holder.create()
    called: list[tuple[bytes, int]] = []
    endings = world.ctx.get(WalletEndings)
    world.ctx.add(replace(endings, stop=(lambda tx, wallet, now: called.append((wallet, now)),)))
    proof = b64u(stop_proof(holder.stop, holder.handle))
    assert holder.post("/v1/stop", {"handle": holder.handle, "proof": proof}).status_code == 200
    assert called == [(holder.id, world.clock.now())]
