"""A locator that reaches the server in a path closes its grant."""

from __future__ import annotations

import secrets

import pytest
from mappe.formats.encoding import b64u

from tests.sharing.grant.world import World, both

pytestmark = pytest.mark.anyio


@both
@pytest.mark.parametrize(
    ("letter", "between", "method"),
    [
        ("g", "%23", "GET"),
        ("g", "/%23", "GET"),
        ("g", "%2523", "GET"),
        ("g", "/", "HEAD"),
        ("g", "", "POST"),
        ("a", "%23", "GET"),
    ],
)
async def test_the_grant_ends(world: World, letter: str, between: str, method: str) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(agency=world.agencies["agency-0"] if letter == "a" else None)
    other = await wallet.share()
    answer = await world.call(method, f"/{letter}{between}{b64u(sealed.locator.secret)}")
    assert answer.status_code == 404
    assert (await wallet.listed(sealed))["reason"] == "link-leaked"
    assert (await wallet.listed(other))["state"] == "active"
    event = wallet.events()[-1]
    assert (event["kind"], event["grant"], event["detail"]) == ("grant-ended", sealed.id, {"reason": "link-leaked"})
    assert b64u(sealed.locator.secret) not in str(wallet.events())
    assert (await world.open(sealed)).json()["code"] == "grant-withdrawn"


async def test_one_page_for_all(world: World) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    path = f"/g%23{b64u(sealed.locator.secret)}"
    answers = [
        await world.call("GET", path),
        await world.call("GET", path),  # ended by now
        await world.call("GET", f"/g%23{b64u(secrets.token_bytes(32))}"),
        await world.call("GET", f"/g%23{'_' * 43}"),  # not canonical: no locator at all
        await world.call("GET", f"{path}/and/more"),
    ]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert answers[0].headers["cache-control"] == "no-store"
    assert answers[0].headers["referrer-policy"] == "no-referrer"
    assert b64u(sealed.locator.secret) not in answers[0].text
    assert wallet.kinds() == ["grant-created", "grant-ended"]


@pytest.mark.parametrize("path", ["/g/{id}", "/x%23{secret}", "/v1/{secret}", "/assets/{secret}.js", "/g?{secret}"])
async def test_other_paths_end_nothing(world: World, path: str) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    await world.call("GET", path.format(id=sealed.id, secret=b64u(sealed.locator.secret)))
    assert (await wallet.listed(sealed))["state"] == "active"


async def test_the_technical_log_does_not_hold_it(world: World, caplog: pytest.LogCaptureFixture) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    with caplog.at_level("DEBUG"):
        await world.call("GET", f"/g%23{b64u(sealed.locator.secret)}")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert b64u(sealed.locator.secret) not in "".join(ours)
