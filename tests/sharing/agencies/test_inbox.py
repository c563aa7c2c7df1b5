"""Notices: they reach the agency, they leave no trace of the wallet, and nobody can flood with them."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from mappe.formats.request import Notice, open_notice, seal_notice

from kit.clock import DAY, HOUR
from sharing.agencies import service
from tests.sharing.office import Office, both_databases

pytestmark = pytest.mark.anyio
PATH = "/v1/agencies/youth-office/notices"


def sealed(office: Office) -> str:
    notice = Notice(secrets.token_bytes(32), None, None, secrets.token_bytes(16), office.clock.now())
    return seal_notice(office.agency.seal.public_key().public_bytes_raw(), notice)


async def inbox(office: Office, after: int = 0) -> list[dict[str, object]]:
    path = "/v1/agency/inbox"
    token = await office.token()
    # the query is no part of htu
    from mappe.formats import dpop

    proof = dpop.make(office.agency.login, "GET", office.world.origin + path, token=token, now=office.clock.now())
    headers = {"authorization": f"DPoP {token}", "dpop": proof}
    answer = await office.world.http.get(f"{path}?after={after}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["notices"]
    return found


@both_databases
async def test_a_notice_reaches_its_agency_and_goes_when_it_is_done(office: Office) -> None:
    wallet = await office.world.wallet()
    texts = [sealed(office) for _ in range(3)]
    for text in texts:
        assert (await wallet.call("POST", PATH, {"notice": text})).status_code == 204
    found = await inbox(office)
    assert [one["notice"] for one in found] == texts
    open_notice(office.agency.seal, None, str(found[0]["notice"]))
    assert [one["notice"] for one in await inbox(office, after=int(str(found[0]["id"])))] == texts[1:]
    for _ in range(2):  # done twice is no error
        assert (await office.call("POST", f"/v1/agency/inbox/{found[0]['id']}/done", {})).status_code == 204
    assert [one["notice"] for one in await inbox(office)] == texts[1:]


async def test_no_row_names_the_wallet_beside_the_agency(office: Office) -> None:
    wallet = await office.world.wallet()
    await wallet.call("POST", PATH, {"notice": sealed(office)})
    for table, rows in office.rows().items():
        for row in rows:
            joined = any(value == wallet.id for value in row) and any("office" in str(value) for value in row)
            assert not joined, table
    assert wallet.kinds() == []


async def test_another_agency_sees_and_ends_nothing(office: Office) -> None:
    wallet = await office.world.wallet()
    await wallet.call("POST", PATH, {"notice": sealed(office)})
    number = (await inbox(office))[0]["id"]
    other = office.agencies[1]
    assert (await office.call("GET", "/v1/agency/inbox", agency=other)).json() == {"notices": []}
    await office.call("POST", f"/v1/agency/inbox/{number}/done", {}, agency=other)
    assert len(await inbox(office)) == 1


async def test_the_same_notice_waits_once(office: Office) -> None:
    wallet = await office.world.wallet()
    text = sealed(office)
    for _ in range(3):
        assert (await wallet.call("POST", PATH, {"notice": text})).status_code == 204
    assert len(await inbox(office)) == 1


@both_databases
async def test_a_wallet_sends_so_many_in_an_hour_and_not_one_more(office: Office) -> None:
    wallet, other = await office.world.wallet(), await office.world.wallet()
    answers = await asyncio.gather(
        *(wallet.call("POST", PATH, {"notice": sealed(office)}) for _ in range(service.NOTICES_AN_HOUR + 10))
    )
    assert [a.status_code for a in answers].count(204) == service.NOTICES_AN_HOUR
    assert {a.json()["code"] for a in answers if a.status_code != 204} == {"notices-used-up"}
    assert (await other.call("POST", PATH, {"notice": sealed(office)})).status_code == 204
    office.clock.advance(HOUR)
    assert (await wallet.call("POST", PATH, {"notice": sealed(office)})).status_code == 204


async def test_a_full_inbox_takes_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "NOTICES_WAITING", 2)
    wallet = await office.world.wallet()
    codes = [(await wallet.call("POST", PATH, {"notice": sealed(office)})).status_code for _ in range(3)]
    assert codes == [204, 204, 429]
    number = (await inbox(office))[0]["id"]
    await office.call("POST", f"/v1/agency/inbox/{number}/done", {})
    assert (await wallet.call("POST", PATH, {"notice": sealed(office)})).status_code == 204


async def test_unknown_and_suspended_agencies_take_nothing(office: Office) -> None:
    wallet = await office.world.wallet()
    text = sealed(office)
    office.change(office.agency, lambda entry: entry.update(status="suspended"))
    answers = [
        await wallet.call("POST", f"/v1/agencies/{agency}/notices", {"notice": text})
        for agency in ("youth-office", "nobody-office", "NOBODY", "x")
    ]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    assert not office.rows()["agency_notice"]


@pytest.mark.parametrize("notice", ["", "short", "x" * 9000, "not base64url!" * 10, 7, None])
async def test_what_is_no_notice_is_refused(office: Office, notice: object) -> None:
    wallet = await office.world.wallet()
    assert (await wallet.call("POST", PATH, {"notice": notice})).status_code == 422


async def test_only_holders_send_and_only_agencies_read(office: Office) -> None:
    assert (await office.world.call("POST", PATH, {"notice": sealed(office)})).status_code == 401
    assert (await office.call("POST", PATH, {"notice": sealed(office)})).status_code == 401
    wallet = await office.world.wallet()
    assert (await wallet.call("GET", "/v1/agency/inbox")).status_code == 401


@pytest.mark.parametrize("number", ["0", "-1", "x", "1e3", "9" * 30, "١"])
async def test_a_number_that_is_none_ends_nothing(office: Office, number: str) -> None:
    wallet = await office.world.wallet()
    await wallet.call("POST", PATH, {"notice": sealed(office)})
    answer = await office.call("POST", f"/v1/agency/inbox/{number}/done", {})
    assert answer.status_code in (204, 401, 404)  # a path that is not ASCII is not what the proof signed
    assert len(await inbox(office)) == 1


@both_databases
async def test_notices_and_counters_run_out(office: Office) -> None:
    wallet = await office.world.wallet()
    await wallet.call("POST", PATH, {"notice": sealed(office)})
    office.clock.advance(service.NOTICE_SECONDS - 30 * DAY + 29 * DAY)
    await office.run_jobs()
    assert len(office.rows()["agency_notice"]) == 1
    assert not office.rows()["notice_quota"]
    office.clock.advance(DAY)
    await office.run_jobs()
    assert not office.rows()["agency_notice"]
    assert [row[2] for row in office.rows()["agency_inbox"]] == [0]


async def test_deleting_a_wallet_takes_its_counters(office: Office) -> None:
    wallet = await office.world.wallet()
    await wallet.call("POST", PATH, {"notice": sealed(office)})
    office.ctx.db.write_now(lambda tx: service.erase_wallet(tx, wallet.id))
    assert not office.rows()["notice_quota"]
