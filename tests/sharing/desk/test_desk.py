"""A page without enrolment and a wallet: who meets whom, in which order, once, in time; and nothing stays."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats import desk
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.jwk import ed25519_thumbprint
from mappe.formats.labels import tagged_hash

from app.runner import Runner
from app.tables import metadata
from audit import chain
from kit.database import Tx
from kit.sqlite import SqliteTx
from sharing.desk import service
from tests.sharing.grant.world import Sealed, Wallet, World, both

pytestmark = pytest.mark.anyio


class Page:
    """A clerk's page: two keys, a nonce, a number."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key, self.private = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.jkt = ed25519_thumbprint(self.key.public_key().public_bytes_raw())
        self.code = desk.DeskCode(self.private.public_key().public_bytes_raw(), unb64u(self.jkt, 32))
        self.nonce = secrets.token_bytes(32)
        self.number = ""

    @property
    def id(self) -> str:
        return b64u(self.code.id)

    async def call(self, what: str, body: object = None, *, key: Any = None, id: str | None = None) -> httpx2.Response:
        path = f"/v1/desks/{id or self.id}/{what}" if what else "/v1/desks"
        return await self.world.call("POST", path, body or {}, key=key or self.key)

    async def begin(self) -> Page:
        answer = await self.call("", {"public": b64u(self.code.public)})
        assert answer.status_code == 201, answer.text
        self.number = answer.json()["number"]
        return self

    async def answer(self) -> httpx2.Response:
        return await self.call("wait", {"nonce": b64u(self.nonce)})


class Phone:
    """A wallet on its way to one page."""

    def __init__(self, wallet: Wallet, page: Page, sealed: Sealed) -> None:
        self.wallet, self.page, self.sealed = wallet, page, sealed
        signer = unb64u(ed25519_thumbprint(sealed.key.public_key().public_bytes_raw()), 32)
        self.opening = desk.Opening(signer, secrets.token_bytes(32))

    async def call(self, what: str, body: object) -> httpx2.Response:
        return await self.wallet.call("POST", f"/v1/desks/{self.page.id}/{what}", body)

    async def meet(self, **more: Any) -> httpx2.Response:
        return await self.call("meet", {"commit": b64u(self.opening.commit), **more})

    async def reveal(self, opening: desk.Opening | None = None) -> httpx2.Response:
        said = opening or self.opening
        return await self.meet(opening={"signer": b64u(said.signer), "nonce": b64u(said.nonce)})

    def compared(self) -> desk.Comparison:
        return desk.Comparison(self.page.code, self.page.nonce, self.opening)

    def box(self) -> dict[str, str]:
        box = desk.seal_desk(self.compared(), self.sealed.locator.secret)
        return {"grant": self.sealed.id, "box": box}

    async def give(self, **changes: str) -> httpx2.Response:
        return await self.call("give", {**self.box(), **changes})

    async def until_compared(self) -> Phone:
        for answer in (await self.meet(), await self.page.answer(), await self.reveal()):
            assert answer.status_code == 200, answer.text
        return self


async def pair(world: World) -> tuple[Page, Phone]:
    wallet = await world.wallet()
    page = await Page(world).begin()
    return page, Phone(wallet, page, await wallet.share(life=3600))


def refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


OVER, TAKEN, EARLY = (404, "desk-over"), (409, "desk-taken"), (409, "desk-early")


def traces(world: World, *secret: bytes) -> set[str]:
    """Tables with a row that holds one of these values, in bytes, base64url or text, in any column."""
    needles = [form for one in secret for form in (one, b64u(one).encode(), one.hex().encode())]
    found = set()
    for name in metadata().tables:
        for row in world.ctx.db.read_now(_all(name)):
            for value in row:
                data = value.encode() if isinstance(value, str) else value
                if isinstance(data, bytes) and any(needle in data for needle in needles):
                    found.add(name)
    return found


def _all(table: str) -> Callable[[Tx], list[Any]]:
    return lambda tx: list(tx.all(f"SELECT * FROM {table}"))


def rows(world: World, table: str) -> int:
    return len(world.ctx.db.read_now(_all(table)))


