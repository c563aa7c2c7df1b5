"""Five wrong tries in the life of a grant, whatever happens at the same time."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter

import pytest
from mappe.formats.encoding import b64u

from tests.sharing.grant.world import World, both

pytestmark = pytest.mark.anyio


def wrong() -> str:
    return b64u(secrets.token_bytes(32))


@both
async def test_right_wrong_and_missing(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456", opens=3)
    missing = await world.open(sealed)
    assert (missing.status_code, missing.json()["code"]) == (403, "passcode-required")
    assert (await wallet.listed(sealed))["tries_left"] == 5
    bad = await world.open(sealed, proof=wrong())
    assert (bad.status_code, bad.json()["code"], bad.json()["tries_left"]) == (403, "passcode-wrong", 4)
    good = await world.open(sealed, proof=sealed.proof())
    assert good.status_code == 200
    sealed.read(good.json(), world.clock.now())
    state = await wallet.listed(sealed)
    assert (state["tries_left"], state["opens_used"]) == (4, 1)  # a right one gives nothing back but its own
    assert wallet.kinds() == ["grant-created", "grant-refused", "grant-refused", "grant-opened"]
    assert wallet.events()[2]["detail"] == {"code": "passcode-wrong", "tries_left": 4}


@both
async def test_two_hundred_wrong_ones_at_once_cost_five(world: World) -> None:
    wallet = await world.wallet()
    sealed, other = await wallet.share(passcode="123456"), await wallet.share(passcode="654321")
    answers = await asyncio.gather(*[world.open(sealed, proof=wrong()) for _ in range(200)])
    codes = Counter(answer.json()["code"] for answer in answers)
    assert codes == {"passcode-wrong": 5, "passcode-exhausted": 195}
    assert sorted(a.json()["tries_left"] for a in answers if a.status_code == 403) == [0, 1, 2, 3, 4]
    right = await world.open(sealed, proof=sealed.proof())
    assert (right.status_code, right.json()["code"]) == (410, "passcode-exhausted")
    assert (await wallet.listed(sealed))["opens_used"] == 0
    # the defect of a well-known system: one link's exhausted passcode disabled all links
    assert (await wallet.listed(other))["tries_left"] == 5
    assert (await world.open(other, proof=other.proof())).status_code == 200


@both
async def test_right_ones_among_wrong_ones(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456", opens=1000)
    proofs = [sealed.proof() if at % 4 == 0 else wrong() for at in range(80)]
    answers = await asyncio.gather(*[world.open(sealed, proof=proof) for proof in proofs])
    codes = Counter(answer.json().get("code", "opened") for answer in answers)
    assert codes["passcode-wrong"] == 5
    assert codes["opened"] == (await wallet.listed(sealed))["opens_used"]
    assert (await wallet.listed(sealed))["tries_left"] == 0


async def test_an_edit_gives_no_try_back(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456")
    for _ in range(3):
        await world.open(sealed, proof=wrong())
    second = sealed.again()
    assert (await wallet.put(second)).status_code == 200
    assert (await wallet.listed(sealed))["tries_left"] == 2
    for _ in range(2):
        await world.open(sealed, proof=wrong())
    assert (await world.open(sealed, proof=sealed.proof())).json()["code"] == "passcode-exhausted"
    assert (await wallet.put(second.again())).status_code == 200
    assert (await world.open(sealed, proof=sealed.proof())).json()["code"] == "passcode-exhausted"


async def test_a_known_lease_still_needs_the_passcode(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456")
    lease = b64u(secrets.token_bytes(16))
    assert (await world.open(sealed, lease=lease, proof=sealed.proof())).status_code == 200
    assert (await world.open(sealed, lease=lease)).json()["code"] == "passcode-required"
    assert (await world.open(sealed, lease=lease, proof=wrong())).json()["tries_left"] == 4
    assert (await world.open(sealed, lease=lease, proof=sealed.proof())).status_code == 200


async def test_without_auth_no_try_is_spent(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456")
    for _ in range(7):
        assert (await world.open(sealed, proof=wrong(), auth=wrong())).status_code == 404
    assert (await wallet.listed(sealed))["tries_left"] == 5


async def test_tries_and_opens_are_in_the_ledger(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456", opens=2)
    await world.open(sealed, proof=wrong())
    await world.open(sealed, proof=sealed.proof())
    await wallet.end(sealed)
    rows = world.ctx.db.read_now(
        lambda tx: tx.all("SELECT kind, item, value FROM ledger_rows WHERE wallet_id = :w", w=wallet.id)
    )
    grant = sealed.locator.grant
    assert sorted(rows) == [("grant-ended", grant, 0), ("grant-opens", grant, 1), ("passcode-tries", grant, 1)]
