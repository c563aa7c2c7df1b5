"""Opening a grant: who gets what, and what is written down."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import log
from mappe.formats.encoding import b64u, digest

from tests.sharing.grant.world import World, both, new_lease

pytestmark = pytest.mark.anyio


@both
async def test_a_link_opens_and_every_check_of_the_recipient_holds(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    lease = new_lease()
    answer = await world.open(sealed, lease=lease)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    got = sealed.read(answer.json(), world.clock.now())
    assert {slot: one.content["value"] for slot, one in got.slots.items()} == sealed.values
    assert answer.json()["lease"] == {"id": lease, "until": world.clock.now() + 600}
    assert wallet.kinds() == ["grant-created", "grant-opened"]
    event = wallet.events()[-1]
    assert set(event["slots"]) == set(sealed.slots)
    assert event["lease"] == lease
    assert event["actor"] == {"type": "link"}


@both
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


async def test_the_receipt_proves_the_entry(world: World) -> None:
    wallet = await world.wallet()
    answer = (await world.open(await wallet.share())).json()
    public = world.ctx.keys.published("promise")[0].public
    promise = log.verify_promise(answer["promise"], public)
    event = log.check_receipt(answer["event"], promise)
    assert event.kind == "grant-opened"
    rows = world.ctx.db.read_now(lambda tx: tx.all("SELECT leaf FROM log_pending WHERE wallet_id = :w", w=wallet.id))
    assert promise.leaf in [row[0] for row in rows]


async def test_a_p256_key_may_open_too(world: World) -> None:
    wallet = await world.wallet()
    answer = await world.open(await wallet.share(), key=ec.generate_private_key(ec.SECP256R1()))
    assert answer.status_code == 200


@both
async def test_the_same_lease_is_the_same_open(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    lease = new_lease()
    first = await world.open(sealed, lease=lease)
    again = await world.open(sealed, lease=lease)
    assert first.status_code == again.status_code == 200
    assert first.json()["slots"] == again.json()["slots"]
    assert first.json()["lease"] == again.json()["lease"]
    assert (await wallet.listed(sealed))["opens_used"] == 1
    assert [event.get("slots") for event in wallet.events()[2:]] == [[]]  # nothing is delivered twice


@both
async def test_two_of_five_and_then_the_others(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    lease = new_lease()
    two, others = sealed.slots[:2], sealed.slots[2:]
    answer = (await world.open(sealed, lease=lease, slots=two)).json()
    assert set(answer["slots"]) == set(two)
    sealed.read(answer, world.clock.now())
    more = (await world.open(sealed, lease=lease, slots=[*others, two[0]])).json()
    assert set(more["slots"]) == {*others, two[0]}
    events = wallet.events()[1:]
    assert [event["kind"] for event in events] == ["grant-opened", "slot-delivered"]
    assert set(events[0]["slots"]) == set(two)
    assert set(events[1]["slots"]) == set(others)


@both
async def test_another_lease_is_another_open(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=2)
    assert [(await world.open(sealed)).status_code for _ in range(3)] == [200, 200, 410]
    assert (await wallet.listed(sealed))["opens_used"] == 2


async def test_a_lease_is_bound_to_its_key(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    lease = new_lease()
    assert (await world.open(sealed, lease=lease)).status_code == 200
    stolen = await world.open(sealed, lease=lease, key=Ed25519PrivateKey.generate())
    assert (stolen.status_code, stolen.json()["code"]) == (410, "grant-used-up")


@both
async def test_a_lease_ends_and_then_costs_an_open(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=2)
    lease = new_lease()
    for used in (1, 2):
        assert (await world.open(sealed, lease=lease)).status_code == 200
        assert (await wallet.listed(sealed))["opens_used"] == used
        world.clock.advance(600)
    assert (await world.open(sealed, lease=lease)).status_code == 410


@both
async def test_leases_that_are_over_do_not_pile_up(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(agency=world.agencies["agency-0"], opens=0)
    for _ in range(15):
        assert (await world.open(sealed)).status_code == 200
    world.clock.advance(300)
    assert world.count("grant_leases") == 15
    world.clock.advance(301)
    assert (await world.open(sealed)).status_code == 200
    assert world.count("grant_leases") == 1


@both
async def test_a_renewed_grant_is_fetched_again_free_of_charge(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    lease = new_lease()
    assert (await world.open(sealed, lease=lease)).status_code == 200
    second = sealed.again()
    assert (await wallet.put(second)).status_code == 200
    changed = await world.open(sealed, lease=lease)
    assert (changed.status_code, changed.json()["code"], changed.json()["version"]) == (409, "grant-changed", 2)
    answer = await world.open(sealed, lease=lease)
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    got = second.read(answer.json(), world.clock.now())
    assert {slot: one.content["value"] for slot, one in got.slots.items()} == second.values
    assert (await wallet.listed(sealed))["opens_used"] == 1
    last = wallet.events()[-1]
    assert last["kind"] == "slot-delivered"
    assert set(last["slots"]) == set(sealed.slots)  # of the new version each is delivered anew
    assert last["detail"] == {"version": 2}


async def test_an_expected_version_is_compared_before_anything_is_counted(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    assert (await world.open(sealed, version=2)).json()["code"] == "grant-changed"
    assert (await wallet.listed(sealed))["opens_used"] == 0
    assert (await world.open(sealed, version=1)).status_code == 200


async def test_a_slot_that_is_not_in_the_policy_costs_nothing(world: World) -> None:
    wallet = await world.wallet()
    sealed, other = await wallet.share(opens=1), await wallet.share()
    answer = await world.open(sealed, slots=[sealed.slots[0], other.slots[0]])
    assert (answer.status_code, answer.json()["code"]) == (404, "slot-unknown")
    assert "slots" not in answer.json()
    assert (await wallet.listed(sealed))["opens_used"] == 0
    assert wallet.events()[-1]["detail"] == {"code": "slot-unknown"}


async def test_the_largest_grant_fits_and_one_slot_of_it_is_found(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(agency=world.agencies["agency-0"], opens=0, slots=256, size=3000)
    answer = await world.open(sealed)
    assert answer.status_code == 200
    assert len(sealed.read(answer.json(), world.clock.now()).slots) == 256
    one = (await world.open(sealed, slots=[sealed.slots[200]])).json()["slots"]
    assert one == {sealed.slots[200]: sealed.body["slots"][sealed.slots[200]]}


@pytest.mark.parametrize(
    "change",
    [
        {"auth": None},
        {"auth": "short"},
        {"r": b64u(bytes(16))},  # both
        {"lease": None},
        {"lease": "A" * 23},
        {"lease": "A" * 21 + "B"},  # not canonical
        {"slots": []},
        {"slots": ["x"]},
        {"slots": [b64u(bytes(16))] * 257},
        {"version": 0},
        {"version": "1"},
        {"proof": 1},
        {"more": 1},
    ],
)
async def test_a_body_of_another_shape(world: World, change: dict[str, object]) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    body = {**sealed.prove(), "lease": new_lease(), **change}
    answer = await world.redeem(sealed, "open", body, key=Ed25519PrivateKey.generate())
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert wallet.kinds() == ["grant-created"]


async def test_no_get_and_no_proof_opens_anything(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    path = f"/v1/grants/{sealed.id}/open"
    assert (await world.call("GET", path)).status_code == 405
    body = {**sealed.prove(), "lease": new_lease()}
    assert (await world.call("POST", path, body)).status_code == 401  # no key
    key = Ed25519PrivateKey.generate()
    elsewhere = await world.call("POST", path.replace("open", "peek"), body, key=key)
    assert elsewhere.status_code == 422
    assert wallet.kinds() == ["grant-created"]


async def test_a_proof_is_good_for_one_request_to_one_grant(world: World) -> None:
    wallet = await world.wallet()
    sealed, other = await wallet.share(), await wallet.share()
    sent: list[dict[str, str]] = []

    async def keep(request: object) -> None:
        sent.append(dict(request.headers))  # type: ignore[attr-defined]

    world.http.event_hooks["request"] = [keep]
    body = {**sealed.prove(), "lease": new_lease()}
    key = Ed25519PrivateKey.generate()
    assert (await world.redeem(sealed, "open", body, key=key)).status_code == 200
    proof = {"dpop": sent[0]["dpop"]}
    again = await world.redeem(sealed, "open", body, headers=proof)
    assert (again.status_code, again.json()["code"]) == (401, "proof-refused")
    moved = await world.redeem(other, "open", {**other.prove(), "lease": new_lease()}, headers=proof)
    assert moved.status_code == 401
    assert wallet.kinds() == ["grant-created", "grant-created", "grant-opened"]


async def test_digests_are_what_is_stored(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456")
    sql = "SELECT auth, passcode, tag FROM grants WHERE wallet_id = :w"
    row = world.ctx.db.read_now(lambda tx: tx.one(sql, w=wallet.id))
    assert row is not None
    assert (b64u(row[0]), b64u(row[1]), row[2]) == (digest(sealed.locator.auth), sealed.body["passcode"], None)
