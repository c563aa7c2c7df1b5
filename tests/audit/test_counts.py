"""What is only counted becomes an entry when its hour is over: refusals of strangers, accesses past the cap."""

from __future__ import annotations

import asyncio
from typing import Any

from mappe.formats.encoding import b64u

from audit import refusals, sweep
from audit.refusals import DECOY
from tests.audit.conftest import NOW, Log, new_grant

HOUR = 3600
THIS_HOUR = NOW - NOW % HOUR


def test_refusals_become_one_entry_an_hour(log: Log) -> None:
    wallet = log.wallet()

    async def run() -> None:
        await asyncio.gather(*(log.db.write(lambda tx: refusals.count(tx, wallet.id, NOW)) for _ in range(200)))

    asyncio.run(run())
    sweep.sum_up(log.db, NOW)
    assert log.page(wallet).head_seq == 0  # the hour is not over
    sweep.sum_up(log.db, NOW + HOUR)
    ((_, event),) = wallet.check(log.page(wallet))[1]
    assert (event.kind, event.actor, event.detail) == ("refusals-counted", "server", {"hour": THIS_HOUR, "count": 200})
    sweep.sum_up(log.db, NOW + 2 * HOUR)
    assert log.page(wallet).head_seq == 1 and log.all("SELECT * FROM log_refusals") == []


def test_hours_and_wallets_are_counted_apart(log: Log) -> None:
    wallets = [log.wallet(), log.wallet()]
    for number, wallet in enumerate(wallets, 1):
        for hour in range(3):
            for _ in range(number):
                log.db.write_now(lambda tx, w=wallet, h=hour: refusals.count(tx, w.id, NOW + h * HOUR))  # type: ignore[misc]
    sweep.sum_up(log.db, NOW + 5 * HOUR)
    for number, wallet in enumerate(wallets, 1):
        details = [event.detail or {} for _, event in wallet.check(log.page(wallet))[1]]
        assert sorted(d["hour"] for d in details) == [THIS_HOUR + h * HOUR for h in range(3)]
        assert all(d["count"] == number for d in details)


def test_the_decoy_takes_the_same_statement_and_leaves_nothing(log: Log) -> None:
    statements: dict[bytes, list[str]] = {}

    class Spy:
        def __init__(self, tx: Any, seen: list[str]) -> None:
            self.tx, self.seen = tx, seen

        def run(self, sql: str, /, **params: Any) -> int:
            self.seen.append(sql)
            return int(self.tx.run(sql, **params))

    wallet = log.wallet()
    for id in (wallet.id, DECOY):
        seen = statements.setdefault(id, [])
        log.db.write_now(lambda tx, id=id, seen=seen: refusals.count(Spy(tx, seen), id, NOW))  # type: ignore[misc, arg-type]
    assert statements[wallet.id] == statements[DECOY] != []
    sweep.sum_up(log.db, NOW + HOUR)
    assert log.all("SELECT * FROM log_refusals") == [] and log.page(wallet).head_seq == 1
    assert log.all("SELECT count(*) FROM chain_heads") == [(1,)]


def test_a_wallet_deleted_meanwhile_is_no_obstacle(log: Log) -> None:
    other = log.wallet()
    for id in (b"\7" * 32, other.id):
        log.db.write_now(lambda tx, id=id: refusals.count(tx, id, NOW))  # type: ignore[misc]
    sweep.sum_up(log.db, NOW + HOUR)
    assert log.all("SELECT * FROM log_refusals") == [] and log.page(other).head_seq == 1


def test_no_access_is_lost_past_the_cap(log: Log) -> None:
    wallet, grant = log.wallet(), new_grant()
    log.append(wallet, 731, kind="slot-delivered", actor={"type": "link"}, grant=grant)
    sweep.sum_up(log.db, NOW)
    sweep.sum_up(log.db, NOW + HOUR)
    events = [event for _, event in wallet.check(log.page(wallet))[1]]
    assert [event.kind for event in events[-2:]] == ["more-entries", "more-entries"]
    assert events[-1].detail == {"hour": THIS_HOUR, "count": 731 - 200} and events[-1].grant == events[0].grant
    assert sum(event.kind == "slot-delivered" for event in events) == 200
    assert log.all("SELECT * FROM log_capped_hours") == []


def test_a_busy_hour_below_the_cap_needs_no_sum(log: Log) -> None:
    wallet = log.wallet()
    log.append(wallet, 150, kind="sign-in-refused", actor={"type": "device"})
    sweep.sum_up(log.db, NOW + HOUR)
    assert log.page(wallet).head_seq == 150 and log.all("SELECT * FROM log_capped_hours") == []


def test_what_has_no_grant_is_summed_by_kind(sqlite_log: Log) -> None:
    wallet = sqlite_log.wallet()
    sqlite_log.append(wallet, 250, kind="sign-in-refused", actor={"type": "device"})
    sweep.sum_up(sqlite_log.db, NOW + HOUR)
    last = wallet.check(sqlite_log.page(wallet))[1][-1][1]
    assert last.detail == {"hour": THIS_HOUR, "count": 50, "of": "sign-in-refused"} and last.grant is None


def test_a_grants_looks_and_refusals_are_summed_apart(sqlite_log: Log) -> None:
    wallet, grant = sqlite_log.wallet(), new_grant()
    for kind in ("grant-refused", "grant-opened"):
        sqlite_log.append(wallet, 250, kind=kind, actor={"type": "link"}, grant=grant)
    sweep.sum_up(sqlite_log.db, NOW + HOUR)
    events = [event for _, event in wallet.check(sqlite_log.page(wallet))[1]]
    sums = [event.detail for event in events if b64u(event.grant or b"") == grant and "count" in (event.detail or {})]
    assert sums == [
        {"hour": THIS_HOUR, "count": 150},
        {"hour": THIS_HOUR, "count": 50, "of": "grant-looked-at"},
    ]
