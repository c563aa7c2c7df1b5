"""Attachments: bytes that arrive in pieces, stay as they are, are read by range, and go with the last reference."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mappe.formats.encoding import b64u

from app.runner import Runner
from kit.clock import DAY
from kit.database import Tx
from kit.errors import Problem
from kit.limits import BLOB_BYTES
from kit.tokens import token_hash
from tests.wallet.conftest import MakeWorld
from tests.wallet.world import Answer, Device, Holder, World
from wallet.store import attachments, uploads
from wallet.unlock.deps import Caller

ID = b"a" * 16
AT = f"/v1/attachments/{b64u(ID)}/1"
DATA = secrets.token_bytes(300_000)


@pytest.fixture
def holder(make_world: MakeWorld) -> Holder:
    holder = Holder(make_world())
    assert holder.create().status_code == 201
    return holder


def begin(holder: Holder, size: int = len(DATA), version: int = 1, id_: bytes = ID) -> Answer:
    return holder.post("/v1/attachments", {"id": b64u(id_), "version": version, "size": size})


def upload(holder: Holder, data: bytes = DATA) -> None:
    assert begin(holder, len(data)).status_code == 201
    answer = holder.patch(AT, 0, data)
    assert answer.json() == {"offset": len(data), "size": len(data), "complete": True}, answer.text


def files(holder: Holder) -> list[Path]:
    root = Path(holder.world.ctx.blobs._root)  # type: ignore[attr-defined]
    return [path for path in root.rglob("*") if path.is_file()]


def used(holder: Holder) -> int:
    return int(holder.get("/v1/wallet/status").json()["bytes_used"])


def test_bytes_come_back_as_they_were_sent(holder: Holder) -> None:
    assert begin(holder).json() == {"offset": 0, "size": len(DATA), "complete": False}
    assert holder.patch(AT, 0, DATA[:100_000]).json()["offset"] == 100_000
    assert holder.get(f"{AT}/status").json() == {"offset": 100_000, "size": len(DATA), "complete": False}
    assert holder.get(AT).status_code == 404, "nothing is read before it is whole"
    assert begin(holder).json()["offset"] == 100_000, "asked again, it goes on"
    assert holder.patch(AT, 100_000, DATA[100_000:]).json()["complete"] is True
    answer = holder.get(AT)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert used(holder) == len(DATA)


@pytest.mark.parametrize(
    ("header", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 300_000),
        ("bytes=65536-131071", 65_536, 131_072),
        ("bytes=299999-299999", 299_999, 300_000),
        ("bytes=299990-999999", 299_990, 300_000),
        ("bytes=-1", 299_999, 300_000),
        ("bytes=-999999", 0, 300_000),
    ],
)
def test_a_range_is_answered_with_those_bytes(holder: Holder, header: str, first: int, end: int) -> None:
    upload(holder)
    answer = holder.get(AT, headers={"Range": header})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{len(DATA)}"
    assert answer.headers["content-length"] == str(end - first)
    assert answer.content == DATA[first:end]


@pytest.mark.parametrize("header", ["bytes=300000-", "bytes=300000-300001", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(holder: Holder, header: str) -> None:
    upload(holder)
    answer = holder.get(AT, headers={"Range": header})
    assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=", "items=0-1", "bytes=0-1,5-6", "bytes=-", "bytes=a-b"])
def test_what_is_no_range_gets_everything(holder: Holder, header: str) -> None:
    upload(holder)
    answer = holder.get(AT, headers={"Range": header})
    assert (answer.status_code, answer.content) == (200, DATA)


@pytest.mark.parametrize("offset", [1, 99_999, 100_001, 300_000])
def test_an_upload_goes_on_where_it_ended_and_nowhere_else(holder: Holder, offset: int) -> None:
    begin(holder)
    holder.patch(AT, 0, DATA[:100_000])
    refused = holder.patch(AT, offset, DATA[offset:])
    assert (refused.status_code, refused.json()["code"], refused.json()["offset"]) == (409, "offset-mismatch", 100_000)
    holder.patch(AT, 100_000, DATA[100_000:])
    assert holder.get(AT).content == DATA


def test_stored_bytes_are_never_overwritten(holder: Holder) -> None:
    begin(holder)
    holder.patch(AT, 0, DATA[:100_000])
    other = secrets.token_bytes(len(DATA))
    assert holder.patch(AT, 0, other).json()["code"] == "offset-mismatch"
    holder.patch(AT, 100_000, DATA[100_000:])
    assert holder.patch(AT, 0, other).json()["code"] == "upload-closed"
    assert holder.patch(AT, len(DATA), b"x").json()["code"] in ("upload-closed", "too-large")
    assert holder.get(AT).content == DATA


def test_an_upload_that_is_too_long_keeps_nothing_of_it(holder: Holder) -> None:
    begin(holder)
    holder.patch(AT, 0, DATA[:100_000])
    refused = holder.patch(AT, 100_000, DATA[100_000:] + b"x")
    assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
    assert holder.get(f"{AT}/status").json()["offset"] == 100_000


def test_an_upload_that_breaks_off_goes_on_where_it_broke(holder: Holder) -> None:
    begin(holder)
    caller = caller_of(holder)

    async def breaking() -> AsyncIterator[bytes]:
        yield DATA[:50_000]
        yield DATA[50_000:70_000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        holder.world.run(uploads.append(holder.world.ctx, caller, ID, 1, 0, breaking()))
    assert holder.get(f"{AT}/status").json()["offset"] == 70_000
    holder.patch(AT, 70_000, DATA[70_000:])
    assert holder.get(AT).content == DATA


def caller_of(holder: Holder) -> Caller:
    assert holder.device.token is not None
    return Caller(token_hash(holder.device.token), holder.device.jkt, holder.now)


def test_a_lost_last_step_is_made_up_for(holder: Holder) -> None:
    upload(holder)
    holder.world.execute("UPDATE attachments SET complete = 0")
    assert holder.get(AT).status_code == 404
    assert holder.patch(AT, len(DATA), b"").json()["complete"] is True
    holder.world.execute("UPDATE attachments SET complete = 0")
    assert holder.get(f"{AT}/status").json()["complete"] is True
    assert holder.get(AT).content == DATA


def test_a_blob_that_was_never_made_is_made_by_the_first_bytes(holder: Holder) -> None:
    begin(holder)
    for path in files(holder):
        path.unlink()
    assert holder.get(f"{AT}/status").json()["offset"] == 0
    assert holder.patch(AT, 0, DATA).json()["complete"] is True


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.0", "+1", "9" * 16])
def test_an_offset_that_is_none_is_refused(holder: Holder, offset: str) -> None:
    begin(holder)
    answer = holder.world.run(holder.send("PATCH", AT, raw=b"x", headers={"Upload-Offset": offset}))
    assert (answer.status_code, answer.json()["code"]) == (422, "offset-missing")


def test_another_size_for_the_same_version_is_refused(holder: Holder) -> None:
    upload(holder)
    assert begin(holder, 5).json()["code"] == "attachment-exists"
    assert begin(holder).json() == {"offset": len(DATA), "size": len(DATA), "complete": True}


@pytest.mark.parametrize("size", [0, -1, BLOB_BYTES + 1, "5", 1.5])
def test_a_size_that_is_none_is_refused(holder: Holder, size: int) -> None:
    assert begin(holder, size).json()["code"] == "invalid-request"


@pytest.mark.parametrize(
    "path", ["/v1/attachments/short/1", f"/v1/attachments/{'A' * 22}/0", f"/v1/attachments/{'A' * 22}/x"]
)
def test_names_that_name_nothing(holder: Holder, path: str) -> None:
    assert holder.get(path).status_code in (404, 422)
    assert holder.patch(path, 0, b"x").status_code in (404, 422)


def test_a_strangers_attachment_is_not_found(holder: Holder) -> None:
    upload(holder)
    other = Holder(holder.world)
    other.create()
    answers = [
        other.get(AT),
        other.get(f"{AT}/status"),
        other.patch(AT, 0, b"x"),
        other.post(f"{AT}/delete"),
    ]
    assert {answer.json()["code"] for answer in answers} == {"not-found"}
    assert holder.get(AT, device=Device(other.device.key, holder.device.token)).status_code == 401
    assert holder.get(AT).content == DATA


def test_room_is_reserved_before_bytes_are_taken(make_world: MakeWorld) -> None:
    holder = Holder(make_world(UNINVITED_BYTES="1000"))
    holder.create()
    assert begin(holder, 600).status_code == 201
    refused = begin(holder, 600, version=2)
    assert (refused.status_code, refused.json()["code"], refused.json()["bytes_allowed"]) == (
        413,
        "quota-exceeded",
        1000,
    )
    assert used(holder) == 600
    assert holder.post(f"{AT}/delete").status_code == 204
    assert used(holder) == 0
    assert begin(holder, 600, version=2).status_code == 201


def test_parallel_reservations_never_exceed_the_room(world: World) -> None:
    holder = Holder(world)
    holder.create()
    world.execute("UPDATE wallets SET allowed_bytes = 1000")
    sends = [
        holder.send("POST", "/v1/attachments", {"id": b64u(secrets.token_bytes(16)), "version": 1, "size": 300})
        for _ in range(20)
    ]
    answers = world.gather(*sends)
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [413] * 17
    assert used(holder) == 900


# ---- references and erasure


def read(holder: Holder, key: str) -> bytes:
    async def collect() -> bytes:
        return b"".join([piece async for piece in holder.world.ctx.blobs.read(key, 0, len(DATA))])

    return holder.world.run(collect())


def run_jobs(holder: Holder) -> None:
    assert Runner(holder.world.ctx).once()


def test_bytes_go_with_the_last_reference(holder: Holder) -> None:
    upload(holder)
    db = holder.world.ctx.db
    key = db.write_now(lambda tx: attachments.acquire(tx, holder.id, ID, 1))
    db.write_now(lambda tx: attachments.acquire(tx, holder.id, ID, 1))
    assert holder.post(f"{AT}/delete").status_code == 204
    assert holder.get(AT).status_code == 404
    assert holder.post(f"{AT}/delete").json()["code"] == "not-found"
    db.write_now(lambda tx: attachments.release(tx, holder.id, key, holder.now))
    run_jobs(holder)
    assert read(holder, key) == DATA
    assert used(holder) == len(DATA)
    db.write_now(lambda tx: attachments.release(tx, holder.id, key, holder.now))
    assert used(holder) == 0
    run_jobs(holder)
    assert files(holder) == []
    db.write_now(lambda tx: attachments.release(tx, holder.id, key, holder.now))
    assert used(holder) == 0, "what is gone is given back once"


def test_an_unfinished_attachment_cannot_be_granted(holder: Holder) -> None:
    begin(holder)
    db = holder.world.ctx.db
    with pytest.raises(Problem, match="attachment-missing"):
        db.write_now(lambda tx: attachments.acquire(tx, holder.id, ID, 1))
    with pytest.raises(Problem, match="attachment-missing"):
        db.write_now(lambda tx: attachments.acquire(tx, holder.id, ID, 2))


def test_an_accepted_deposit_counts_and_is_read_like_any_other(holder: Holder) -> None:
    key = "deposit/" + "0" * 32

    async def store() -> AsyncIterator[bytes]:
        yield DATA

    async def prepare() -> None:
        await holder.world.ctx.blobs.create(key)
        await holder.world.ctx.blobs.append(key, 0, store(), limit=len(DATA))
        await holder.world.ctx.blobs.finish(key)

    holder.world.run(prepare())

    def adopt(tx: Tx) -> None:
        attachments.adopt(tx, holder.id, ID, 1, key, len(DATA))

    holder.world.ctx.db.write_now(adopt)
    assert holder.get(AT).content == DATA
    assert used(holder) == len(DATA)
    with pytest.raises(Problem, match="attachment-exists"):
        holder.world.ctx.db.write_now(adopt)
    assert used(holder) == len(DATA)


def test_unfinished_uploads_are_swept_after_a_day_and_finished_ones_stay(holder: Holder) -> None:
    upload(holder)
    other = b"b" * 16
    begin(holder, id_=other)
    holder.patch(f"/v1/attachments/{b64u(other)}/1", 0, DATA[:1000])
    run_jobs(holder)
    assert used(holder) == 2 * len(DATA)
    holder.world.clock.advance(DAY)
    run_jobs(holder)
    run_jobs(holder)
    assert used(holder) == len(DATA)
    assert len(files(holder)) == 1
    assert holder.patch(f"/v1/attachments/{b64u(other)}/1", 1000, DATA[1000:]).json()["code"] == "not-found"
    assert holder.get(AT).content == DATA
