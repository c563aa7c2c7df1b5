"""Dated reports: Markdown for people, JSON for programs, and the table on the screen."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.result import Section

FOLDER = Path(__file__).parent / "reports"


def write(name: str, title: str, sections: Sequence[Section], how: str) -> Path:
    """`reports/<date>-<name>.md` and `.json`; the path of the first."""
    FOLDER.mkdir(exist_ok=True)
    date = time.strftime("%Y-%m-%d", time.gmtime())
    where = machine.describe()
    bars = [bar for section in sections for bar in section.bars]
    lines = [
        f"# {title}",
        "",
        f"{date}, {where['cpu']}, {where['memory']}, {where['system']}, Python {where['python']}",
    ]
    lines += [f"\n{how}", "", f"{sum(bar.held for bar in bars)} of {len(bars)} bars reached.", ""]
    lines += [section.text() for section in sections]
    path = FOLDER / f"{date}-{name}.md"
    path.write_text("\n".join(lines).rstrip() + "\n")
    data = {"date": date, "machine": where, "how": how, "sections": [section.data() for section in sections]}
    path.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return path
