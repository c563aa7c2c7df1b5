"""docs/lies.md names a test for every lie: the tests exist, and no lie of the adversary's data is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.adversary.liar import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lies.md").read_text("utf-8")
HEADS = ("| The server", "| Elsewhere")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(HEADS)]
PYTHON = re.compile(r"`([\w./-]+\.py)::(\w+)`")
WEB = re.compile(r"`(clients/web/test/[\w./-]+\.test\.ts)`: \"([^\"]+)\"")
LIE = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")


@pytest.mark.parametrize("place", sorted({found.group(0) for found in PYTHON.finditer(PAGE)}))
def test_a_named_test_exists(place: str) -> None:
    path, name = PYTHON.fullmatch(place).groups()  # type: ignore[union-attr]
    assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), place


@pytest.mark.parametrize("place", sorted({found.group(0) for found in WEB.finditer(PAGE)}))
def test_a_named_test_of_the_web_client_exists(place: str) -> None:
    path, title = WEB.fullmatch(place).groups()  # type: ignore[union-attr]
    text = (ROOT / path).read_text("utf-8")
    assert f"'{title}'" in text or f'"{title}"' in text, place


def test_every_lie_has_its_place_and_no_other_is_named() -> None:
    assert {found.group(1) for found in LIE.finditer("\n".join(ROWS))} == set(load())


def test_every_file_that_is_named_exists() -> None:
    for path in re.findall(r"`((?:clients|tests)/[\w./-]+\.(?:tsx?|py|json))", PAGE):
        assert (ROOT / path).exists(), path


def test_every_row_names_a_test_for_each_client_or_says_why() -> None:
    assert len(ROWS) > 50
    for row in ROWS:
        for cell in row.strip("| ").split(" | ")[1:]:
            named = bool(PYTHON.search(cell) or WEB.search(cell) or LIE.search(cell)) or cell.startswith("the same")
            assert named or len(cell) > 20, row
