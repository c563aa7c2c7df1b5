"""Looking without opening."""

from __future__ import annotations

import pytest
from mappe.formats import grant as g

from tests.sharing.grant.world import World, both

pytestmark = pytest.mark.anyio


@both
@pytest.mark.parametrize("for_agency", [False, True])
async def test_a_peek_shows_who_and_why_and_no_value(world: World, for_agency: bool) -> None:
    wallet = await world.wallet()
    agency = world.agencies["agency-0"] if for_agency else None
    sealed = await wallet.share(agency=agency, passcode=None if for_agency else "123456")
    answer = await world.redeem(sealed, "peek", sealed.prove())  # a link's holder needs no key for it
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"policy", "terms", "record", "version", "event", "promise"}
    shown = g.preview_grant(
        sealed.locator,
        record=answer.json()["record"],
        policy=answer.json()["policy"],
        terms=answer.json()["terms"],
        now=world.clock.now(),
        agency_key=None if agency is None else agency.seal,
    )
    assert shown.terms.purpose == "To register a residence"
    state = await wallet.listed(sealed)
    assert (state["peeks"], state["opens_used"]) == (1, 0)
    assert wallet.kinds() == ["grant-created", "grant-looked-at"]


@both
async def test_twenty_times_and_no_more(world: World) -> None:
    wallet = await world.wallet()
    sealed, other = await wallet.share(), await wallet.share()
    codes = [(await world.redeem(sealed, "peek", sealed.prove())).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
    assert wallet.events()[-1]["detail"] == {"code": "peeks-exhausted"}
    assert (await world.redeem(other, "peek", other.prove())).status_code == 200
    assert (await world.open(sealed)).status_code == 200
    assert (await wallet.put(sealed.again())).status_code == 200
    assert (await world.redeem(sealed, "peek", sealed.prove())).status_code == 429  # no edit gives them back


async def test_a_peek_with_a_broken_proof_is_refused(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    path = f"/v1/grants/{sealed.id}/peek"
    assert (await world.call("POST", path, sealed.prove(), headers={"dpop": "x.y.z"})).status_code == 401
    assert wallet.kinds() == ["grant-created"]


async def test_a_get_shows_nothing_and_counts_nothing(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    for what in ("peek", "open", "files/AAAAAAAAAAAAAAAAAAAAAA"):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = await world.call(method, f"/v1/grants/{sealed.id}/{what}")
            assert answer.status_code == 405
    assert (await wallet.listed(sealed))["peeks"] == 0
