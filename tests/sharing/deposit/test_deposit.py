"""Deposits: what a code lets in, what it never lets in, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats.deposit import check_key
from mappe.formats.encoding import b64u, digest, unb64u
from mappe.formats.locator import DepositLocator

from audit.refusals import DECOY
from kit.blobs import BlobStat
from kit.clock import DAY, HOUR
from kit.limits import GIB, MIB
from sharing.deposit import ending, rules
from tests.sharing.grant.world import Wallet
from tests.sharing.office import Office, both_databases

pytestmark = pytest.mark.anyio


@dataclass
class Code:
    """A deposit code and its holder; a sender uses nothing but the locator."""

    wallet: Wallet
    key: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def locator(self) -> DepositLocator:
        return DepositLocator.make(self.secret, self.key.public_key().public_bytes_raw())

    @property
    def id(self) -> str:
        return b64u(self.locator.code)

    @property
    def auth(self) -> str:
        return b64u(self.locator.auth)

    @property
    def now(self) -> int:
        return self.wallet.world.clock.now()

    async def create(self, **changes: Any) -> httpx2.Response:
        body = {
            "code": self.id,
            "auth": digest(self.locator.auth),
            "key": b64u(self.key.public_key().public_bytes_raw()),
            "exp": self.now + HOUR,
            "files": 20,
            "bytes": 1 * MIB,
            **changes,
        }
        return await self.wallet.call("POST", "/v1/deposit-codes", body)

    async def end(self) -> httpx2.Response:
        return await self.wallet.call("POST", f"/v1/deposit-codes/{self.id}/end", {})

    async def post(self, what: str, **body: Any) -> httpx2.Response:
        return await self.wallet.world.call("POST", f"/v1/deposits/{self.id}/{what}", {"auth": self.auth, **body})

    async def peek(self, **body: Any) -> httpx2.Response:
        return await self.post("peek", **body)

    async def begin(self, item: str, size: int, **body: Any) -> httpx2.Response:
        return await self.post("items", **{"item": item, "manifest": "m" * 400, "size": size, **body})

    async def send(
        self, item: str, data: Any, offset: int = 0, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        sent = {"deposit-auth": self.auth, "upload-offset": str(offset), **(headers or {})}
        path = f"/v1/deposits/{self.id}/items/{item}"
        return await self.wallet.world.http.request("PATCH", path, content=data, headers=sent)

    async def complete(self, item: str) -> httpx2.Response:
        return await self.post(f"items/{item}/complete")

    async def deposit(self, data: bytes) -> str:
        """A whole file; returns its item id."""
        item = new_id()
        for answer in (await self.begin(item, len(data)), await self.send(item, data), await self.complete(item)):
            assert answer.status_code in (200, 201), answer.text
        return item

    async def listed(self) -> dict[str, Any]:
        rows = (await self.wallet.call("GET", "/v1/deposit-codes")).json()["codes"]
        found: dict[str, Any] = next(row for row in rows if row["code"] == self.id)
        return found

    async def waiting(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.wallet.call("GET", "/v1/deposits")).json()["items"]
        return found

    async def accept(self, item: str, attachment: str | None = None) -> httpx2.Response:
        body = {"attachment": attachment or new_id(), "version": 1}
        return await self.wallet.call("POST", f"/v1/deposits/{self.id}/{item}/accept", body)

    async def discard(self, item: str) -> httpx2.Response:
        return await self.wallet.call("POST", f"/v1/deposits/{self.id}/{item}/discard", {})

    async def read(self, item: str, **headers: str) -> httpx2.Response:
        path = f"/v1/deposits/{self.id}/{item}"
        from mappe.formats import dpop

        proof = dpop.make(
            self.wallet.device, "GET", self.wallet.world.origin + path, token=self.wallet.token, now=self.now
        )
        sent = {"authorization": f"DPoP {self.wallet.token}", "dpop": proof, **headers}
        return await self.wallet.world.http.get(path, headers=sent)


def new_id() -> str:
    return b64u(secrets.token_bytes(16))


def code_of(answer: httpx2.Response) -> str:
    return str(answer.json()["code"])


async def make(office: Office, wallet: Wallet | None = None, **changes: Any) -> Code:
    code = Code(wallet or await office.world.wallet())
    answer = await code.create(**changes)
    assert answer.status_code == 201, answer.text
    return code


async def blobs(office: Office) -> dict[str, BlobStat]:
    return {key: stat async for key, stat in office.ctx.blobs.list("deposit")}


@both_databases
async def test_a_paper_from_the_sender_into_the_wallet(office: Office) -> None:
    code = await make(office)
    peeked = (await code.peek()).json()
    assert (peeked["until"], peeked["files_left"], peeked["bytes_left"]) == (code.now + HOUR, 20, MIB)
    check_key(code.locator, unb64u(peeked["key"], 32))
    data = secrets.token_bytes(300_000)
    item = await code.deposit(data)
    assert await code.listed() == {
        "code": code.id,
        "exp": code.now + HOUR,
        "files_left": 19,
        "bytes_left": MIB - len(data),
        "state": "active",
    }
    (waiting,) = await code.waiting()
    assert waiting == {
        "code": code.id,
        "item": item,
        "manifest": "m" * 400,
        "size": len(data),
        "received": code.now,
        "until": code.now + 30 * DAY,
    }
    assert (await code.read(item)).content == data
    part = await code.read(item, range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, data[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    assert (await code.read(item, range=f"bytes={len(data)}-")).status_code == 416
    attachment = new_id()
    assert (await code.accept(item, attachment)).status_code == 200
    assert await code.waiting() == []
    rows = [row for row in office.rows()["attachments"] if row[1] == unb64u(attachment, 16)]
    assert [row[3] for row in rows] == list(await blobs(office))  # the same bytes, no second upload
    assert code.wallet.kinds() == ["deposit-created", "deposit-opened", "deposit-received", "deposit-accepted"]


async def test_every_logged_answer_carries_event_and_promise(office: Office) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 3)
    await code.send(item, b"abc")
    answers = [await code.peek(), await code.complete(item), await code.discard(item), await code.end()]
    for answer in answers:
        body = answer.json()
        assert json.loads(body["event"])["detail"]["code"] == code.id
        assert body["promise"].count(".") == 2
    assert [json.loads(a.json()["event"])["actor"]["type"] for a in answers] == ["sender", "sender", "device", "device"]
    assert code.wallet.kinds()[-1] == "deposit-ended"
    assert (await code.end()).json() == {}  # once is enough
    assert code.wallet.kinds().count("deposit-ended") == 1


async def test_unknown_wrong_and_malformed_are_one_answer(office: Office) -> None:
    code = await make(office)
    unknown = Code(code.wallet)
    wrong = b64u(secrets.token_bytes(32))
    item = new_id()
    await code.begin(item, 10)
    world = office.world
    answers = [
        await code.peek(auth=wrong),
        await unknown.peek(),
        await world.call("POST", "/v1/deposits/xx/peek", {"auth": wrong}),
        await code.begin(new_id(), 1, auth=wrong),
        await unknown.begin(new_id(), 1),
        await code.send(item, b"x" * 10, headers={"deposit-auth": wrong}),
        await unknown.send(item, b"x" * 10),
        await code.post(f"items/{item}/complete", auth=wrong),
        await unknown.complete(item),
        await code.complete(new_id()),
    ]
    assert {(a.status_code, a.content, str(dict(a.headers))) for a in answers} == {
        (404, answers[0].content, str(dict(answers[0].headers)))
    }
    counted = {
        row[0]: sum(r[3] for r in office.rows()["log_refusals"] if r[0] == row[0])
        for row in office.rows()["log_refusals"]
    }
    assert counted == {code.wallet.id: 4, DECOY: 4}
    await code.end()
    assert (await code.peek(auth=wrong)).content == answers[0].content
    assert (await blobs(office)).popitem()[1].size == 0


@both_databases
async def test_twenty_files_and_not_one_more_with_200_tries_at_once(office: Office) -> None:
    code = await make(office)
    answers = await asyncio.gather(*(code.begin(new_id(), 10) for _ in range(200)))
    assert [a.status_code for a in answers].count(201) == 20
    refused = [a for a in answers if a.status_code != 201]
    assert {(a.status_code, code_of(a)) for a in refused} == {(413, "deposit-full")}
    assert {a.json()["files_left"] for a in refused} == {0}
    assert len(await blobs(office)) == 20
    listed = await code.listed()
    assert (listed["files_left"], listed["bytes_left"]) == (0, MIB - 200)


@both_databases
async def test_bytes_are_counted_before_they_are_taken(office: Office) -> None:
    code = await make(office, bytes=1000)
    answers = await asyncio.gather(*(code.begin(new_id(), 300) for _ in range(50)))
    assert [a.status_code for a in answers].count(201) == 3
    full = await code.begin(new_id(), 101)
    assert full.json() | {"files_left": 17, "bytes_left": 100} == full.json()
    assert (await code.begin(new_id(), 100)).status_code == 201
    assert (await code.listed())["bytes_left"] == 0


async def test_no_more_bytes_than_announced(office: Office) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 1000)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    declared = await code.send(item, b"x" * 1001)
    assert (declared.status_code, code_of(declared)) == (413, "too-large")
    streamed = await code.send(item, endless())
    assert (streamed.status_code, code_of(streamed)) == (413, "too-large")
    assert (await blobs(office)).popitem()[1].size == 0
    assert (await code.send(item, b"x" * 1000)).json() == {"offset": 1000}
    assert (await code.send(item, b"x", 1000)).status_code == 413
    assert (await code.complete(item)).status_code == 200
    assert code_of(await code.send(item, b"", 1000)) == "upload-closed"


async def test_a_broken_upload_goes_on_where_it_stopped(office: Office) -> None:
    code = await make(office)
    item, data = new_id(), secrets.token_bytes(5000)
    assert (await code.begin(item, 5000)).json() == {"offset": 0}
    assert (await code.send(item, data[:2000])).json() == {"offset": 2000}
    assert code_of(await code.complete(item)) == "deposit-incomplete"
    assert (await code.begin(item, 5000)).json() == {"offset": 2000}  # takes no second place
    assert (await code.listed())["files_left"] == 19
    wrong = await code.send(item, data[1000:], 1000)
    assert (wrong.status_code, code_of(wrong)) == (409, "offset-mismatch")
    assert (await code.send(item, data[2000:], 2000)).json() == {"offset": 5000}
    assert (await code.complete(item)).status_code == 200
    assert (await code.read(item)).content == data


async def test_an_item_is_not_another_file(office: Office) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 10)
    assert code_of(await code.begin(item, 11)) == "deposit-item-exists"
    assert code_of(await code.begin(item, 10, manifest="n" * 400)) == "deposit-item-exists"


async def test_a_code_closed_while_a_file_is_on_its_way_takes_no_more(office: Office) -> None:
    code = await make(office, bytes=20 * MIB)
    item, kept = new_id(), await code.deposit(b"kept")
    await code.begin(item, 12 * MIB)

    async def slowly() -> AsyncIterator[bytes]:
        for at in range(12):
            if at == 2:
                assert (await code.end()).status_code == 200
            yield bytes(MIB)

    answer = await code.send(item, slowly())
    assert (answer.status_code, code_of(answer)) == (410, "deposit-ended")
    for answer in (
        await code.complete(item),
        await code.begin(item, 12 * MIB),
        await code.peek(),
        await code.send(item, b""),
    ):
        assert code_of(answer) == "deposit-ended"
    await office.run_jobs()
    assert len(await blobs(office)) == 1
    assert [one["item"] for one in await code.waiting()] == [kept]  # what had arrived stays the holder's to judge
    assert (await code.listed())["state"] == "ended"


@both_databases
async def test_a_code_runs_out(office: Office) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 10)
    office.clock.advance(HOUR)
    answers = [await code.peek(), await code.begin(new_id(), 1), await code.send(item, b"x"), await code.complete(item)]
    assert {(a.status_code, code_of(a)) for a in answers} == {(410, "deposit-expired")}
    assert (await code.listed())["state"] == "expired"
    await office.run_jobs()
    assert not await blobs(office)
    assert not office.rows()["deposit_items"]
    assert code.wallet.kinds() == ["deposit-created"]
    office.clock.advance(30 * DAY)
    await office.run_jobs()
    await office.run_jobs()
    assert not office.rows()["deposit_codes"]
    assert not office.rows()["deposit_routes"]
    assert (await code.peek()).status_code == 404


async def test_quarantine_ends_by_itself_and_is_written_down(office: Office) -> None:
    code = await make(office)
    item = await code.deposit(b"paper")
    office.clock.advance(30 * DAY - 1)
    await office.run_jobs()
    assert len(await code.waiting()) == 1
    # the device was in use meanwhile
    office.ctx.db.write_now(lambda tx: tx.run("UPDATE wallet_devices SET seen = :now", now=code.now))
    office.clock.advance(1)
    assert await code.waiting() == []
    await office.run_jobs()
    assert not office.rows()["deposit_items"]
    assert not await blobs(office)
    assert (await code.accept(item)).status_code == 404
    last = code.wallet.events()[-1]
    assert (last["kind"], last["actor"], last["detail"]["reason"]) == (
        "deposit-discarded",
        {"type": "server"},
        "expired",
    )


@both_databases
async def test_a_file_is_accepted_once_also_in_parallel(office: Office) -> None:
    code = await make(office)
    item = await code.deposit(b"paper")
    answers = await asyncio.gather(*(code.accept(item) for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [200] + [404] * 9
    assert (await code.discard(item)).status_code == 404
    assert len(office.rows()["attachments"]) == 1
    assert code.wallet.kinds().count("deposit-accepted") == 1
    await office.run_jobs()
    assert len(await blobs(office)) == 1


async def test_an_accepted_file_does_not_overwrite_an_attachment(office: Office) -> None:
    code = await make(office)
    attachment = new_id()
    assert (await code.accept(await code.deposit(b"mine"), attachment)).status_code == 200
    item = await code.deposit(b"theirs")
    answer = await code.accept(item, attachment)
    assert (answer.status_code, code_of(answer)) == (409, "attachment-exists")
    assert len(await code.waiting()) == 1  # nothing of the attempt stays
    assert code.wallet.kinds().count("deposit-accepted") == 1


async def test_a_discarded_file_is_gone_with_its_bytes(office: Office) -> None:
    code = await make(office)
    item = await code.deposit(b"unwanted")
    assert (await code.discard(item)).status_code == 200
    await office.run_jobs()
    assert not await blobs(office)
    assert (await code.read(item)).status_code == 404
    assert (await code.discard(item)).status_code == 404
    assert (await code.listed())["files_left"] == 19  # a place is used once, whatever becomes of the file


async def test_an_unfinished_file_is_nobodys_yet(office: Office) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 10)
    await code.send(item, b"12345")
    assert await code.waiting() == []
    for answer in (await code.read(item), await code.accept(item), await code.discard(item)):
        assert answer.status_code == 404


async def test_another_holder_sees_and_touches_nothing(office: Office) -> None:
    code = await make(office)
    item = await code.deposit(b"paper")
    other = await office.world.wallet()
    path = f"/v1/deposits/{code.id}/{item}"
    assert (await other.call("GET", "/v1/deposits")).json() == {"items": []}
    assert (await other.call("GET", "/v1/deposit-codes")).json() == {"codes": []}
    for answer in (
        await other.call("GET", path),
        await other.call("POST", f"{path}/accept", {"attachment": new_id(), "version": 1}),
        await other.call("POST", f"{path}/discard", {}),
        await other.call("POST", f"/v1/deposit-codes/{code.id}/end", {}),
    ):
        assert answer.status_code == 404
    assert (await code.listed())["state"] == "active"
    assert code_of(await Code(other, code.key, code.secret).create()) == "deposit-code-exists"
    assert (await office.world.call("GET", "/v1/deposits")).status_code == 401


async def test_a_sender_reads_nothing_back(office: Office) -> None:
    code = await make(office)
    item = await code.deposit(b"paper")
    world = office.world
    for method, path in (("GET", f"/v1/deposits/{code.id}/{item}"), ("GET", f"/v1/deposits/{code.id}/items/{item}")):
        answer = await world.http.request(method, path, headers={"deposit-auth": code.auth})
        assert answer.status_code in (401, 405)


async def test_a_receipt_is_given_again_but_not_without_end(office: Office) -> None:
    code = await make(office)
    item = await code.deposit(b"paper")
    answers = [await code.complete(item) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 409, 409]
    assert code_of(answers[-1]) == "upload-closed"
    assert code.wallet.kinds().count("deposit-received") == rules.RECEIPTS
    assert len(await code.waiting()) == 1


async def test_looking_does_not_fill_the_log(office: Office) -> None:
    code = await make(office)
    answers = await asyncio.gather(*(code.peek() for _ in range(260)))
    assert {a.status_code for a in answers} == {200}
    assert len(code.wallet.kinds()) <= 203


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 0},
        {"exp": -1},
        {"exp": 30 * DAY + 1},
        {"files": 21},
        {"files": 0},
        {"bytes": 0},
        {"bytes": 100 * MIB + 1},
        {"bytes": "1"},
        {"key": "short"},
        {"auth": None},
        {"more": 1},
    ],
)
async def test_codes_beyond_the_limits_are_not_made(office: Office, change: dict[str, Any]) -> None:
    code = Code(await office.world.wallet())
    if "exp" in change:
        change = {"exp": code.now + change["exp"]}
    answer = await code.create(**change)
    assert answer.status_code == 422
    assert not office.rows()["deposit_routes"]
    assert not office.rows()["deposit_codes"]


@both_databases
async def test_deposits_have_a_quota_of_their_own(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WALLET_DEPOSIT_BYTES", 1000)
    wallet = await office.world.wallet()
    codes = [Code(wallet) for _ in range(6)]
    answers = await asyncio.gather(*(code.create(bytes=300) for code in codes))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 3
    assert {code_of(a) for a in answers if a.status_code != 201} == {"deposit-room"}
    first = next(code for code, a in zip(codes, answers, strict=True) if a.status_code == 201)
    await first.deposit(b"x" * 200)
    await first.end()  # gives back what it had promised, not what lies in quarantine
    assert code_of(await Code(wallet).create(bytes=201)) == "deposit-room"
    assert (await Code(wallet).create(bytes=200)).status_code == 201
    office.clock.advance(2 * HOUR)
    await office.run_jobs()
    assert len(office.rows()["deposit_routes"]) == 4  # no route stays of a code that was never made
    assert rules.WALLET_DEPOSIT_BYTES < GIB


@both_databases
async def test_so_many_codes_are_open_at_once(office: Office) -> None:
    wallet = await office.world.wallet()
    answers = await asyncio.gather(*(Code(wallet).create(bytes=10) for _ in range(30)))
    assert sorted(a.status_code for a in answers) == [201] * rules.WALLET_CODES + [409] * (30 - rules.WALLET_CODES)


async def test_a_code_is_made_once(office: Office) -> None:
    code = await make(office)
    assert code_of(await code.create()) == "deposit-code-exists"
    assert code.wallet.kinds() == ["deposit-created"]


@pytest.mark.parametrize(
    "change",
    [
        {"manifest": "m" * 32_769},
        {"manifest": "short"},
        {"manifest": "not base64url " * 40},
        {"manifest": None},
        {"size": 0},
        {"size": -1},
        {"size": 1.5},
        {"item": "A" * 21 + "B"},
        {"name": "passport.pdf"},
    ],
)
async def test_what_is_no_file_takes_no_place(office: Office, change: dict[str, Any]) -> None:
    code = await make(office)
    body = {"item": new_id(), "manifest": "m" * 400, "size": 10, **change}
    answer = await code.post("items", **body)
    assert (answer.status_code, code_of(answer)) == (422, "invalid-request")
    assert (await code.listed())["files_left"] == 20


async def test_a_manifest_is_no_way_around_the_limits(office: Office) -> None:
    code = await make(office)
    answer = await code.begin(new_id(), 10, manifest="m" * 100_000)
    assert (answer.status_code, code_of(answer)) == (413, "too-large")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    path = f"/v1/deposits/{code.id}/items"
    answer = await office.world.http.request("POST", path, content=endless())
    assert (answer.status_code, code_of(answer)) == (413, "too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {"upload-offset": "-1"},
        {"upload-offset": "1.0"},
        {"upload-offset": ""},
        {"upload-offset": "9" * 16},
        {"deposit-auth": ""},
        {"deposit-auth": "x"},
    ],
)
async def test_bad_headers_take_no_bytes(office: Office, headers: dict[str, str]) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 10)
    assert (await code.send(item, b"1234567890", headers=headers)).status_code == 422
    assert (await blobs(office)).popitem()[1].size == 0


async def test_two_connections_do_not_mix_their_bytes(office: Office) -> None:
    code = await make(office)
    item = new_id()
    await code.begin(item, 2000)
    answers = await asyncio.gather(code.send(item, b"a" * 2000), code.send(item, b"b" * 2000))
    assert sorted(a.status_code for a in answers) in ([200, 409], [200, 413])
    await code.complete(item)
    assert set((await code.read(item)).content) in ({ord("a")}, {ord("b")})


async def test_the_stop_code_closes_every_code(office: Office) -> None:
    code = await make(office)
    second = await make(office, code.wallet)
    other = await make(office)
    await code.begin(new_id(), 10)
    office.ctx.db.write_now(lambda tx: ending.end_all(tx, code.wallet.id, code.now))
    assert {code_of(await one.peek()) for one in (code, second)} == {"deposit-ended"}
    assert (await other.peek()).status_code == 200
    await office.run_jobs()
    assert not await blobs(office)


@both_databases
async def test_a_deleted_wallet_leaves_nothing(office: Office) -> None:
    code = await make(office)
    await code.deposit(b"paper")
    await code.begin(new_id(), 10)
    wallet = code.wallet.id
    office.ctx.db.write_now(lambda tx: ending.erase_wallet(tx, wallet))
    await office.run_jobs()
    assert not await blobs(office)
    for table, rows in office.rows().items():
        if table.startswith(("deposit_", "outbox_")):
            assert not any(wallet in row for row in rows), table
    assert (await code.peek()).status_code == 404


async def test_after_a_restore_the_end_and_the_count_hold(office: Office) -> None:
    code = await make(office)
    ctx, wallet, id = office.ctx, code.wallet.id, code.locator.code
    ctx.db.write_now(lambda tx: ending.LEDGER["deposit-files"](tx, wallet, id, 20))
    assert code_of(await code.begin(new_id(), 1)) == "deposit-full"
    ctx.db.write_now(lambda tx: ending.LEDGER["deposit-files"](tx, wallet, id, 3))
    assert (await code.listed())["files_left"] == 0
    ctx.db.write_now(lambda tx: ending.LEDGER["deposit-ended"](tx, wallet, id, code.now))
    assert code_of(await code.peek()) == "deposit-ended"


async def test_the_server_keeps_neither_capability_nor_name(office: Office, tmp_path: Path) -> None:
    code = await make(office)
    await code.deposit(b"paper")
    held = [code.locator.auth, code.secret, code.auth.encode(), code.key.private_bytes_raw()]
    for table, rows in office.rows().items():
        flat = b"|".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)
        assert not any(secret in flat for secret in held), table
        assert sha256(code.locator.auth).digest() not in flat or table == "deposit_codes"


async def test_no_row_joins_a_wallet_with_an_agency(office: Office) -> None:
    code = await make(office)
    await code.deposit(b"from an agency, but that is inside the seal")
    for table, rows in office.rows().items():
        for row in rows:
            assert not (code.wallet.id in row and any("office" in str(v) for v in row if isinstance(v, str))), table
