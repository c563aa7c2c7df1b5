"""Whoever holds the grant learns why not, and the holder learns that they asked."""

from __future__ import annotations

import pytest

from kit.clock import DAY
from tests.sharing.grant.world import Sealed, Wallet, World, both, new_lease

pytestmark = pytest.mark.anyio


async def _ask(world: World, sealed: Sealed, what: str) -> tuple[int, str]:
    if what == "open":
        answer = await world.open(sealed)
    elif what == "peek":
        answer = await world.redeem(sealed, "peek", sealed.prove())
    else:
        answer = await world.read_file(sealed, bytes(16), lease=new_lease(), slot=sealed.slots[0])
    return answer.status_code, answer.json()["code"]


async def _refused(world: World, wallet: Wallet, sealed: Sealed, status: int, code: str) -> None:
    for what in ("open", "peek", "files"):
        assert await _ask(world, sealed, what) == (status, code)
        event = wallet.events()[-1]
        assert event["kind"] == "grant-refused"
        assert event["detail"] == {"code": code}
        assert event["grant"] == sealed.id


@both
@pytest.mark.parametrize("for_agency", [False, True])
async def test_withdrawn(world: World, for_agency: bool) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(agency=world.agencies["agency-0"] if for_agency else None)
    await wallet.end(sealed)
    await _refused(world, wallet, sealed, 410, "grant-withdrawn")
    event = wallet.events()[-1]
    assert event["actor"] == ({"type": "agency", "id": "agency-0"} if for_agency else {"type": "link"})
    assert ("proof" in event) is for_agency


@both
async def test_expired_from_the_second_on_and_after_the_sweep(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(life=100)
    world.clock.advance(99)
    assert (await world.redeem(sealed, "peek", sealed.prove())).status_code == 200
    world.clock.advance(1)
    await _refused(world, wallet, sealed, 410, "grant-expired")
    world.run_jobs()
    await _refused(world, wallet, sealed, 410, "grant-expired")


async def test_used_up_before_and_after_the_sweep(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    assert (await world.open(sealed)).status_code == 200
    assert await _ask(world, sealed, "open") == (410, "grant-used-up")
    world.clock.advance(600)
    world.run_jobs()
    await _refused(world, wallet, sealed, 410, "grant-used-up")


async def test_not_begun(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(nbf=world.clock.now() + DAY)
    answer = await world.open(sealed)
    assert (answer.status_code, answer.json()["nbf"]) == (403, world.clock.now() + DAY)
    await _refused(world, wallet, sealed, 403, "grant-not-yet")
    world.clock.advance(DAY)
    assert (await world.open(sealed)).status_code == 200


async def test_after_the_tombstone_nobody_learns_anything(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    await wallet.end(sealed)
    world.clock.advance(30 * DAY - 1)
    world.run_jobs()
    assert await _ask(world, sealed, "open") == (410, "grant-withdrawn")
    world.clock.advance(1)
    world.run_jobs()
    assert await _ask(world, sealed, "open") == (404, "not-found")
    assert world.count("grants") == world.count("grant_routes") == 0


async def test_a_refusal_of_a_holder_carries_no_content(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    await world.open(sealed)
    text = (await world.open(sealed)).text
    assert not any(token in text for token in [*sealed.body["slots"].values(), sealed.body["keybox"], sealed.terms])


async def test_a_suspended_agency_and_a_revoked_key_read_nothing(world: World) -> None:
    wallet = await world.wallet()
    agency = world.agencies["agency-0"]
    sealed = await wallet.share(agency=agency)
    stranger = type(agency)("agency-0")  # the same name, keys that the registry does not have
    assert (await world.open(sealed, agency=stranger)).status_code == 401
    assert (await world.open(sealed)).status_code == 200
