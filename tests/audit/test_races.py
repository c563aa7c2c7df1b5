"""Many at once: on one wallet they make one chain, on many they do not wait for one another."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import pruning
from audit.fsck import fsck
from kit.errors import Problem
from tests.audit.conftest import LOG, NOW, Log, Wallet, new_grant, write

AT_ONCE = 64
PROCESSES = 3


def whole(log: Log, *wallets: Wallet) -> None:
    for wallet in wallets:
        page = log.page(wallet)
        pin, _ = wallet.check(page)
        assert (pin.seq, pin.leaf) == (page.head_seq, page.head_leaf)
    log.sequence()
    assert list(fsck(log.db, LOG, log.ledger)) == []


def test_64_at_once_on_one_wallet(log: Log) -> None:
    wallet = log.wallet()

    async def run() -> list[Any]:
        return await asyncio.gather(*(log.db.write(lambda tx: write(tx, wallet.id)) for _ in range(AT_ONCE * 4)))

    entries = asyncio.run(run())
    assert len({entry.leaf for entry in entries}) == AT_ONCE * 4 == log.page(wallet).head_seq
    assert {entry.leaf for entry in entries} == {entry.leaf for entry in log.page(wallet).entries}
    whole(log, wallet)


def test_64_at_once_on_64_wallets(log: Log) -> None:
    wallets = [log.wallet() for _ in range(AT_ONCE)]

    async def run() -> None:
        await asyncio.gather(*(log.db.write(lambda tx, w=w: write(tx, w.id)) for w in wallets * 4))  # type: ignore[misc]

    asyncio.run(run())
    assert all(log.page(wallet).head_seq == 4 for wallet in wallets)
    whole(log, *wallets)


def test_failures_among_them_harm_nobody(log: Log) -> None:
    wallet = log.wallet()

    def work(number: int) -> Callable[[Any], Any]:
        def run(tx: Any) -> Any:
            entry = write(tx, wallet.id)
            if number % 3 == 0:
                raise RuntimeError
            return entry

        return run

    async def run() -> list[Any]:
        works = (log.db.write(work(number)) for number in range(AT_ONCE * 3))
        return await asyncio.gather(*works, return_exceptions=True)

    results = asyncio.run(run())
    entries = [entry for entry in results if not isinstance(entry, Exception)]
    assert len(entries) == AT_ONCE * 2 == log.page(wallet).head_seq
    assert {entry.leaf for entry in entries} == {entry.leaf for entry in log.page(wallet).entries}
    whole(log, wallet)


def test_a_flood_from_all_sides_is_counted_exactly(log: Log) -> None:
    wallet, grant = log.wallet(), new_grant()
    event = {"kind": "grant-opened", "actor": {"type": "link"}, "grant": grant}

    async def run() -> list[Any]:
        return await asyncio.gather(*(log.db.write(lambda tx: write(tx, wallet.id, **event)) for _ in range(400)))

    asyncio.run(run())
    kinds = [event.kind for _, event in wallet.check(log.page(wallet))[1]]
    assert kinds == ["grant-opened"] * 200 + ["more-entries"]
    assert log.all("SELECT entries FROM log_capped_hours") == [(300,)]
    whole(log, wallet)


def test_deletion_among_appends_leaves_nothing(log: Log) -> None:
    for _ in range(5):
        wallet = log.wallet()

        async def run(wallet: Wallet = wallet) -> list[Any]:
            works: list[Any] = [log.db.write(lambda tx: write(tx, wallet.id)) for _ in range(20)]
            works.insert(10, log.db.write(lambda tx: pruning.erase(tx, wallet.id)))
            return await asyncio.gather(*works, return_exceptions=True)

        results = asyncio.run(run())
        assert all(isinstance(r, Problem) for r in results if isinstance(r, Exception))
        for table in ("chain_heads", "log_pending", "log_entries"):
            assert wallet.id not in [row[0] for row in log.all(f"SELECT wallet_id FROM {table}")]
    assert list(fsck(log.db, LOG, log.ledger)) == []


PROGRAM = """
import asyncio, sys
from app.database import make_database
from tests.audit.conftest import write

async def main(url, wallets):
    db = make_database(url)
    for _ in range(10):
        await asyncio.gather(*(db.write(lambda tx, w=w: write(tx, w)) for w in wallets * 4))
    db.close()

asyncio.run(main(sys.argv[1], [bytes.fromhex(w) for w in sys.argv[2:]]))
"""


def test_several_processes_share_one_log(log: Log) -> None:
    wallets = [log.wallet() for _ in range(4)]
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", PROGRAM, log.url, *(wallet.id.hex() for wallet in wallets)]
    processes = [subprocess.Popen(command, cwd=root) for _ in range(PROCESSES)]
    while any(process.poll() is None for process in processes):
        log.sequence(NOW)  # while they write
        time.sleep(0.2)
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert all(log.page(wallet).head_seq == PROCESSES * 40 for wallet in wallets)
    whole(log, *wallets)


def test_killed_in_the_middle_leaves_a_whole_log(log: Log) -> None:
    wallets = [log.wallet() for _ in range(4)]
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", PROGRAM, log.url, *(wallet.id.hex() for wallet in wallets)]
    for delay in (0.0, 0.03, 0.1):
        before = sum(log.page(wallet).head_seq for wallet in wallets)
        process = subprocess.Popen(command, cwd=root)
        while process.poll() is None and sum(log.page(wallet).head_seq for wallet in wallets) == before:
            time.sleep(0.005)
        time.sleep(delay)
        process.kill()
        process.wait()
    whole(log, *wallets)


@pytest.mark.parametrize("wallets", [1, 16])
def test_appending_while_the_runner_sequences(log: Log, wallets: int) -> None:
    owners = [log.wallet() for _ in range(wallets)]

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(10):
            writes = [log.db.write(lambda tx, w=w: write(tx, w.id)) for w in owners * (16 // wallets)]  # type: ignore[misc]
            await asyncio.gather(*writes, loop.run_in_executor(None, log.sequence))

    asyncio.run(run())
    whole(log, *owners)
