"""If the commit fails, nothing has been released: no slot, no byte of a file, no receipt, no verdict on a passcode."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

import psycopg
import pytest
from mappe.formats.encoding import b64u

from kit.libpq import Wire
from kit.postgres import PostgresDatabase
from kit.sqlite import SqliteDatabase
from tests.sharing.grant.world import Sealed, World, both, new_lease

pytestmark = pytest.mark.anyio


class _NoCommit:
    """A connection whose COMMIT meets a broken disk."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def execute(self, sql: str, *more: Any) -> Any:
        if sql == "COMMIT":
            self._real.execute("ROLLBACK")
            raise sqlite3.OperationalError("disk I/O error")
        return self._real.execute(sql, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def break_commits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    db = world.ctx.db
    if isinstance(db, SqliteDatabase):
        monkeypatch.setattr(db, "_connection", _NoCommit(db._connection))
        monkeypatch.setattr(db, "_reopen", lambda: None)
    else:
        assert isinstance(db, PostgresDatabase)

        def no_commit(wire: Wire) -> None:
            wire.execute("ROLLBACK", {})
            raise psycopg.InternalError("disk I/O error")

        monkeypatch.setattr(db, "_commit", no_commit)


def _secrets(sealed: Sealed) -> list[str]:
    return [*sealed.body["slots"].values(), sealed.body["keybox"], sealed.terms, sealed.body["record"]]


@both
async def test_open_peek_and_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = await world.wallet()
    data = secrets.token_bytes(5000)
    attachment, version = await wallet.attach(data)
    ref = secrets.token_bytes(16)
    files = [{"ref": b64u(ref), "attachment": b64u(attachment), "version": version}]
    sealed = await wallet.share(opens=2, files=files)
    lease = new_lease()
    assert (await world.open(sealed, lease=lease)).status_code == 200
    before = wallet.events()
    with monkeypatch.context() as broken:
        break_commits(world, broken)
        answers = [
            await world.open(sealed),
            await world.open(sealed, lease=lease),
            await world.redeem(sealed, "peek", sealed.prove()),
            await world.read_file(sealed, ref, lease=lease, slot=sealed.slots[0]),
        ]
    for answer in answers:
        assert answer.status_code == 500
        assert not any(token in answer.text for token in _secrets(sealed))
        assert data[:100] not in answer.content
        assert "mappe-promise" not in answer.headers
        assert "promise" not in answer.text
    assert wallet.events() == before
    state = await wallet.listed(sealed)
    assert (state["opens_used"], state["peeks"]) == (1, 0)


@both
async def test_right_and_wrong_passcodes_look_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share(passcode="123456")
    with monkeypatch.context() as broken:
        break_commits(world, broken)
        right = await world.open(sealed, proof=sealed.proof())
        wrong = await world.open(sealed, proof=b64u(secrets.token_bytes(32)))
    assert (right.status_code, right.content) == (wrong.status_code, wrong.content)
    assert right.status_code == 500


@both
async def test_an_end_that_is_not_stored_is_not_confirmed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = await world.wallet()
    sealed = await wallet.share()
    with monkeypatch.context() as broken:
        break_commits(world, broken)
        assert (await wallet.end(sealed)).status_code == 500
    assert (await wallet.listed(sealed))["state"] == "active"
    assert (await world.open(sealed)).status_code == 200
