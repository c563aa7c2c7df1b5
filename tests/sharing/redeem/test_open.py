"""Opening a grant: who gets what, and what is written down."""

from __future__ import annotations

import pytest
from mappe.formats.encoding import b64u

from tests.sharing.grant.world import World, new_lease

pytestmark = pytest.mark.anyio


async def test_a_link_opens_and_every_check_of_the_recipient_holds(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    lease = new_lease()
    answer = await world.open(sealed, lease=lease)
    assert answer.status_code == 200, answer.text
    got = sealed.read(answer.json(), world.clock.now())
    assert {slot: one.content["value"] for slot, one in got.slots.items()} == sealed.values
    assert answer.json()["lease"] == {"id": lease, "until": world.clock.now() + 600}
    assert wallet.kinds() == ["grant-created", "grant-opened"]
    event = wallet.events()[-1]
    assert set(event["slots"]) == set(sealed.slots)
    assert event["lease"] == lease
    assert event["actor"] == {"type": "link"}


async def test_an_agency_opens_and_its_signed_request_is_in_the_log(world: World) -> None:
    wallet = await world.wallet()
    agency = world.agencies["agency-0"]
    sealed = await wallet.share(agency=agency, opens=0)
    answer = await world.open(sealed)
    assert answer.status_code == 200, answer.text
    sealed.read(answer.json(), world.clock.now())
    event = wallet.events()[-1]
    assert event["actor"] == {"type": "agency", "id": "agency-0"}
    assert event["proof"].count(".") == 2
    assert b64u(sealed.locator.recipient) not in str(wallet.events())
