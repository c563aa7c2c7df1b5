"""What a measurement says: lines for people, figures for programs, and whether the bar was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.machine import Load, spread


@dataclass(frozen=True, slots=True)
class Bar:
    """One requirement: `value` against `limit`; `at_least` says in which direction."""

    name: str
    value: float
    limit: float
    at_least: bool

    @property
    def held(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{self.name}: {self.value:.3g} (bar {sign} {self.limit:g}): {'reached' if self.held else 'MISSED'}"


@dataclass
class Section:
    """One measurement with its table."""

    title: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """As Markdown."""
        lines = [f"## {self.title}", "", _row(self.head), _row(["---"] * len(self.head))]
        lines += [_row(row) for row in self.rows]
        lines += ["", *[f"* {bar}" for bar in self.bars], *[f"* {note}" for note in self.notes], ""]
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "title": self.title,
            "bars": [{**asdict(bar), "held": bar.held} for bar in self.bars],
            "notes": self.notes,
            "figures": self.figures,
        }


LOAD_HEAD = ("what", "requests/s", "spread", "p50 ms", "p99 ms", "server CPU µs/request", "errors")


def load_row(name: str, found: Load, rates: Sequence[float]) -> Sequence[str]:
    """A line of a table with LOAD_HEAD."""
    return (
        name,
        f"{found.rate:,.0f}",
        f"{spread(rates):.0%}",
        f"{found.p50:.2f}",
        f"{found.p99:.2f}",
        f"{found.cpu_us:,.0f}",
        str(found.errors),
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
