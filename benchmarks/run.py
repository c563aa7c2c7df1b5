"""`python -m benchmarks.run` (`make bench`): everything but the scale, in at most a quarter of an hour.

--quick          short samples, for a look while working; the figures are not for a report
--only redeem    one measurement (redeem, postgres, streams, sync, memory, uniform), may be repeated
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable

from benchmarks import memory, postgres, redeem, report, streams, syncing, uniform
from benchmarks.machine import LOAD_CPU
from benchmarks.result import Section

MIB = 1 << 20
ROUNDS = 5
HOW = (
    "The server runs on core 0, the load on core 1. Whoever is compared takes turns within each round of one run; "
    "figures are medians of the rounds, spread is (max − min) / median, a ratio is the median of the rounds' ratios."
)


def measurements(quick: bool) -> dict[str, Callable[[], Section]]:
    """By name, in the order of the report."""
    if quick:
        return {
            "redeem": lambda: redeem.measure(rounds=2, seconds=2, wallets=300),
            "postgres": lambda: postgres.measure(rounds=2, seconds=2, wallets=300),
            "streams": lambda: streams.measure(rounds=2, size=64 * MIB, large=128 * MIB),
            "sync": lambda: syncing.measure(documents=200),
            "memory": lambda: memory.measure(first=4_000, last=12_000, wallets=300),
            "uniform": lambda: uniform.measure(requests=300),
        }
    return {
        "redeem": lambda: redeem.measure(rounds=ROUNDS, seconds=4),
        "postgres": lambda: postgres.measure(rounds=ROUNDS, seconds=4),
        "streams": lambda: streams.measure(rounds=ROUNDS, size=256 * MIB, large=1024 * MIB),
        "sync": lambda: syncing.measure(documents=1_000),
        "memory": lambda: memory.measure(first=10_000, last=100_000),
        "uniform": lambda: uniform.measure(requests=2_000),
    }


def main() -> int:
    """0 when every bar was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure against the ceilings.")
    parser.add_argument("--quick", action="store_true", help="short samples, no report")
    parser.add_argument("--only", action="append", choices=list(measurements(True)), help="this measurement alone")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CPU})
    sections: list[Section] = []
    failed = False
    for name, measure in measurements(chosen.quick).items():
        if chosen.only and name not in chosen.only:
            continue
        began = time.monotonic()
        try:
            section = measure()
        except Exception:
            traceback.print_exc()
            failed = True
            continue
        section.figures["took_seconds"] = round(time.monotonic() - began, 1)
        sections.append(section)
        print(section.text(), f"({section.figures['took_seconds']:.0f} s)\n", flush=True)
    if not chosen.quick and not chosen.only:
        print(f"written to {report.write('bench', 'Benchmarks', sections, HOW).name}")
    return 1 if failed or not all(bar.held for section in sections for bar in section.bars) else 0


if __name__ == "__main__":
    sys.exit(main())