def everything_of(page: Page, phone: Phone, box: str) -> tuple[bytes, ...]:
    """All that ever stood in the rows of one hand-over."""
    code, said = page.code, phone.opening
    return (
        *(code.id, code.public, code.jkt, page.nonce, said.signer, said.nonce, said.commit),
        *(page.number.encode(), box.encode()),
        tagged_hash("desk-holder", code.id + phone.wallet.id),
    )


@both
async def test_a_hand_over_from_the_number_to_the_papers(world: World) -> None:
    page, phone = await pair(world)
    found = (await phone.wallet.call("POST", "/v1/desks/find", {"number": page.number})).json()
    assert found == {"public": b64u(page.code.public), "device": page.jkt}
    assert (await phone.meet()).json() == {"nonce": None, "exp": world.clock.now() + 600}
    heard = (await page.call("wait")).json()
    assert (heard["commit"], heard["opening"], heard["given"]) == (b64u(phone.opening.commit), None, False)
    assert (await page.answer()).status_code == 200
    assert (await phone.meet()).json()["nonce"] == b64u(page.nonce)
    await phone.reveal()
    said = (await page.call("wait")).json()["opening"]
    opening = desk.Opening(unb64u(said["signer"], 32), unb64u(said["nonce"], 32))
    desk.check_opening(unb64u(heard["commit"], 32), opening)
    compared = desk.Comparison(page.code, page.nonce, opening)
    assert compared.digits == phone.compared().digits

    given = await phone.give()
    assert set(given.json()) == {"exp", "event", "promise"}
    assert phone.wallet.kinds() == ["grant-created", "desk-given"]
    event = phone.wallet.events()[-1]
    assert (event["grant"], event["detail"]) == (phone.sealed.id, {"desk": page.id})
    assert (await page.call("wait")).json()["given"] is True
    box = (await page.call("collect")).json()["box"]
    assert desk.open_desk(page.private, compared, box) == phone.sealed.locator.secret
    assert (await world.open(phone.sealed, key=page.key)).status_code == 200
    assert phone.wallet.kinds()[-1] == "grant-opened"


@both
async def test_nothing_is_left_in_any_table_after_collection(world: World) -> None:
    page, phone = await pair(world)
    await phone.wallet.call("POST", "/v1/desks/find", {"number": page.number})
    box = phone.box()["box"]
    await phone.until_compared()
    assert (await phone.give(box=box)).status_code == 200
    values = everything_of(page, phone, box)
    assert traces(world, *values) == {"desks", "desk_numbers"}
    assert all(traces(world, one) for one in values), "the search finds each of them"
    assert (await page.call("collect")).status_code == 200
    assert traces(world, *values) == set()


@both
async def test_nothing_is_left_after_ten_minutes(world: World) -> None:
    page, phone = await pair(world)
    await phone.wallet.call("POST", "/v1/desks/find", {"number": page.number})
    await phone.until_compared()
    box = phone.box()["box"]
    await phone.give(box=box)
    world.clock.advance(599)
    assert (await page.call("wait")).status_code == 200
    world.clock.advance(1)
    for answer in (
        await page.call("wait"),
        await page.call("collect"),
        await phone.meet(),
        await phone.give(box=box),
        await phone.wallet.call("POST", "/v1/desks/find", {"number": page.number}),
    ):
        assert refused(answer) == OVER
    assert await asyncio.to_thread(Runner(world.ctx).once)
    assert traces(world, *everything_of(page, phone, box)) == set()
    world.clock.advance(2 * 3600)
    assert await asyncio.to_thread(Runner(world.ctx).once)
    assert rows(world, "desk_quota") == 0


@both
async def test_a_box_is_collected_once(world: World) -> None:
    page, phone = await pair(world)
    await phone.until_compared()
    await phone.give()
    answers = await asyncio.gather(*[page.call("collect") for _ in range(10)])
    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 9}
    assert refused(await page.call("collect")) == OVER
    assert refused(await phone.give()) == OVER


async def test_a_box_goes_to_its_own_page_alone(world: World) -> None:
    page, phone = await pair(world)
    other = await Page(world).begin()
    await phone.until_compared()
    await phone.give()
    for key in (other.key, Ed25519PrivateKey.generate()):
        assert refused(await page.call("collect", key=key)) == OVER
        assert refused(await page.call("wait", key=key)) == OVER
    assert refused(await other.call("collect")) == OVER
    assert (await page.call("collect")).status_code == 200


