"""Publishing: what is stored is what was signed, and what was published once is never widened."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import grant as g
from mappe.formats.encoding import b64u, digest, unb64u

from kit.clock import DAY
from tests.sharing.grant.world import Sealed, World, _seal, both, seal

pytestmark = pytest.mark.anyio


@both
async def test_created_and_listed(world: World) -> None:
    wallet = await world.wallet()
    sealed = seal(world.clock.now(), opens=3, passcode="123456")
    answer = await wallet.put(sealed)
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"version", "event", "promise"}
    assert answer.json()["version"] == 1
    now = world.clock.now()
    assert (await wallet.call("GET", "/v1/grants")).json() == {
        "grants": [
            {
                "id": sealed.id,
                "version": 1,
                "state": "active",
                "reason": None,
                "exp": now + 7 * DAY,
                "opens": 3,
                "opens_used": 0,
                "tries_left": 5,
                "peeks": 0,
                "created": now,
            }
        ]
    }
    event = wallet.events()[-1]
    assert event["kind"] == "grant-created"
    assert event["actor"]["type"] == "device"
    assert event["grant"] == sealed.id


@both
async def test_republished_with_the_same_counters(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=3)
    await world.open(sealed)
    await world.redeem(sealed, "peek", sealed.prove())
    answer = await wallet.put(sealed.again())
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    state = await wallet.listed(sealed)
    assert (state["version"], state["opens_used"], state["peeks"]) == (2, 1, 1)
    assert wallet.kinds()[-1] == "grant-republished"
    assert wallet.events()[-1]["detail"] == {"version": 2}


@both
async def test_a_lost_answer_is_asked_for_again(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    again = await wallet.put(sealed)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    second = sealed.again()
    for _ in range(2):
        assert (await wallet.put(second)).status_code == 200
    assert (await wallet.listed(sealed))["version"] == 2
    sealed_answer = await world.open(second)
    second.read(sealed_answer.json(), world.clock.now())


def _resign(sealed: Sealed, **changes: Any) -> dict[str, Any]:
    """The body with a changed policy, properly signed."""
    policy = g.make_policy(replace(g.parse_policy(sealed.policy), **changes))
    made = Sealed(sealed.locator, {}, sealed.key, policy, sealed.terms, sealed.version, sealed.agency)
    made.values = sealed.values
    _seal(made, sealed.body["auth"], sealed.body["passcode"], [])
    return made.body


Change = Callable[[Sealed, Sealed], dict[str, Any]]  # (the grant, another grant) -> changed members


def _swap_two(sealed: Sealed, _: Sealed) -> dict[str, Any]:
    slots = dict(sealed.body["slots"])
    one, two = sealed.slots[:2]
    slots[one], slots[two] = slots[two], slots[one]
    return {"slots": slots}


def _record_by_another_version(sealed: Sealed, _: Sealed) -> dict[str, Any]:
    return {"record": sealed.again().body["record"]}


def _keybox_of_another_version(sealed: Sealed, _: Sealed) -> dict[str, Any]:
    """Signed as it is, but its header names version 2."""
    keybox = sealed.again().body["keybox"]
    slots = {unb64u(slot, 16): token for slot, token in sealed.body["slots"].items()}
    record = g.make_record(
        sealed.key,
        grant=sealed.locator.grant,
        version=1,
        policy=sealed.policy,
        terms=sealed.terms,
        keybox=keybox,
        slots=slots,
        time=0,
    )
    return {"keybox": keybox, "record": record}


REFUSED: dict[str, tuple[str, Change]] = {
    "policy of another grant": ("policy", lambda s, o: {"policy": o.policy}),
    "policy not JSON": ("policy", lambda s, o: {"policy": s.policy[:-1]}),
    "policy with a space": ("record", lambda s, o: {"policy": s.policy.replace(":1", ": 1", 1)}),
    "policy with an unknown member": ("policy", lambda s, o: {"policy": s.policy[:-1] + ',"x":1}'}),
    "terms of another grant": ("record", lambda s, o: {"terms": o.terms}),
    "key box of another grant": ("record", lambda s, o: {"keybox": o.body["keybox"]}),
    "key box of another version": ("keybox", _keybox_of_another_version),
    "record of another grant": ("record", lambda s, o: {"record": o.body["record"]}),
    "record of another version": ("record", _record_by_another_version),
    "record with a broken signature": ("record", lambda s, o: {"record": s.body["record"][:-4] + "AAAA"}),
    "record that is no JWS": ("record", lambda s, o: {"record": "a.b"}),
    "slots of another grant": ("slots", lambda s, o: {"slots": o.body["slots"]}),
    "slots swapped": ("record", _swap_two),
    "a slot missing": ("slots", lambda s, o: {"slots": dict(list(s.body["slots"].items())[1:])}),
    "a slot more": ("slots", lambda s, o: {"slots": s.body["slots"] | {o.slots[0]: o.body["slots"][o.slots[0]]}}),
    "no auth for a link": ("auth", lambda s, o: {"auth": None}),
    "a passcode that the policy does not name": ("passcode", lambda s, o: {"passcode": digest("x")}),
    "a file twice": (
        "files",
        lambda s, o: {"files": 2 * [{"ref": s.slots[0], "attachment": s.slots[0], "version": 1}]},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_parts_that_do_not_fit(world: World, name: str) -> None:
    where, change = REFUSED[name]
    wallet = await world.wallet()
    sealed, other = seal(world.clock.now()), seal(world.clock.now())
    answer = await wallet.put(sealed, **change(sealed, other))
    assert (answer.status_code, answer.json()["code"]) == (422, "grant-invalid"), answer.text
    assert answer.json()["where"] == [where]
    assert world.count("grants") == world.count("grant_routes") == 0
    assert wallet.kinds() == []


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"nbf": 1_800_000_000 - 100, "life": 100}, "policy.exp"),  # over
        ({"nbf": 1_800_000_000 + 1, "life": 366 * DAY}, "policy.exp"),  # an idle grant ends within twelve months
    ],
)
async def test_its_time_is_over_or_too_far(world: World, options: dict[str, Any], where: str) -> None:
    wallet = await world.wallet()
    answer = await wallet.put(seal(world.clock.now(), **options))
    assert (answer.status_code, answer.json()["where"]) == (422, [where])


async def test_an_agency_grant_takes_no_auth_and_no_passcode(world: World) -> None:
    wallet = await world.wallet()
    sealed = seal(world.clock.now(), agency=world.agencies["agency-0"])
    assert (await wallet.put(sealed, auth=digest("x"))).json()["where"] == ["auth"]
    assert (await wallet.put(sealed, passcode=digest("x"))).json()["where"] == ["passcode"]
    assert (await wallet.put(sealed, keybox=b64u(bytes(111)))).status_code == 422
    assert (await wallet.put(sealed)).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"policy": 1},
        {"policy": "x" * (16 * 1024 + 1)},
        {"terms": "with space"},
        {"terms": "x" * 96_001},
        {"keybox": "x" * 2_049},
        {"record": "x" * (32 * 1024 + 1)},
        {"slots": {}},
        {"slots": {"short": "x"}},
        {"slots": {b64u(bytes([0, at]) + bytes(14)): "x" for at in range(256)} | {b64u(b"\1" * 16): "x"}},
        {"slots": {b64u(bytes(16)): "x" * 92_001}},
        {"slots": {b64u(bytes(16)): 'x","y":"'}},
        {"auth": "x"},
        {"files": [{"ref": b64u(bytes(16))}]},
        {
            "files": [
                {"ref": b64u(at.to_bytes(16, "big")), "attachment": b64u(bytes(16)), "version": 1} for at in range(257)
            ]
        },
        {"more": 1},
    ],
)
async def test_shapes_and_limits(world: World, change: dict[str, Any]) -> None:
    wallet = await world.wallet()
    answer = await wallet.put(seal(world.clock.now()), **change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert wallet.kinds() == []


async def test_a_body_that_is_too_large(world: World) -> None:
    wallet = await world.wallet()
    answer = await wallet.put(seal(world.clock.now()), policy="x" * (4 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@both
@pytest.mark.parametrize(
    "how", ["exp", "opens", "slots", "recipient", "auth", "passcode", "signer", "terms", "policy bytes"]
)
async def test_nothing_is_widened_by_publishing_again(world: World, how: str) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1)
    second = sealed.again()
    if how in ("auth", "passcode"):
        body = {**second.body, "auth": digest("other")}
        if how == "passcode":
            body = {**second.body, "passcode": digest("x")}
    elif how == "signer":
        second.key = Ed25519PrivateKey.generate()
        _seal(second, sealed.body["auth"], None, [])
        body = second.body
    elif how == "slots":
        second.values[secrets.token_bytes(16)] = "one more"
        second.policy = g.make_policy(replace(g.parse_policy(sealed.policy), slots=tuple(second.values)))
        _seal(second, sealed.body["auth"], None, [])
        body = second.body
    elif how == "recipient":
        second.policy = g.make_policy(replace(g.parse_policy(sealed.policy), tag=secrets.token_bytes(32)))
        second.agency = world.agencies["agency-0"]
        _seal(second, None, None, [])
        body = second.body
    elif how == "policy bytes":
        second.policy = sealed.policy.replace(":1,", ": 1,", 1)
        _seal(second, sealed.body["auth"], None, [])
        body = second.body
    else:
        changes: dict[str, dict[str, Any]] = {
            "exp": {"exp": world.clock.now() + 8 * DAY},
            "opens": {"opens": 2},
            "terms": {"terms": bytes(32)},
        }
        body = _resign(second, **changes[how])
    answer = await wallet.call("PUT", f"/v1/grants/{sealed.id}", body)
    expected = (422, "grant-invalid") if how == "passcode" else (409, "grant-fixed")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert (await wallet.listed(sealed))["version"] == 1
    assert (await world.open(sealed)).json()["version"] == 1


@both
async def test_versions_follow_one_another(world: World) -> None:
    wallet = await world.wallet()
    first = seal(world.clock.now())
    for number in (2, 5):
        answer = await wallet.put(first.again(number))
        assert (answer.status_code, answer.json()["code"], answer.json()["version"]) == (409, "grant-stale", 0)
    assert (await wallet.put(first)).status_code == 201
    assert (await wallet.put(first.again(3))).json()["version"] == 1
    assert (await wallet.put(first.again(1))).json()["code"] == "grant-stale"  # the same number, other bytes
    assert (await wallet.put(first.again(2))).status_code == 200
    assert (await wallet.put(first)).json()["code"] == "grant-stale"  # a roll-back


@both
async def test_an_ended_grant_is_not_published_again(world: World) -> None:
    wallet = await world.wallet()
    sealed, short = await wallet.share(), await wallet.share(life=10)
    await wallet.end(sealed)
    world.clock.advance(10)
    assert (await wallet.put(sealed)).json()["code"] == "grant-ended"
    assert (await wallet.put(sealed.again())).json()["code"] == "grant-ended"
    assert (await wallet.put(short.again())).status_code in (410, 422)
    assert (await world.open(sealed)).json()["code"] == "grant-withdrawn"


@both
async def test_an_id_belongs_to_one_wallet(world: World) -> None:
    wallet, thief = await world.wallet(), await world.wallet()
    sealed = await wallet.share()
    answer = await thief.put(sealed)
    assert (answer.status_code, answer.json()["code"]) == (409, "grant-id-taken")
    assert (await thief.call("GET", "/v1/grants")).json() == {"grants": []}
    assert (await thief.end(sealed)).json() == {"ended": [], "receipts": []}
    sealed.read((await world.open(sealed)).json(), world.clock.now())
    racers = [await world.wallet() for _ in range(8)]
    fresh = seal(world.clock.now())
    answers = await asyncio.gather(*[one.put(fresh) for one in racers])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_as_many_grants_as_the_server_allows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = await world.wallet()
    object.__setattr__(world.ctx, "config", replace(world.ctx.config, wallet_open_grants=2))
    first, _ = await wallet.share(), await wallet.share()
    answer = await wallet.put(seal(world.clock.now()))
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "too-many-grants", 2)
    assert (await wallet.put(first.again())).status_code == 200
    await wallet.end(first)
    assert (await wallet.put(seal(world.clock.now()))).status_code == 201


@both
async def test_no_more_than_the_server_allows_at_once(world: World) -> None:
    wallet = await world.wallet()
    object.__setattr__(world.ctx, "config", replace(world.ctx.config, wallet_open_grants=2))
    made = [seal(world.clock.now()) for _ in range(8)]
    answers = await asyncio.gather(*[wallet.put(one) for one in made])
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 6
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too-many-grants"}
    assert world.count("grants") == 2


@both
async def test_first_versions_of_one_id_at_once(world: World) -> None:
    """The same sent twice is one grant; another one under its id is refused."""
    wallet = await world.wallet()
    sealed = seal(world.clock.now())
    answers = await asyncio.gather(*[wallet.put(sealed) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert wallet.kinds().count("grant-created") == 1
    other = seal(world.clock.now())
    changed = replace(other, body=_resign(other, exp=world.clock.now() + DAY))
    answers = await asyncio.gather(*[wallet.put(one) for one in (other, changed) * 3])
    codes = sorted(answer.json().get("code", str(answer.status_code)) for answer in answers)
    assert codes == ["200", "200", "201"] + ["grant-fixed"] * 3


async def test_only_the_holders_device_publishes(world: World) -> None:
    wallet = await world.wallet()
    sealed = seal(world.clock.now())
    path = f"/v1/grants/{sealed.id}"
    key = Ed25519PrivateKey.generate()
    for attempt in (
        world.call("PUT", path, sealed.body),
        world.call("PUT", path, sealed.body, key=wallet.device),
        world.call("PUT", path, sealed.body, key=key, token=wallet.token),
        world.call("PUT", path, sealed.body, key=wallet.device, token="mst_" + b64u(bytes(32))),
        world.call("POST", "/v1/grants/end", {"ids": [sealed.id]}, key=key, token=wallet.token),
        world.call("GET", "/v1/grants", key=key, token=wallet.token),
    ):
        assert (await attempt).status_code == 401
    assert world.count("grants") == world.count("grant_routes") == 0
    assert (await wallet.call("PUT", "/v1/grants/x", sealed.body)).status_code == 404


async def test_a_suspended_wallet_shares_nothing_new(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    await world.ctx.db.write(lambda tx: tx.run("UPDATE wallets SET suspended = 1"))
    assert (await wallet.put(seal(world.clock.now()))).json()["code"] == "wallet-suspended"
    assert (await wallet.put(sealed.again())).json()["code"] == "wallet-suspended"
    assert (await wallet.end(sealed)).json()["ended"] == [sealed.id]  # ending is always possible


async def _file(wallet: Any, size: int = 500) -> dict[str, Any]:
    attachment, version = await wallet.attach(secrets.token_bytes(size))
    return {"ref": b64u(secrets.token_bytes(16)), "attachment": b64u(attachment), "version": version}


def _refs(world: World) -> list[int]:
    return [row[0] for row in world.ctx.db.read_now(lambda tx: tx.all("SELECT refs FROM wallet_blobs ORDER BY refs"))]


@both
async def test_references_are_counted_and_given_back(world: World) -> None:
    wallet = await world.wallet()
    one, two = await _file(wallet), await _file(wallet)
    first = seal(world.clock.now(), files=[one])
    assert (await wallet.put(first)).status_code == 201
    assert (await wallet.put(first)).status_code == 200  # a repetition counts nothing
    assert _refs(world) == [1, 2]
    second = first.again(files=[one, two])
    assert (await wallet.put(second)).status_code == 200
    assert _refs(world) == [2, 2]
    third = second.again(files=[{**two, "ref": one["ref"]}])  # the same ref, another attachment
    assert (await wallet.put(third)).status_code == 200
    assert _refs(world) == [1, 2]
    assert (await wallet.put(third.again(files=[]))).status_code == 200
    assert _refs(world) == [1, 1]


async def test_a_file_that_is_not_there_or_another_wallets(world: World) -> None:
    wallet, other = await world.wallet(), await world.wallet()
    foreign = await _file(other)
    missing = {"ref": b64u(bytes(16)), "attachment": b64u(bytes(16)), "version": 1}
    for files in ([missing], [foreign], [{**(await _file(wallet)), "version": 2}]):
        answer = await wallet.put(seal(world.clock.now(), files=files))
        assert answer.json()["code"] == "attachment-missing"
    assert world.count("grants") == 0
    assert wallet.kinds().count("grant-created") == 0
    # a routing row may be left by the attempts; a job removes it
    world.clock.advance(3601)
    world.run_jobs()
    assert world.count("grant_routes") == 0
