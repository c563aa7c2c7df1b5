"""A reviewer's table of the app's texts goes out and comes back whole, or is refused."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import texts

Lines = list[dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(texts.I18N / "texts", tmp_path / "i18n" / "texts")
    shutil.copy(texts.I18N / "states.json", tmp_path / "i18n" / "states.json")
    return tmp_path / "i18n"


def table(folder: Path, change: Callable[[Lines], object], language: str = "uk") -> Path:
    path = folder / "out.csv"
    texts.export(language, path, folder)
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    change(lines)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictWriter(file, texts.COLUMNS)
        rows.writeheader()
        rows.writerows(lines)
    return path


def row(lines: Lines, key: str) -> dict[str, str]:
    return next(line for line in lines if line["key"] == key)


@pytest.mark.parametrize("language", sorted(texts.states(texts.I18N)))
def test_every_language_goes_round(folder: Path, language: str) -> None:
    found, state = texts.imported(language, table(folder, lambda lines: None, language), folder)
    assert found == texts.read(folder, language) and state == "drafted"


def test_a_form_that_english_lacks_is_explained_by_its_other(folder: Path) -> None:
    seen: list[dict[str, str]] = []
    table(folder, lambda lines: seen.append(row(lines, "share/share.days.few")))
    assert seen[0]["en"] == "{n} days"


def test_a_reviewed_table_makes_the_language_reviewed_and_changes_nothing_else(folder: Path) -> None:
    def review(lines: Lines) -> None:
        for line in lines:
            line["state"] = "reviewed"
        row(lines, "shell/shell.back")["translation"] = "Повернутися"

    before = texts.read(folder, "ar"), texts.states(folder)
    texts.write("uk", *texts.imported("uk", table(folder, review), folder), folder)
    assert texts.read(folder, "uk")["shell"]["shell.back"] == "Повернутися"
    assert texts.states(folder) == {**before[1], "uk": "reviewed"}
    assert texts.read(folder, "ar") == before[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines.pop(),
        lambda lines: lines.append(lines[0]),
        lambda lines: lines[0].update(key="shell/nothing"),
        lambda lines: lines[0].update(key="nowhere/shell.back"),
        lambda lines: lines[0].update(state="approved"),
        lambda lines: lines[0].update(translation=" "),
        lambda lines: row(lines, "shell/shell.step").update(translation="Крок {n}"),
        lambda lines: row(lines, "shell/shell.back").update(translation="Назад {n}"),
        lambda lines: row(lines, "share/share.days.few").update(translation="дні"),
    ],
)
def test_a_table_that_may_not_be_shipped_is_refused(folder: Path, change: Callable[[Lines], object]) -> None:
    with pytest.raises(ValueError):
        texts.imported("uk", table(folder, change), folder)