async def test_whatever_does_not_wait_looks_alike(world: World) -> None:
    page, phone = await pair(world)

    async def seen(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
        done = await answer
        return done.status_code, sorted(done.headers.items()), done.content

    def find(number: str) -> Any:
        return phone.wallet.call("POST", "/v1/desks/find", {"number": number})

    unknown = await seen(page.call("wait", id=b64u(secrets.token_bytes(16))))
    assert unknown[0] == 404
    assert await seen(page.call("wait", id="nonsense")) == unknown
    assert await seen(page.call("collect")) == unknown, "nothing was given yet"
    assert await seen(page.call("collect", key=Ed25519PrivateKey.generate())) == unknown
    assert await seen(find("00000000" if page.number != "00000000" else "00000011")) == unknown
    await phone.meet()
    assert await seen(find(page.number)) == unknown, "met already"


async def test_known_and_unknown_take_the_same_statements(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page, phone = await pair(world)
    seen: list[str] = []
    execute = SqliteTx._execute

    def recording(self: SqliteTx, sql: str, params: Any) -> Any:
        seen.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(SqliteTx, "_execute", recording)

    async def statements(call: Any) -> list[str]:
        seen.clear()
        await call
        return [sql for sql in seen if "desk" in sql]

    stranger = Ed25519PrivateKey.generate()
    known = await statements(page.call("collect", key=stranger))
    assert await statements(page.call("collect", key=stranger, id=b64u(secrets.token_bytes(16)))) == known != []
    free = "00000000" if page.number != "00000000" else "00000011"
    known = await statements(phone.wallet.call("POST", "/v1/desks/find", {"number": page.number}))
    assert await statements(phone.wallet.call("POST", "/v1/desks/find", {"number": free})) == known != []


async def test_the_first_wallet_has_the_page_to_itself(world: World) -> None:
    page, phone = await pair(world)
    stranger = await world.wallet()
    second = Phone(stranger, page, await stranger.share())
    await phone.meet()
    assert refused(await second.meet()) == TAKEN
    await page.answer()
    assert refused(await second.reveal()) == TAKEN
    assert refused(await second.give()) == TAKEN
    # nor does it change its own mind
    phone.opening, first = second.opening, phone.opening
    assert refused(await phone.meet()) == TAKEN
    phone.opening = first
    assert (await phone.reveal()).status_code == 200
    assert refused(await phone.reveal(second.opening)) == TAKEN
    await phone.give()
    assert refused(await phone.give(box=desk.seal_desk(phone.compared(), bytes(32)))) == TAKEN


async def test_ten_wallets_at_once_are_one(world: World) -> None:
    page = await Page(world).begin()
    phones = []
    for _ in range(10):
        wallet = await world.wallet()
        phones.append(Phone(wallet, page, await wallet.share()))
    answers = await asyncio.gather(*[phone.meet() for phone in phones])
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}


async def test_the_order_of_the_messages_is_kept(world: World) -> None:
    page, phone = await pair(world)
    assert refused(await page.answer()) == EARLY, "before a commitment"
    assert refused(await phone.reveal()) == EARLY, "before a commitment"
    await phone.meet()
    assert refused(await phone.reveal()) == EARLY, "before the page's answer"
    assert refused(await phone.give()) == EARLY
    await page.answer()
    assert refused(await phone.give()) == EARLY, "before the opening"
    page.nonce, first = secrets.token_bytes(32), page.nonce
    await page.answer()
    assert (await phone.meet()).json()["nonce"] == b64u(first), "the first answer stays"
    await phone.reveal()
    assert phone.wallet.kinds() == ["grant-created"]


async def test_what_is_sent_again_is_the_same(world: World) -> None:
    page, phone = await pair(world)
    again = await page.call("", {"public": b64u(page.code.public)})
    assert again.json()["number"] == page.number
    at_once = Page(world)
    numbers = await asyncio.gather(*[at_once.call("", {"public": b64u(at_once.code.public)}) for _ in range(5)])
    assert len({answer.json()["number"] for answer in numbers}) == 1
    assert rows(world, "desk_numbers") == rows(world, "desks") == 2
    await phone.until_compared()
    box = phone.box()["box"]
    for _ in range(2):
        assert (await phone.reveal()).status_code == 200
        assert (await phone.give(box=box)).status_code == 200


async def test_only_a_running_grant_of_ones_own_is_written_down(world: World) -> None:
    page, phone = await pair(world)
    await phone.until_compared()
    stranger = await world.wallet()
    assert refused(await phone.give(grant=(await stranger.share()).id)) == (410, "grant-ended")
    await phone.wallet.end(phone.sealed)
    assert refused(await phone.give()) == (410, "grant-ended")
    assert "desk-given" not in phone.wallet.kinds()
    assert (await page.call("wait")).json()["given"] is False


async def test_without_its_entry_nothing_leaves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page, phone = await pair(world)
    await phone.until_compared()

    def broken(*args: Any, **named: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(chain, "append", broken)
    assert (await phone.give()).status_code == 500
    assert (await page.call("wait")).json()["given"] is False
    assert refused(await page.call("collect")) == OVER


async def test_a_wallet_tries_thirty_numbers_an_hour(world: World) -> None:
    page, phone = await pair(world)
    free = "00000000" if page.number != "00000000" else "00000011"

    async def find(number: str) -> tuple[int, str]:
        answer = await phone.wallet.call("POST", "/v1/desks/find", {"number": number})
        return answer.status_code, answer.json().get("code", "")

    assert Counter([await find(free) for _ in range(service.NUMBERS_AN_HOUR)]) == {OVER: 30}
    used_up = (429, "desk-numbers-used-up")
    assert [await find(free), await find(page.number)] == [used_up, used_up]
    assert (await phone.meet()).status_code == 200, "what is scanned is not counted"
    stranger = await world.wallet()
    assert (await stranger.call("POST", "/v1/desks/find", {"number": free})).status_code == 404
    world.clock.advance(3600)
    assert await find(free) == OVER


async def test_the_server_takes_so_many_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "DESKS_WAITING", 3)
    pages = [await Page(world).begin() for _ in range(3)]
    late = Page(world)
    answer = await late.call("", {"public": b64u(late.code.public)})
    assert refused(answer) == (429, "desks-busy")
    assert int(answer.headers["retry-after"]) == 60
    assert (await pages[0].call("", {"public": b64u(pages[0].code.public)})).status_code == 201
    world.clock.advance(600)
    await late.begin()


async def test_two_pages_never_show_one_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["00000011", "00000011", "00000011", "00000022"])
    monkeypatch.setattr(service, "new_number", lambda: next(drawn))
    assert [(await Page(world).begin()).number for _ in range(2)] == ["00000011", "00000022"]


