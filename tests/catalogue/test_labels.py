"""Every text of the catalogue and the templates exists in every language, and a broken file is noticed."""

import copy
import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import labels
from scripts.labels import Json, faults, load

ALL = ["de", "en", *labels.LANGUAGES]


@pytest.mark.parametrize("language", labels.LANGUAGES)
def test_a_language_is_complete(language: str) -> None:
    assert faults(language, load(f"labels/{language}.json")) == []


def test_no_language_is_left_out_and_none_is_unknown() -> None:
    shipped = {path.stem for path in labels.FOLDER.glob("*.json")} - {"glossary"}
    assert shipped == set(labels.LANGUAGES)


def test_every_row_of_the_catalogue_is_counted() -> None:
    def labelled(value: object) -> int:
        if isinstance(value, list):
            return sum(map(labelled, value))
        if isinstance(value, dict):
            return ("labels" in value) + sum(map(labelled, value.values()))
        return 0

    names = [row.name for row in labels.rows()]
    assert len(set(names)) == len(names)
    assert len([name for name in names if name.endswith("#label")]) == labelled(load("fields.json"))
    assert len([name for name in names if name.startswith("template:")]) == 3 * labelled(load("templates.json"))


def test_the_glossary_says_each_term_in_every_language() -> None:
    terms = load("labels/glossary.json")["terms"]
    assert len({term["id"] for term in terms}) == len(terms) >= 60
    for term in terms:
        assert list(term["terms"]) == ALL, term["id"]
        assert all(text.strip() for text in term["terms"].values()), term["id"]


def _label(document: Json, key: str, text: str) -> None:
    document["labels"][key]["label"] = text


BREAKS: dict[str, tuple[Callable[[Json], object], str]] = {
    "a key lost": (lambda d: d["labels"].pop("person"), "person#label: missing"),
    "a help lost": (lambda d: d["labels"]["person"].pop("help"), "person#help: missing"),
    "a key too many": (lambda d: d["labels"].update(nobody={"label": "لا"}), "nobody#label: unknown"),
    "a part too many": (lambda d: d["labels"]["person"].update(hint="لا"), "person#hint: unknown"),
    "a template lost": (lambda d: d["templates"].pop("template:s7_intake:on_no"), "on_no: missing"),
    "empty": (lambda d: _label(d, "person", " "), "missing or empty"),
    "a blank at an end": (lambda d: _label(d, "person", "شخص "), "blank at an end"),
    "not NFC": (lambda d: _label(d, "person", "شخص a\u0308"), "not NFC"),
    "a bidi mark": (lambda d: _label(d, "person", "\u200fشخص"), "an invisible character"),
    "German only": (lambda d: _label(d, "person", "Person"), "not in the script"),
    "too long a label": (lambda d: _label(d, "person", "ش" * 81), "81 characters"),
    "too long a help": (lambda d: d["labels"]["person"].update(help="ش" * 241), "241 characters"),
    "too long a purpose": (
        lambda d: d["templates"].update({"template:s7_intake:purpose": "ش" * 401}),
        "401 characters",
    ),
    "two codes labelled alike": (lambda d: _label(d, "person.sex=male", "أنثى"), "two entries labelled"),
    "another language": (lambda d: d.update(language="fa"), "another format or language"),
    "a hasty state": (lambda d: d.update(state="approved"), "state approved"),
    "reviewed by nobody": (lambda d: d.update(state="reviewed"), "state reviewed"),
    "reviewed what is not there": (lambda d: d.update(reviewed=["nobody#label"]), "nobody#label: unknown"),
    "a member too many": (lambda d: d.update(note="x"), "members"),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_file_is_noticed(case: str) -> None:
    break_it, expected = BREAKS[case]
    document = copy.deepcopy(load("labels/ar.json"))
    break_it(document)
    assert any(expected in fault for fault in faults("ar", document)), faults("ar", document)


def test_an_untranslated_hint_is_noticed_in_a_latin_language() -> None:
    document = load("labels/tr.json")
    document["labels"]["person"]["help"] = "Name, birth and nationality of a person."
    assert faults("tr", document) == ["person#help: not translated"]


def test_a_reviewers_table_comes_back_as_it_went(tmp_path: Path) -> None:
    labels.export("fa", tmp_path / "fa.csv")
    assert labels.imported("fa", tmp_path / "fa.csv") == load("labels/fa.json")


def _change(path: Path, change: Callable[[list[dict[str, str]]], object]) -> Path:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    change(lines)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, ["key", "de", "en", "translation", "state"])
        table.writeheader()
        table.writerows(lines)
    return path


def test_a_review_is_kept_text_by_text_and_the_file_is_reviewed_with_its_last(tmp_path: Path) -> None:
    table = tmp_path / "ar.csv"
    labels.export("ar", table)
    some = labels.imported("ar", _change(table, lambda lines: lines[0].update(state="reviewed", translation="تصريح")))
    assert (some["state"], len(some["reviewed"])) == ("drafted", 1)
    assert labels.texts(some)[some["reviewed"][0]] == "تصريح"
    all_of_them = labels.imported("ar", _change(table, lambda lines: [one.update(state="reviewed") for one in lines]))
    assert all_of_them["state"] == "reviewed" and len(all_of_them["reviewed"]) == len(labels.rows())


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines.pop(),
        lambda lines: lines.append(lines[0]),
        lambda lines: lines[0].update(translation=""),
        lambda lines: lines[0].update(translation="Eigene Angabe"),
        lambda lines: lines[0].update(state="approved"),
        lambda lines: lines[0].update(key="nobody#label"),
    ],
)
def test_a_table_that_may_not_be_shipped_is_refused(
    tmp_path: Path, change: Callable[[list[dict[str, str]]], object]
) -> None:
    labels.export("ar", tmp_path / "ar.csv")
    with pytest.raises(ValueError):
        labels.imported("ar", _change(tmp_path / "ar.csv", change))
