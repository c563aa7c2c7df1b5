"""Requests: sealed on the way in, answered by capability, handed out against digits, gone when they are over."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from mappe.formats.encoding import b64u, digest
from mappe.formats.locator import RequestLocator
from mappe.formats.request import Notice, digits_hash, open_notice, seal_notice

from kit.clock import DAY, HOUR
from sharing.agencies.registry import RegistryInForce
from sharing.request import rules, service
from tests.sharing.grant.world import Agency
from tests.sharing.office import Office, both_databases

pytestmark = pytest.mark.anyio


@dataclass
class Asked:
    """A request as its agency made it."""

    office: Office
    mode: str = "desk"
    life: int = 120
    digits: bool | None = None
    locator: RequestLocator = field(default_factory=lambda: RequestLocator.of(secrets.token_bytes(32)))
    typed: str = "041852"

    @property
    def path(self) -> str:
        return f"/v1/requests/{b64u(self.locator.request)}"

    @property
    def agency_path(self) -> str:
        return f"/v1/agency/requests/{b64u(self.locator.request)}"

    @property
    def uses_digits(self) -> bool:
        return self.mode == "desk" if self.digits is None else self.digits

    def body(self, **changes: Any) -> dict[str, Any]:
        body = {
            "request": b64u(self.locator.request),
            "auth": digest(self.locator.auth),
            "box": "sealed." * 20,
            "mode": self.mode,
            "exp": self.office.clock.now() + self.life,
            "digits": self.uses_digits,
        }
        return {**body, **changes}

    async def create(self, agency: Agency | None = None, **changes: Any) -> httpx2.Response:
        return await self.office.call("POST", "/v1/agency/requests", self.body(**changes), agency=agency)

    async def fetch(self, auth: bytes | None = None) -> httpx2.Response:
        return await self.office.world.call("POST", f"{self.path}/fetch", {"auth": b64u(auth or self.locator.auth)})

    def notice(self) -> str:
        notice = Notice(
            secrets.token_bytes(32), self.locator.request, secrets.token_bytes(16), secrets.token_bytes(16), 1
        )
        return seal_notice(self.office.agency.seal.public_key().public_bytes_raw(), notice)

    def reply(self, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"auth": b64u(self.locator.auth), "notice": self.notice()}
        if self.uses_digits:
            salt = secrets.token_bytes(16)
            body |= {"salt": b64u(salt), "digits": b64u(digits_hash(salt, self.typed))}
        return {**body, **changes}

    async def answer(self, body: dict[str, Any] | None = None) -> httpx2.Response:
        return await self.office.world.call("POST", f"{self.path}/answer", body or self.reply())

    async def collect(self, *, agency: Agency | None = None, token: str | None = None, **body: Any) -> httpx2.Response:
        return await self.office.call("POST", f"{self.agency_path}/collect", body, agency=agency, token=token)

    async def state(self, agency: Agency | None = None) -> dict[str, Any]:
        answer = await self.office.call("GET", self.agency_path, agency=agency)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def ask(office: Office, *args: Any, **options: Any) -> Asked:
    asked = Asked(office, *args, **options)
    answer = await asked.create()
    assert answer.status_code == 201, answer.text
    return asked


def code(answer: httpx2.Response) -> str:
    return str(answer.json()["code"])


@both_databases
async def test_a_desk_request_from_counter_to_clerk(office: Office) -> None:
    asked = await ask(office)
    assert await asked.state() == {"state": "open", "answers": 0}
    got = await asked.fetch()
    assert got.json() == {"box": asked.body()["box"], "exp": office.clock.now() + 120}
    assert await asked.state() == {"state": "open", "answers": 0}  # that it was seen is nobody's business
    assert (await asked.collect()).json() == {"notices": [], "more": False}
    reply = asked.reply()
    assert (await asked.answer(reply)).status_code == 204
    assert await asked.state() == {"state": "answered", "answers": 1}
    assert code(await asked.collect()) == "digits-required"
    found = (await asked.collect(digits="041852")).json()["notices"]
    assert [one["notice"] for one in found] == [reply["notice"]]
    open_notice(office.agency.seal, asked.locator.request, found[0]["notice"])
    again = await asked.collect(digits="041852")  # the answer got lost on its way: it is still there
    assert again.json()["notices"] == found
    assert (await asked.collect(digits="041852", done=[found[0]["id"]])).json()["notices"] == []
    assert not office.rows()["request_answers"]


async def test_no_row_leads_to_a_wallet(office: Office) -> None:
    await office.world.wallet()
    asked = await ask(office)
    await asked.answer()
    for table in ("request_boxes", "request_answers", "request_quota"):
        from app.tables import metadata

        assert "wallet_id" not in metadata().tables[table].columns


async def test_a_desk_request_is_over_after_two_minutes(office: Office) -> None:
    asked = await ask(office)
    late = asked.reply()
    office.clock.advance(119)
    assert (await asked.fetch()).status_code == 200
    office.clock.advance(1)
    for answer in (await asked.fetch(), await asked.answer(late)):
        assert (answer.status_code, code(answer)) == (410, "request-expired")
    assert await asked.state() == {"state": "expired", "answers": 0}
    assert (await asked.collect(digits="041852")).json()["notices"] == []


async def test_a_clock_that_is_ahead_does_not_lengthen_a_desk_request(office: Office) -> None:
    asked = Asked(office)
    answer = await asked.create(exp=office.clock.now() + 180)
    assert answer.json() == {"exp": office.clock.now() + 120}
    office.clock.advance(120)
    assert code(await asked.fetch()) == "request-expired"


@both_databases
async def test_a_second_answer_is_refused_and_the_first_one_stays(office: Office) -> None:
    asked = await ask(office)
    replies = [asked.reply() for _ in range(8)]
    answers = await asyncio.gather(*(asked.answer(reply) for reply in replies))
    assert [answer.status_code for answer in answers].count(204) == 1
    assert {code(answer) for answer in answers if answer.status_code != 204} == {"request-answered"}
    kept = replies[[answer.status_code for answer in answers].index(204)]
    found = (await asked.collect(digits="041852")).json()["notices"]
    assert [one["notice"] for one in found] == [kept["notice"]]
    assert code(await asked.fetch()) == "request-answered"


async def test_the_same_answer_again_is_the_same_answer(office: Office) -> None:
    asked = await ask(office)
    reply = asked.reply()
    assert [(await asked.answer(reply)).status_code for _ in range(3)] == [204] * 3
    assert (await asked.state())["answers"] == 1
    office.clock.advance(200)
    assert (await asked.answer(reply)).status_code == 204


@both_databases
async def test_five_wrong_digits_in_parallel_are_five_and_then_it_is_gone(office: Office) -> None:
    asked, other = await ask(office), await ask(office)
    await asked.answer()
    await other.answer()
    token = await office.token()
    guesses = [f"{number:06d}" for number in range(40)]
    answers = await asyncio.gather(*(asked.collect(digits=guess, token=token) for guess in guesses))
    wrong = [answer for answer in answers if code(answer) == "digits-wrong"]
    assert sorted(answer.json()["tries_left"] for answer in wrong) == [0, 1, 2, 3, 4]
    assert {(a.status_code, code(a)) for a in answers if a not in wrong} == {(410, "answer-erased")}
    assert code(await asked.collect(digits="041852")) == "answer-erased"
    assert (await asked.state()) == {"state": "expired", "answers": 0}
    assert code(await asked.answer()) == "request-expired"
    assert len((await other.collect(digits="041852")).json()["notices"]) == 1  # the other counter is unharmed
    assert len(office.rows()["request_answers"]) == 1


async def test_right_digits_cost_nothing(office: Office) -> None:
    asked = await ask(office)
    await asked.answer()
    for wrong in ("000000", "000001", "000002", "000003"):
        assert (await asked.collect(digits=wrong)).json()["tries_left"] >= 1
    for _ in range(7):
        assert (await asked.collect(digits="041852")).status_code == 200
    assert (await asked.collect(digits="000004")).json()["tries_left"] == 0


@pytest.mark.parametrize("digits", ["04185", "0418520", "04185a", "٠٤١٨٥٢", "", 41852, [], "041852\n"])
async def test_what_is_no_digits_costs_no_try(office: Office, digits: object) -> None:
    asked = await ask(office)
    await asked.answer()
    assert (await asked.collect(digits=digits)).status_code == 422
    assert [row[6] for row in office.rows()["request_answers"]] == [0]


async def test_done_ids_without_the_digits_erase_nothing(office: Office) -> None:
    asked = await ask(office)
    await asked.answer()
    assert (await asked.collect(done=[1])).status_code == 403
    assert (await asked.collect(digits="000000", done=[1])).status_code == 403
    assert len(office.rows()["request_answers"]) == 1


async def test_unknown_and_wrong_capability_are_one_answer(office: Office) -> None:
    asked = await ask(office)
    unknown = Asked(office)
    wrong = secrets.token_bytes(32)
    malformed = "/v1/requests/xx"
    answers = [
        await asked.fetch(wrong),
        await unknown.fetch(),
        await office.world.call("POST", f"{malformed}/fetch", {"auth": b64u(wrong)}),
        await asked.answer(asked.reply(auth=b64u(wrong))),
        await unknown.answer(),
        await office.world.call("POST", f"{malformed}/answer", asked.reply()),
    ]
    assert {(a.status_code, a.content, str(dict(a.headers))) for a in answers} == {
        (404, answers[0].content, str(dict(answers[0].headers)))
    }
    office.clock.advance(200)
    assert (await asked.fetch(wrong)).content == answers[0].content
    assert not office.rows()["request_answers"]


async def test_an_expired_registry_tells_strangers_nothing(office: Office) -> None:
    asked = await ask(office, "poster", 100 * DAY)
    office.clock.advance(46 * DAY)
    assert (await asked.fetch(secrets.token_bytes(32))).status_code == 404
    assert code(await asked.fetch()) == "registry-unavailable"


async def test_a_suspended_agency_asks_nobody_any_more(office: Office) -> None:
    asked = await ask(office, "link", DAY)
    office.change(office.agency, lambda entry: entry.update(status="suspended"))
    assert code(await asked.fetch()) == "request-expired"
    assert code(await asked.answer()) == "request-expired"
    assert not office.rows()["request_answers"]


async def test_an_agency_sees_only_its_own_requests(office: Office) -> None:
    asked = await ask(office)
    await asked.answer()
    other = office.agencies[1]
    unknown = await office.call("GET", Asked(office).agency_path)
    for answer in (
        await office.call("GET", asked.agency_path, agency=other),
        await asked.collect(agency=other, digits="041852"),
        await asked.collect(agency=other, digits="000000", done=[1]),
    ):
        assert (answer.status_code, answer.content) == (404, unknown.content)
    assert [row[6] for row in office.rows()["request_answers"]] == [0]


async def test_a_poster_takes_many_answers_and_hands_them_out_in_pages(office: Office) -> None:
    asked = await ask(office, "poster", 366 * DAY)
    replies = [asked.reply() for _ in range(service.NOTICES_A_PAGE + 5)]
    for reply in replies:
        assert (await asked.answer(reply)).status_code == 204
    assert await asked.state() == {"state": "open", "answers": len(replies)}
    first = (await asked.collect()).json()
    assert (len(first["notices"]), first["more"]) == (service.NOTICES_A_PAGE, True)
    rest = (await asked.collect(done=[one["id"] for one in first["notices"]])).json()
    assert (len(rest["notices"]), rest["more"]) == (5, False)
    assert [one["notice"] for one in first["notices"] + rest["notices"]] == [reply["notice"] for reply in replies]
    assert (await asked.fetch()).status_code == 200


@both_databases
async def test_a_poster_is_not_a_heap(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ANSWERS_WAITING", 2)
    asked = await ask(office, "poster", DAY)
    answers = await asyncio.gather(*(asked.answer() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204, 204, 429, 429, 429]


@both_databases
async def test_a_poster_is_not_filled_within_an_hour(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ANSWERS_AN_HOUR", 2)
    asked = await ask(office, "poster", DAY)
    replies = [asked.reply() for _ in range(5)]
    answers = await asyncio.gather(*(asked.answer(reply) for reply in replies))
    assert sorted(answer.status_code for answer in answers) == [204, 204, 429, 429, 429]
    refused = [(code(one), one.headers["Retry-After"]) for one in answers if one.status_code == 429]
    assert refused == [("request-busy", "3600")] * 3
    again = [await asked.answer(reply) for reply, one in zip(replies, answers, strict=True) if one.status_code == 204]
    assert [answer.status_code for answer in again] == [204, 204]  # the same answer is no other one
    office.clock.advance(HOUR)
    assert (await asked.answer()).status_code == 204


@pytest.mark.parametrize(
    ("mode", "life", "digits"),
    [
        ("desk", 181, True),
        ("desk", 120, False),
        ("desk", 0, True),
        ("desk", -5, True),
        ("poster", 367 * DAY, False),
        ("poster", DAY, True),
        ("link", 31 * DAY, False),
        ("api", 31 * DAY, False),
    ],
)
async def test_limits_that_the_server_sees(office: Office, mode: str, life: int, digits: bool) -> None:
    answer = await Asked(office, mode, life, digits).create()
    assert (answer.status_code, code(answer)) == (422, "request-limits")
    assert not office.rows()["request_boxes"]


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "everybody"},
        {"mode": None},
        {"digits": 1},
        {"exp": "soon"},
        {"exp": 1.5},
        {"box": "x" * 40_001},
        {"box": ""},
        {"box": "spaces in it" * 10},
        {"auth": "short"},
        {"request": "A" * 21 + "B"},
        {"fields": ["passport.number"]},
    ],
)
async def test_what_is_no_request_is_refused(office: Office, change: dict[str, Any]) -> None:
    answer = await Asked(office).create(**change)
    assert (answer.status_code, code(answer)) == (422, "invalid-request")
    assert not office.rows()["request_boxes"]


@pytest.mark.parametrize("change", [{"salt": None}, {"digits": None}, {"salt": None, "digits": None}])
async def test_digits_are_not_left_out(office: Office, change: dict[str, Any]) -> None:
    asked = await ask(office)
    assert (await asked.answer(asked.reply(**change))).status_code == 422
    assert (await asked.answer()).status_code == 204


async def test_digits_are_not_added(office: Office) -> None:
    asked = await ask(office, "link", DAY)
    reply = asked.reply(salt=b64u(bytes(16)), digits=b64u(bytes(32)))
    assert (await asked.answer(reply)).status_code == 422


async def test_the_same_request_again_is_the_same_and_another_one_is_refused(office: Office) -> None:
    asked = await ask(office)
    assert (await asked.create()).status_code == 201
    assert code(await asked.create(auth=b64u(bytes(32)))) == "request-exists"
    assert code(await asked.create(agency=office.agencies[1])) == "request-exists"
    assert len(office.rows()["request_boxes"]) == 1


@both_databases
async def test_an_agency_makes_so_many_in_an_hour(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "REQUESTS_AN_HOUR", 3)
    answers = await asyncio.gather(*(Asked(office).create() for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 3
    assert (await Asked(office).create(agency=office.agencies[1])).status_code == 201
    office.clock.advance(HOUR)
    assert (await Asked(office).create()).status_code == 201


async def test_only_agencies_ask(office: Office) -> None:
    wallet = await office.world.wallet()
    assert (await wallet.call("POST", "/v1/agency/requests", Asked(office).body())).status_code == 401
    assert (await office.world.call("POST", "/v1/agency/requests", Asked(office).body())).status_code == 401


@both_databases
async def test_everything_is_erased_in_its_time(office: Office) -> None:
    desk, link = await ask(office), await ask(office, "link", DAY)
    poster = await ask(office, "poster", 40 * DAY)
    await desk.answer()
    await link.answer()
    await poster.answer()
    office.clock.advance(rules.DESK_SECONDS + rules.DESK_KEPT_SECONDS - 1)
    await office.run_jobs()
    assert len(office.rows()["request_boxes"]) == 3
    office.clock.advance(1)
    await office.run_jobs()
    assert {row[3] for row in office.rows()["request_boxes"]} == {link.body()["box"]}
    assert len(office.rows()["request_boxes"]) == 2
    assert len(office.rows()["request_answers"]) == 2
    assert (await desk.fetch()).status_code == 404
    office.clock.advance(30 * DAY)
    await office.run_jobs()
    assert len(office.rows()["request_boxes"]) == 2  # the link has ended a day later
    assert not office.rows()["request_answers"]  # an answer waits 30 days, for a poster too
    office.clock.advance(41 * DAY)
    await office.run_jobs()
    assert not office.rows()["request_boxes"]
    assert not office.rows()["request_quota"]


async def test_the_registry_is_asked_of_the_one_in_force(office: Office) -> None:
    asked = await ask(office, "link", DAY)
    office.ctx.get(RegistryInForce).forget_poll()
    assert (await asked.fetch()).status_code == 200
