"""`python -m benchmarks.scale` (`make bench-scale`): does a redeem stay as fast as wallets and log grow? (PostgreSQL)

Two installations run beside each other, one with a large past and one with a small one, and are loaded in turn.

    --entries N --wallets N   the large one (10,000,000 and 1,000,000); the small one has 1,000 of each
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import machine, report, shares
from benchmarks.bulk import Size, fill
from benchmarks.machine import LOAD_CPU, SERVER_CPU, Load, pin
from benchmarks.postgres import SETTINGS, postmaster_of
from benchmarks.redeeming import write_opens
from benchmarks.result import LOAD_HEAD, Bar, Section, load_row
from benchmarks.shares import Share
from benchmarks.stage import OFFICE, Stage, folder, product
from scripts.postgres_server import Postgres

SMALL = Size(wallets=1_000, entries=1_000)
AT_MOST = 1.2
REDEEMED = 10_000  # wallets of the large one that are opened at random
CONNECTIONS = 4
ROUNDS = 7
SECONDS = 5
FIRST_GUESS = 1_500
# wal_level=minimal: a table that is loaded in the transaction that emptied it is not logged; as after any dump
MORE = {
    **SETTINGS,
    "shared_buffers": "'2GB'",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "maintenance_work_mem": "'1GB'",
    "max_wal_size": "'16GB'",
    "autovacuum_naptime": "'10min'",
    # the first change of a page after a checkpoint writes the whole page: what operators are told to set, too
    "checkpoint_timeout": "'30min'",
    "wal_compression": "'lz4'",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """One of the two."""

    name: str
    stage: Stage
    real: list[Share]
    seeded: float


def measure(large: Size, *, rounds: int, seconds: int, redeemed: int) -> Section:
    """p50 and p99 of both, in turn."""
    section = Section(
        f"Redeem with {large.entries:,} log rows and {large.wallets:,} wallets against {SMALL.entries:,} of each",
        LOAD_HEAD,
    )
    with folder() as where, Postgres.start(where / "postgres", durable=True, settings=MORE) as cluster:
        postmaster = postmaster_of(where / "postgres")
        with ExitStack() as stack:
            both = [
                stack.enter_context(_installation(where / "small", cluster, SMALL, SMALL.wallets)),
                stack.enter_context(_installation(where / "large", cluster, large, min(redeemed, large.wallets))),
            ]
            pin(postmaster, SERVER_CPU)
            samples: dict[str, list[Load]] = {one.name: [] for one in both}
            rates: dict[str, float] = {}
            for number in range(-1, rounds):
                for one in both if number % 2 else both[::-1]:
                    load = _round(where, one, postmaster, rates, seconds, warm=number < 0)
                    if number >= 0:
                        samples[one.name].append(load)
    for one in both:
        loads = samples[one.name]
        section.rows.append(load_row(one.name, machine.middle(loads), [load.rate for load in loads]))
        section.notes.append(f"{one.name}: seeded in {one.seeded:.0f} s, {len(one.real):,} wallets redeemed at random.")
    for name in ("p50", "p99"):
        middles = {key: median(getattr(load, name) for load in loads) for key, loads in samples.items()}
        section.bars.append(Bar(f"{name}, large / small", middles["large"] / middles["small"], AT_MOST, False))
        section.figures[name] = {key: [getattr(load, name) for load in loads] for key, loads in samples.items()}
    section.figures["rates"] = {key: [load.rate for load in loads] for key, loads in samples.items()}
    section.figures["errors"] = {key: sum(load.errors for load in loads) for key, loads in samples.items()}
    section.notes.append(f"{CONNECTIONS} connections, both warm: every wallet that is redeemed was redeemed before.")
    return section


def _round(
    where: Path, one: Installation, postmaster: int, rates: dict[str, float], seconds: int, *, warm: bool
) -> Load:
    server = one.stage.server
    if warm:
        for start in range(0, len(one.real), 2_500):
            some = one.real[start : start + 2_500]
            replay = write_opens(where / "opens", one.stage.caller(), some, len(some))
            machine.send_all(server.port, replay, CONNECTIONS, len(some))
    count = int(rates.get(one.name, FIRST_GUESS) * seconds * 1.6) + 500
    replay = write_opens(where / "opens", one.stage.caller(), one.real, count)
    load = machine.wrk(server.port, replay, CONNECTIONS, seconds, [server.pid, postmaster])
    rates[one.name] = load.rate
    return load


@contextmanager
def _installation(where: Path, cluster: Postgres, size: Size, redeemed: int) -> Iterator[Installation]:
    url = cluster.new_database()
    with product(where, {"MAPPE_DATABASE_URL": url}) as stage:
        seal = stage.office.keys.of("seal")[0].public
        os.sched_setaffinity(0, {SERVER_CPU, LOAD_CPU})  # nothing is measured yet
        with ProcessPoolExecutor(2) as pool:
            parts = [pool.submit(_make, seal, redeemed // 2 + n * (redeemed % 2)) for n in range(2)]
            real = [share for part in parts for share in part.result()]
        took = fill(url, size, real, f"{stage.server.origin[7:]}/mappe-log")
        os.sched_setaffinity(0, {LOAD_CPU})
        yield Installation(where.name, stage, real, took)


def _make(seal: bytes, count: int) -> list[Share]:
    return [shares.make(OFFICE.id, seal) for _ in range(count)]


HOW = (
    "The servers and PostgreSQL (synchronous_commit=on) run on core 0, the load on core 1. Both installations run "
    "throughout and are loaded in turn; figures are medians of the rounds. Entries and grants that nobody opens are "
    "random bytes of the true size; what is redeemed is real."
)


def main() -> int:
    """0 when the bars were reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="Redeem as the past grows.")
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--wallets", type=int, default=1_000_000)
    parser.add_argument("--redeemed", type=int, default=REDEEMED, help="wallets of the large one that are redeemed")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CPU})
    size = Size(chosen.wallets, chosen.entries)
    section = measure(size, rounds=chosen.rounds, seconds=chosen.seconds, redeemed=chosen.redeemed)
    print(section.text())
    if (chosen.entries, chosen.wallets) == (10_000_000, 1_000_000):
        print(f"written to {report.write('bench-scale', 'Redeem as the past grows', [section], HOW).name}")
    return 0 if all(bar.held for bar in section.bars) else 1


if __name__ == "__main__":
    sys.exit(main())
