"""Measure 1: an agency's redeem on SQLite against the ceiling and the ordinary way, in turn, in the same run."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from mappe.formats.encoding import b64u

from benchmarks import ceiling, machine, ordinary
from benchmarks.machine import Load
from benchmarks.redeeming import Caller, write_opens
from benchmarks.result import LOAD_HEAD, Bar, Section, load_row
from benchmarks.shares import Share
from benchmarks.stage import Stage, folder, product
from scripts.postgres_server import free_port

CONNECTIONS = (1, 32)
AT_LEAST = 0.5  # of the ceiling
WALLETS = 2_000  # so that no wallet comes near the cap of a busy hour: every open is an entry of its own
FIRST_GUESS = {"product": 2_500, "ceiling": 3_500, "ordinary": 600}  # requests/s, to write enough of them
WARM_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Side:
    """One of those who are compared."""

    name: str
    port: int
    pid: int
    caller: Callable[[], Caller]


def measure(*, rounds: int, seconds: int, wallets: int = WALLETS) -> Section:
    """Product, ceiling and ordinary way, alternating, at each number of connections."""
    section = Section("Agency redeem, five slots of 256 B, durable entry, SQLite synchronous=FULL", LOAD_HEAD)
    with folder() as where, product(where) as stage, ExitStack() as stack:
        made = stage.shares(wallets)
        stage.seed(made)
        sides = [
            Side("product", stage.server.port, stage.server.pid, stage.caller),
            stack.enter_context(_comparison(stage, where, "ceiling", made)),
            stack.enter_context(_comparison(stage, where, "ordinary", made)),
        ]
        samples = _alternate(where, sides, made, rounds, seconds)
        for connections in CONNECTIONS:
            _report(section, connections, {side.name: samples[side.name, connections] for side in sides})
        entries = _entries(stage)
        sent = sum(load.requests for (name, _), loads in samples.items() if name == "product" for load in loads)
        section.notes.append(
            f"Entries in the product's log after the run: {entries:,}; opens answered in measured samples: {sent:,}."
        )
        section.notes.append(
            "Product and ceiling remember the same: a token verified once (by its hash), a parsed proof header, a "
            "wallet's parsed log key. The ordinary way remembers nothing."
        )
    return section


def _alternate(
    where: Path, sides: list[Side], made: list[Share], rounds: int, seconds: int
) -> dict[tuple[str, int], list[Load]]:
    rates: dict[tuple[str, int], float] = {}
    samples: dict[tuple[str, int], list[Load]] = {}
    for number in range(rounds + 1):  # the first warms up and tells how many requests to write
        for connections in CONNECTIONS:
            for side in sides:
                length = seconds if number else WARM_SECONDS
                rate = rates.get((side.name, connections), FIRST_GUESS[side.name])
                replay = where / "opens"
                write_opens(replay, side.caller(), made, int(rate * length * 2) + 500)
                load = machine.wrk(side.port, replay, connections, length, [side.pid])
                rates[side.name, connections] = max(load.rate, rates.get((side.name, connections), 0))
                if number:
                    samples.setdefault((side.name, connections), []).append(load)
    return samples


def _report(section: Section, connections: int, samples: dict[str, list[Load]]) -> None:
    for name, loads in samples.items():
        section.rows.append(
            load_row(f"{name}, {connections} conn.", machine.middle(loads), [load.rate for load in loads])
        )
    ratios = [a.rate / b.rate for a, b in zip(samples["product"], samples["ceiling"], strict=True)]
    factor = median(load.rate for load in samples["product"]) / median(load.rate for load in samples["ordinary"])
    section.bars.append(Bar(f"product / ceiling at {connections} connections", median(ratios), AT_LEAST, True))
    wrong = sum(load.errors for loads in samples.values() for load in loads)
    section.bars.append(Bar(f"answers that were no release, at {connections} connections", wrong, 0, False))
    section.notes.append(f"At {connections} connections the product is {factor:.1f} × the ordinary way.")
    section.figures[str(connections)] = {
        "ratio": median(ratios),
        "ratios": ratios,
        "factor_over_ordinary": factor,
        **{
            name: {
                "rates": [load.rate for load in loads],
                "cpu_us": [load.cpu_us for load in loads],
                "p50_ms": [load.p50 for load in loads],
                "p99_ms": [load.p99 for load in loads],
                "foreign_cores": [load.foreign for load in loads],
                "errors": sum(load.errors for load in loads),
            }
            for name, loads in samples.items()
        },
    }


@contextmanager
def _comparison(stage: Stage, where: Path, name: str, made: list[Share]) -> Iterator[Side]:
    database = where / f"{name}.db"
    told = stage.comparison(free_port(), database, b64u(secrets.token_bytes(32)))
    env = told.save(where / f"{name}.json")
    {"ceiling": ceiling.seed, "ordinary": ordinary.seed}[name](str(database), made)
    port = int(told.origin.rpartition(":")[2])
    login = stage.office.keys.of("login")[0].ed25519
    with machine.serving(machine.uvicorn(f"benchmarks.{name}:make_app", port), port, env, where / f"{name}.log") as pid:
        yield Side(name, port, pid, lambda: Caller(told.origin, login, told.token()))


def _entries(stage: Stage) -> int:
    with sqlite3.connect(f"file:{stage.server.data / 'mappe.db'}?mode=ro", uri=True) as con:
        return sum(con.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("log_entries", "log_pending"))
