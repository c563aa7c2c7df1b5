"""The app's own texts as a table for a reviewer of one language, and back.

    python -m scripts.texts export ar out.csv       key, de, en, translation, state
    python -m scripts.texts import ar out.csv

The language is `reviewed` (`clients/web/src/i18n/states.json`) when the table says so of every text.
`scripts/check-i18n.ts` says afterwards whether keys and places are complete. What stands in the catalogue goes the same
way by `scripts.labels`.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
from pathlib import Path

I18N = Path(__file__).resolve().parents[1] / "clients" / "web" / "src" / "i18n"
COLUMNS = ("key", "de", "en", "translation", "state")
PLACE = re.compile(r"\{\w+\}")
FORM = re.compile(r"\.(one|zero|two|few|many|other)$")

Texts = dict[str, dict[str, str]]
"""Area -> key -> text."""


def read(folder: Path, language: str) -> Texts:
    areas = sorted(one.name for one in (folder / "texts").iterdir())
    return {area: json.loads((folder / "texts" / area / f"{language}.json").read_text("utf-8")) for area in areas}


def states(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "states.json").read_text("utf-8"))
    return found


def _model(texts: dict[str, str], key: str) -> str:
    """The text in a source language; a form that it lacks (`.few`) is explained by its `.other`."""
    return texts.get(key) or texts.get(FORM.sub(".other", key), "")


def export(language: str, to: Path, folder: Path = I18N) -> None:
    here, german, english = (read(folder, one) for one in (language, "de", "en"))
    state = "reviewed" if states(folder)[language] == "reviewed" else "drafted"
    with to.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for area, texts in here.items():
            for key, text in texts.items():
                sources = (_model(german[area], key), _model(english[area], key))
                table.writerow([f"{area}/{key}", *sources, text, state])


def imported(language: str, source: Path, folder: Path = I18N) -> tuple[Texts, str]:
    """The texts of the reviewer's table and the language's state. ValueError when it may not be shipped."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    before, english = read(folder, language), read(folder, "en")
    found: Texts = {area: {} for area in before}
    for line in lines:
        area, _, key = line["key"].partition("/")
        text = unicodedata.normalize("NFC", line["translation"].strip())
        if line["state"] not in {"drafted", "reviewed"}:
            raise ValueError(f"{line['key']}: state {line['state']!r}")
        if key not in before.get(area, {}) or key in found[area]:
            raise ValueError(f"{line['key']}: unknown, or twice")
        model = set(PLACE.findall(_model(english[area], key)))
        given = set(PLACE.findall(text))
        # "two months" needs no number; every other form has the places of the model
        if text == "" or given - model or (given != model and not key.endswith(".two")):
            raise ValueError(f"{line['key']}: empty, or fills other places than {sorted(model)}")
        found[area][key] = text
    if missing := [f"{area}/{key}" for area, texts in before.items() for key in texts if key not in found[area]]:
        raise ValueError(f"missing: {missing}")
    return found, "reviewed" if all(line["state"] == "reviewed" for line in lines) else "drafted"


def write(language: str, texts: Texts, state: str, folder: Path = I18N) -> None:
    def save(to: Path, value: object) -> None:
        to.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")

    for area, found in texts.items():
        save(folder / "texts" / area / f"{language}.json", found)
    save(folder / "states.json", {**states(folder), language: state})


def main(words: list[str]) -> int:
    match words:
        case ["export", language, to] if language in states(I18N):
            export(language, Path(to))
        case ["import", language, source] if language in states(I18N):
            write(language, *imported(language, Path(source)))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
