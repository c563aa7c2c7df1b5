"""Many at once: what is limited stays limited."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.database import ConstraintViolated, Tx
from kit.ids import unb64u
from sharing.grant import access
from tests.sharing.grant.world import World, both, new_lease

pytestmark = pytest.mark.anyio


@both
async def test_two_hundred_opens_of_a_one_open_grant(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    answers = await asyncio.gather(*[world.open(sealed, key=Ed25519PrivateKey.generate()) for _ in range(200)])
    codes = Counter(answer.json().get("code", "opened") for answer in answers)
    assert codes == {"opened": 1, "grant-used-up": 199}
    assert (await wallet.listed(sealed))["opens_used"] == 1
    assert world.count("grant_leases") == 1
    assert wallet.kinds().count("grant-opened") == 1


@both
async def test_fifty_times_the_same_lease_is_one_open(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    lease = new_lease()
    answers = await asyncio.gather(*[world.open(sealed, lease=lease) for _ in range(50)])
    assert {answer.status_code for answer in answers} == {200}
    assert wallet.kinds().count("grant-opened") == 1
    delivered = [slot for event in wallet.events() for slot in event.get("slots", [])]
    assert sorted(delivered) == sorted(sealed.slots)  # each once


@both
async def test_each_slot_is_logged_once_however_they_are_asked_for(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    lease = new_lease()
    asked = [[slot] for slot in sealed.slots for _ in range(6)]
    answers = await asyncio.gather(*[world.open(sealed, lease=lease, slots=slots) for slots in asked])
    assert {answer.status_code for answer in answers} == {200}
    delivered = [slot for event in wallet.events() for slot in event.get("slots", [])]
    assert sorted(delivered) == sorted(sealed.slots)


@both
async def test_an_end_among_opens(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1000)
    opens = [world.open(sealed) for _ in range(30)]
    answers = await asyncio.gather(*opens[:15], wallet.end(sealed), *opens[15:])
    assert {answer.status_code for answer in answers} <= {200, 410}
    kinds = wallet.kinds()
    assert kinds.count("grant-opened") == sum("lease" in answer.json() for answer in answers)
    assert "grant-opened" not in kinds[kinds.index("grant-ended") :]
    assert (await world.open(sealed)).status_code == 410
    assert world.count("grant_leases") == world.count("grant_contents") == 0


@both
async def test_republishing_among_opens(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1000)
    second = sealed.again()
    opens = [world.open(sealed) for _ in range(20)]
    answers = await asyncio.gather(*opens[:10], wallet.put(second), *opens[10:])
    for answer in answers:
        assert answer.status_code == 200
        if "lease" in answer.json():  # one version or the other, never a mixture
            (sealed if answer.json()["version"] == 1 else second).read(answer.json(), world.clock.now())


@both
async def test_twice_the_same_publication_at_once(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    second, other_second = sealed.again(), sealed.again()
    answers = await asyncio.gather(*[wallet.put(one) for one in (second, other_second)])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await wallet.listed(sealed))["version"] == 2


@both
async def test_a_count_past_the_limit_undoes_everything(world: World) -> None:
    """What could only happen without the row's lock: the decision was taken on an older state."""
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    assert (await world.open(sealed)).status_code == 200

    def late(tx: Tx) -> None:
        row = access.locate(tx, unb64u(sealed.id))
        assert access.count_open(tx, row._replace(opens_used=0)) == 1
        access.save_lease(tx, row, bytes(32), access.LeaseRow(1, 2**40, b"", b""))

    with pytest.raises(ConstraintViolated):
        await world.ctx.db.write(late)
    assert (await wallet.listed(sealed))["opens_used"] == 1
    assert world.count("grant_leases") == 1
