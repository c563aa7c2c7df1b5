"""The vectors are what the reference does, and nothing in the specification is without one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from .make_vectors import FOLDER, PAGES, operations, page
from .ops import OPS, run

SPEC = FOLDER.parent / "formats"


def _cases() -> list[Any]:
    files = sorted(FOLDER.glob("*.json"))
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in files
        for case in json.loads(file.read_text("utf-8"))["cases"]
    ]


@pytest.mark.parametrize("case", _cases())
def test_a_vector_reads_as_it_says(case: dict[str, Any]) -> None:
    expected = {name: case[name] for name in ("out", "refused", "at") if name in case}
    assert run(case) == expected


@pytest.mark.parametrize("stem", PAGES)
def test_generating_again_changes_nothing(stem: str) -> None:
    assert page(stem) == (FOLDER / f"{stem}.json").read_text("utf-8")


def test_readme_lists_the_operations() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    assert operations(text) == text


def test_every_page_has_vectors_and_every_operation_is_used() -> None:
    # An export is a folder of files made of the other formats; it has no bytes of its own.
    assert {file.stem for file in SPEC.glob("*.md")} - {"export"} == set(PAGES)
    assert {file.stem for file in FOLDER.glob("*.json")} == set(PAGES)
    used = {case["op"] for stem in PAGES for case in json.loads((FOLDER / f"{stem}.json").read_text("utf-8"))["cases"]}
    assert used == set(OPS)


def test_every_refusal_of_the_reference_has_a_vector_and_stands_in_the_specification() -> None:
    refused = {
        case["refused"]
        for stem in PAGES
        for case in json.loads((FOLDER / f"{stem}.json").read_text("utf-8"))["cases"]
        if "refused" in case
    }
    sources = (FOLDER.parents[1] / "clients" / "python" / "mappe" / "formats").glob("*.py")
    raised = {code for file in sources for code in re.findall(r'FormatError\(\s*"([a-z-]+)"', file.read_text("utf-8"))}
    raised.add("log-broken")
    specified = {
        code for file in SPEC.glob("*.md") for code in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", file.read_text("utf-8"))
    }
    assert raised - refused == set()
    assert refused - specified == set()