async def test_what_is_no_message_is_refused(world: World) -> None:
    page, phone = await pair(world)
    bad = (422, "invalid-request")
    small = b64u(bytes(32))
    said: list[tuple[str, dict[str, Any]]] = [
        ("", {"public": small}),
        ("", {"public": "short"}),
        ("", {}),
        ("wait", {"nonce": b64u(bytes(31))}),
        ("wait", {"more": 1}),
        ("collect", {"nonce": small}),
    ]
    for what, body in said:
        assert refused(await page.call(what, body or {"x": 1})) == bad, (what, body)
    said = [
        ("meet", {}),
        ("meet", {"commit": "x"}),
        ("meet", {"commit": small, "opening": {"signer": small}}),
        ("meet", {"commit": small, "opening": {"signer": small, "nonce": small, "more": 1}}),
        ("give", {"grant": phone.sealed.id, "box": "!"}),
        ("give", {"grant": phone.sealed.id, "box": "A" * 2049}),
        ("give", {"box": "A" * 100}),
    ]
    for what, body in said:
        assert refused(await phone.call(what, body)) == bad, (what, body)
    for number in ("", "1234567", "123456789", "12345678", "1234567a", 12345674):
        answer = await phone.wallet.call("POST", "/v1/desks/find", {"number": number})
        assert refused(answer) == bad, number
    assert refused(await page.call("wait", id="AAAA")) == OVER


async def test_each_call_wants_its_own_caller(world: World) -> None:
    page, phone = await pair(world)
    for what in ("meet", "give"):
        assert refused(await page.call(what)) == (401, "session-invalid")
    assert refused(await world.call("POST", "/v1/desks/find", {"number": page.number})) == (401, "session-invalid")
    for what in ("", "/wait", "/collect"):
        path = "/v1/desks" + (f"/{page.id}{what}" if what else "")
        assert refused(await world.call("POST", path, {}))[0] == 401
    assert phone.wallet.kinds() == ["grant-created"]
