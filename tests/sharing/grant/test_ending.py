"""The end: everything sealed goes in the same act, and what remains goes after thirty days."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from mappe.formats.encoding import b64u

from app.erasure import WALLET_ENDINGS
from kit.clock import DAY
from sharing.grant import ending
from tests.sharing.grant.world import Sealed, Wallet, World, both, new_lease, seal

pytestmark = pytest.mark.anyio

CONTENT = ("grant_contents", "grant_leases", "grant_files")


async def _with_file(wallet: Wallet, **options: Any) -> Sealed:
    attachment, version = await wallet.attach(secrets.token_bytes(400))
    ref = b64u(secrets.token_bytes(16))
    return await wallet.share(files=[{"ref": ref, "attachment": b64u(attachment), "version": version}], **options)


def _jobs(world: World, kind: str) -> int:
    row = world.ctx.db.read_now(lambda tx: tx.one("SELECT COUNT(*) FROM outbox_jobs WHERE kind = :k", k=kind))
    assert row is not None
    return int(row[0])


@both
async def test_all_of_it_goes_at_once(world: World) -> None:
    wallet = await world.wallet()
    sealed = await _with_file(wallet)
    await world.open(sealed)
    answer = await wallet.end(sealed)
    assert answer.json()["ended"] == [sealed.id]
    assert len(answer.json()["receipts"]) == 1
    assert [world.count(table) for table in CONTENT] == [0, 0, 0]
    event = wallet.events()[-1]
    assert (event["kind"], event["grant"], event["detail"]) == ("grant-ended", sealed.id, {"reason": "revoked"})
    state = await wallet.listed(sealed)
    assert (state["state"], state["reason"], state["opens_used"]) == ("ended", "revoked", 1)


async def test_several_unknown_ended_and_foreign_ones(world: World) -> None:
    wallet, other = await world.wallet(), await world.wallet()
    one, two, gone = [await wallet.share() for _ in range(3)]
    foreign, unknown = await other.share(), seal(world.clock.now())
    await wallet.end(gone)
    answer = await wallet.end(one, one, unknown, foreign, gone, two)
    assert answer.json()["ended"] == [one.id, two.id]
    assert len(answer.json()["receipts"]) == 2
    assert (await other.listed(foreign))["state"] == "active"
    assert wallet.kinds().count("grant-ended") == 3
    assert (await wallet.end(one)).json() == {"ended": [], "receipts": []}


@pytest.mark.parametrize("ids", [[], ["x"], [b64u(bytes(16))] * 101, None])
async def test_a_list_of_another_shape(world: World, ids: object) -> None:
    wallet = await world.wallet()
    assert (await wallet.call("POST", "/v1/grants/end", {"ids": ids})).status_code == 422


@both
async def test_the_bytes_go_with_the_last_reference(world: World) -> None:
    wallet = await world.wallet()
    attachment, version = await wallet.attach(secrets.token_bytes(400))
    files = [{"ref": b64u(secrets.token_bytes(16)), "attachment": b64u(attachment), "version": version}]
    one, two = await wallet.share(files=files), await wallet.share(files=files)
    await wallet.call("POST", f"/v1/attachments/{b64u(attachment)}/1/delete", {})
    await wallet.end(one)
    assert _jobs(world, "blob-delete") == 0  # the other grant still serves it
    await wallet.end(two)
    assert _jobs(world, "blob-delete") == 1
    world.run_jobs()
    assert world.count("wallet_blobs") == 0


@both
async def test_expiry_removes_the_content(world: World) -> None:
    wallet = await world.wallet()
    sealed = await _with_file(wallet, life=100)
    world.clock.advance(99)
    world.run_jobs()
    assert world.count("grant_contents") == 1
    world.clock.advance(1)
    assert (await wallet.listed(sealed))["reason"] == "expired"  # before any job has run
    world.run_jobs()
    assert [world.count(table) for table in CONTENT] == [0, 0, 0]
    event = wallet.events()[-1]
    assert (event["kind"], event["actor"], event["detail"]) == (
        "grant-ended",
        {"type": "server"},
        {"reason": "expired"},
    )


async def test_ending_what_has_expired_says_expired(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(life=100)
    world.clock.advance(100)
    await wallet.end(sealed)
    assert (await wallet.listed(sealed))["reason"] == "expired"


@both
async def test_the_last_open_removes_the_content_when_its_lease_is_over(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=2)
    await world.open(sealed)
    world.clock.advance(601)
    world.run_jobs()
    assert world.count("grant_contents") == 1
    lease = new_lease()
    await world.open(sealed, lease=lease)
    world.clock.advance(599)
    world.run_jobs()
    assert (await world.open(sealed, lease=lease)).status_code == 200  # its ten minutes are its own
    world.clock.advance(1)
    world.run_jobs()
    assert world.count("grant_contents") == 0
    assert (await wallet.listed(sealed))["reason"] == "used-up"


@both
async def test_the_tombstone_goes_after_thirty_days(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    await wallet.end(sealed)
    world.clock.advance(30 * DAY - 1)
    world.run_jobs()
    assert (await wallet.listed(sealed))["state"] == "ended"
    world.clock.advance(1)
    world.run_jobs()
    assert world.count("grants") == world.count("grant_routes") == 0


async def test_what_the_tombstone_keeps(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456")
    await wallet.end(sealed)
    row = world.ctx.db.read_now(
        lambda tx: tx.one("SELECT passcode, auth FROM grants WHERE wallet_id = :w", w=wallet.id)
    )
    assert row is not None
    assert row[0] is None
    assert row[1] is not None


@both
async def test_the_stop_code_ends_every_grant(world: World) -> None:
    wallet, other = await world.wallet(), await world.wallet()
    grants = [await wallet.share() for _ in range(3)]
    theirs = await other.share()
    now = world.clock.now()
    assert ending.end_all in WALLET_ENDINGS.stop
    await world.ctx.db.write(lambda tx: ending.end_all(tx, wallet.id, now))
    for sealed in grants:
        assert (await world.open(sealed)).json()["code"] == "grant-withdrawn"
        assert (await wallet.listed(sealed))["reason"] == "stopped"
    assert wallet.events()[3]["actor"] == {"type": "stop-code"}
    assert (await world.open(theirs)).status_code == 200


@both
async def test_deleting_the_wallet_leaves_nothing(world: World) -> None:
    wallet, other = await world.wallet(), await world.wallet()
    sealed, ended = await _with_file(wallet), await wallet.share()
    await world.open(sealed)
    await wallet.end(ended)
    theirs = await other.share()
    assert ending.erase_wallet in WALLET_ENDINGS.erase
    for erase in WALLET_ENDINGS.erase:
        await world.ctx.db.write(lambda tx, erase=erase: erase(tx, wallet.id))  # type: ignore[misc]
    world.run_jobs()
    for table in (*CONTENT, "grants", "grant_routes"):
        rows = world.ctx.db.read_now(
            lambda tx, t=table: tx.all(f"SELECT 1 FROM {t} WHERE wallet_id = :w", w=wallet.id)  # type: ignore[misc]
        )
        assert rows == [], table
    assert (await world.open(sealed)).status_code == 404
    assert (await world.open(theirs)).status_code == 200


@both
async def test_after_a_restore_everything_waits_for_the_holder(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=3, passcode="123456")
    gone = await wallet.share()
    now = world.clock.now()

    def restore(tx: Any) -> None:
        tx.run("DELETE FROM grant_contents")  # sealed content is in no backup
        ending.suspend_all(tx)
        ending.replay(tx, wallet.id, "grant-opens", sealed.locator.grant, 2, now)
        ending.replay(tx, wallet.id, "grant-opens", sealed.locator.grant, 1, now)  # never downwards
        ending.replay(tx, wallet.id, "passcode-tries", sealed.locator.grant, 4, now)
        ending.replay(tx, wallet.id, "grant-ended", gone.locator.grant, 0, now)

    await world.ctx.db.write(restore)
    refused = await world.open(sealed, proof=sealed.proof())
    assert (refused.status_code, refused.json()["code"]) == (423, "grant-suspended")
    assert (await world.redeem(sealed, "peek", sealed.prove())).status_code == 423
    assert (await world.open(gone)).json()["code"] == "grant-withdrawn"
    assert (await wallet.listed(sealed))["state"] == "suspended"
    # the device is ahead of the restored server: any later version will do, no earlier and no other policy
    assert (await wallet.put(sealed)).json()["code"] == "grant-stale"
    assert (await wallet.put(gone.again())).json()["code"] == "grant-ended"
    assert (await wallet.put(sealed.again(7))).status_code == 200
    state = await wallet.listed(sealed)
    assert (state["state"], state["version"], state["opens_used"], state["tries_left"]) == ("active", 7, 2, 1)
    assert (await world.open(sealed, proof=sealed.proof())).status_code == 200
    assert (await world.open(sealed, proof=sealed.proof())).json()["code"] == "grant-used-up"
