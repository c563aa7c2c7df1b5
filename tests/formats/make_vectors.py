"""Writes mobile_api_spec/vectors: `python -m tests.formats.make_vectors`. Running it twice changes nothing."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from .ops import OPS

FOLDER = Path(__file__).parents[2] / "mobile_api_spec" / "vectors"
PAGES = (
    "conventions",
    "wallet",
    "sign_in",
    "join",
    "object",
    "chain",
    "attachment",
    "grant",
    "log",
    "registry",
    "mark",
    "request",
    "deposit",
    "desk",
)
_BEGIN, _END = "<!-- ops -->\n", "<!-- /ops -->\n"


def page(stem: str) -> str:
    """The file of one page."""
    cases = list(importlib.import_module(f"tests.formats.cases.{stem}").cases())
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    head = {"format": "mappe/1/vectors", "page": stem}
    lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    return json.dumps(head)[:-1] + f', "cases": [\n{lines}\n]}}\n'


def operations(text: str) -> str:
    """The README with its table of operations."""
    rows = ["| op | in | what it does |", "|---|---|---|"]
    for name, function in OPS.items():
        given = [n.rstrip("_") for n in function.__annotations__ if n != "return"]
        doc = " ".join((function.__doc__ or "").split()).replace("|", "\\|")
        rows.append(f"| `{name}` | {', '.join(f'`{parameter}`' for parameter in given)} | {doc} |")
    head, _, rest = text.partition(_BEGIN)
    return head + _BEGIN + "\n".join(rows) + "\n" + _END + rest.partition(_END)[2]


def main(stems: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for stem in stems or PAGES:
        (FOLDER / f"{stem}.json").write_text(page(stem), encoding="utf-8")
    readme = FOLDER / "README.md"
    readme.write_text(operations(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
