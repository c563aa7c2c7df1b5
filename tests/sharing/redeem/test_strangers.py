"""Whoever proves nothing learns nothing: one answer, the same statements, and a count instead of an entry."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats.encoding import b64u

from kit.clock import DAY
from kit.sqlite import SqliteTx
from sharing.grant.fsck import fsck
from tests.sharing.grant.world import Sealed, World, both, new_lease, seal

pytestmark = pytest.mark.anyio

KEY = Ed25519PrivateKey.generate()


async def _cases(world: World) -> dict[str, Sealed]:
    """Grants in every state that a stranger must not tell apart. Nobody below has the right auth."""
    wallet = await world.wallet()
    now = world.clock.now()
    cases = {
        "unknown": seal(now),
        "active": await wallet.share(opens=5),
        "agency's": await wallet.share(agency=world.agencies["agency-0"]),
        "with passcode": await wallet.share(passcode="123456"),
        "withdrawn": await wallet.share(),
        "used up": await wallet.share(opens=1),
        "expired": await wallet.share(life=60),
        "not begun": await wallet.share(nbf=now + DAY),
        "suspended": await wallet.share(),
    }
    await wallet.end(cases["withdrawn"])
    assert (await world.open(cases["used up"])).status_code == 200
    world.ctx.db.write_now(
        lambda tx: tx.run("UPDATE grants SET suspended = 1 WHERE grant_id = :g", g=cases["suspended"].locator.grant)
    )
    world.clock.advance(60)
    return cases


def _ask(world: World, sealed: Sealed, what: str, proof: dict[str, str]) -> Awaitable[httpx2.Response]:
    body: dict[str, Any] = dict(proof)
    if what != "peek":
        body["lease"] = new_lease()
    path = what
    if what == "files":
        body["slot"] = sealed.slots[0]
        path = f"files/{b64u(secrets.token_bytes(16))}"
    if "r" in proof:
        return world.redeem(sealed, path, body, agency=world.agencies["agency-1"])
    return world.call("POST", f"/v1/grants/{sealed.id}/{path}", body, key=KEY)


@both
@pytest.mark.parametrize("what", ["peek", "open", "files"])
@pytest.mark.parametrize("kind", ["auth", "r"])
async def test_every_stranger_gets_the_same_bytes(world: World, what: str, kind: str) -> None:
    cases = await _cases(world)
    answers = {}
    for name, sealed in cases.items():
        proof = {kind: b64u(secrets.token_bytes(32 if kind == "auth" else 16))}
        # agency-1 is no stranger to r: a foreign agency that has seen the QR code of agency-0's grant
        if name == "agency's" and kind == "r":
            proof = {"r": b64u(sealed.locator.recipient)}
        answer = await _ask(world, sealed, what, proof)
        answers[name] = (answer.status_code, sorted(answer.headers.items()), answer.content)
    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    assert answers["unknown"][0] == 404


@pytest.mark.parametrize("what", ["peek", "open", "files"])
async def test_every_stranger_causes_the_same_statements(
    world: World, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = await _cases(world)
    seen: list[str] = []
    original: Callable[..., Any] = SqliteTx._execute

    def watched(self: SqliteTx, sql: str, params: Any) -> Any:
        seen.append(sql)
        return original(self, sql, params)

    for sealed in cases.values():  # the decoys are planted, the hour's counters are there
        await _ask(world, sealed, what, {"auth": b64u(secrets.token_bytes(32))})
    monkeypatch.setattr(SqliteTx, "_execute", watched)
    ways = {}
    for name, sealed in cases.items():
        seen.clear()
        await _ask(world, sealed, what, {"auth": b64u(secrets.token_bytes(32))})
        ways[name] = tuple(seen)
    assert len(set(ways.values())) == 1, ways
    assert len(ways["unknown"]) == 3


async def test_strangers_are_counted_for_the_wallet_and_spend_nothing(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(opens=1, passcode="123456")
    for what in ("peek", "open", "files"):
        for _ in range(4):
            await _ask(world, sealed, what, {"auth": b64u(secrets.token_bytes(32))})
    rows = world.ctx.db.read_now(
        lambda tx: tx.all("SELECT refusals FROM log_refusals WHERE wallet_id = :w", w=wallet.id)
    )
    assert sum(row[0] for row in rows) == 12
    assert wallet.kinds() == ["grant-created"]
    state = await wallet.listed(sealed)
    assert (state["opens_used"], state["tries_left"], state["peeks"]) == (0, 5, 0)


async def test_an_id_that_is_no_id_is_an_unknown_one(world: World) -> None:
    body = {"auth": b64u(bytes(32)), "lease": new_lease()}
    answers = [
        await world.call("POST", f"/v1/grants/{id_}/open", body, key=KEY)
        for id_ in (b64u(bytes(16)), "A" * 21 + "B", "x", "A" * 1000)
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


async def test_auth_opens_no_agency_grant_and_r_opens_no_link(world: World) -> None:
    wallet = await world.wallet()
    agency = world.agencies["agency-0"]
    for_agency, link = await wallet.share(agency=agency), await wallet.share()
    lease = new_lease()
    path = f"/v1/grants/{for_agency.id}/open"
    body = {"auth": b64u(for_agency.locator.auth), "lease": lease}
    assert (await world.call("POST", path, body, key=KEY)).status_code == 404
    token = world.agency_token(agency)  # has no place beside auth
    assert (await world.call("POST", path, body, key=agency.login, token=token)).status_code == 401
    by_r = await world.redeem(link, "open", {"r": b64u(link.locator.recipient), "lease": lease}, agency=agency)
    assert by_r.status_code == 404


async def test_an_agency_needs_its_token_and_its_own_key(world: World) -> None:
    wallet = await world.wallet()
    ours, other = world.agencies["agency-0"], world.agencies["agency-1"]
    sealed = await wallet.share(agency=ours)
    path = f"/v1/grants/{sealed.id}/open"
    body = {**sealed.prove(), "lease": new_lease()}
    assert (await world.call("POST", path, body, key=ours.login)).status_code == 401  # no token
    theirs = world.agency_token(other)
    assert (await world.call("POST", path, body, key=ours.login, token=theirs)).status_code == 401
    assert (await world.call("POST", path, body, key=other.login, token=theirs)).status_code == 404
    assert (await world.call("POST", path, body, key=ours.login, token=world.agency_token(ours))).status_code == 200


async def test_the_auth_of_one_grant_opens_no_other(world: World) -> None:
    wallet = await world.wallet()
    sealed, other = await wallet.share(), await wallet.share()
    body = {**other.prove(), "lease": new_lease()}
    assert (await world.redeem(sealed, "open", body, key=KEY)).status_code == 404


async def test_decoys_are_no_grants(world: World) -> None:
    """Not for the holder, not for the sweeps, not for fsck."""
    for _ in range(20):
        await _ask(world, seal(world.clock.now()), "open", {"auth": b64u(secrets.token_bytes(32))})
    await (await world.wallet()).share()
    world.clock.advance(366 * DAY)
    world.run_jobs()
    assert list(fsck(world.ctx.db)) == []
    assert world.count("grants") == 1
