"""The catalogue in the languages of its readers: `mobile_api_spec/labels/<language>.json`.

    python -m scripts.labels check
    python -m scripts.labels export ar out.csv      for a reviewer: key, de, en, translation, state
    python -m scripts.labels import ar out.csv

German, plain German and English stand in `fields.json` and `templates.json`; the other languages stand beside them, so
that a reviewer of one language touches one file. A file is `reviewed` when each of its texts is.
"""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

SPEC = Path(__file__).resolve().parents[1] / "mobile_api_spec"
FOLDER = SPEC / "labels"
SOURCES = ("de", "de-x-plain", "en")
"""The languages that stand in the catalogue itself."""
LANGUAGES = ("ar", "fa", "ps", "kmr", "ti", "tr", "uk", "ru", "fr", "so")
SCRIPTS = {"ar": "ARABIC", "fa": "ARABIC", "ps": "ARABIC", "ti": "ETHIOPIC", "uk": "CYRILLIC", "ru": "CYRILLIC"}
"""How the names of a script's letters begin in Unicode. The others write in Latin script."""
KEPT = {"A1", "A2", "B1", "B2", "C1", "C2", "IBAN"}
"""Labels that are the same in every script: a person compares them with the paper."""
LABEL_CHARACTERS, HELP_CHARACTERS, SENTENCE_CHARACTERS = 80, 240, 400
"""One line on a phone; a hint below it; what a template says in full. Longer texts are not read."""
ZERO_WIDTH_NON_JOINER = "\u200c"
"""Part of Persian and Pashto spelling. Every other invisible character is refused: bidi marks belong to the page."""
STATES = ("drafted", "reviewed")

Json = dict[str, Any]


class Row(NamedTuple):
    name: str
    """`KEY#label`, `KEY#help`, or `template:ID:label|purpose|on_no`."""
    group: str
    """Rows of one group stand in one list before the reader and must not be labelled alike."""
    limit: int
    sources: Json


def load(name: str) -> Json:
    document: Json = json.loads((SPEC / name).read_text("utf-8"))
    return document


def _both(key: str, group: str, node: Json) -> Iterator[Row]:
    yield Row(f"{key}#label", group, LABEL_CHARACTERS, node["labels"])
    yield Row(f"{key}#help", "", HELP_CHARACTERS, node["help"])


def _value(value: Json, key: str) -> Iterator[Row]:
    for code in value.get("codes", []):
        yield from _both(f"{key}={code['id']}", f"{key}=", code)
    for member in value.get("members", []):
        yield from _both(f"{key}.{member['id']}", f"{key}.", member)
        yield from _value(member["value"], f"{key}.{member['id']}")


def rows() -> list[Row]:
    """Every text of the catalogue and of the templates that a reader meets, in the order of the files."""
    found: list[Row] = []
    catalogue = load("fields.json")
    for name, entries in catalogue["vocabularies"].items():
        for entry in entries:
            found += _both(f"vocabulary:{name}:{entry['id']}", f"vocabulary:{name}", entry)
    for kind in catalogue["types"]:
        found += _both(kind["id"], "types", kind)
        for field in kind["fields"]:
            key = f"{kind['id']}.{field['id']}"
            found += _both(key, f"{kind['id']}.", field)
            found += _value(field["value"], key)
    for template in load("templates.json")["templates"]:
        for member, source in (("label", "labels"), ("purpose", "purpose"), ("on_no", "on_no")):
            limit = LABEL_CHARACTERS if member == "label" else SENTENCE_CHARACTERS
            group = "templates" if member == "label" else ""
            found.append(Row(f"template:{template['id']}:{member}", group, limit, template[source]))
    return found


def texts(document: Json) -> dict[str, str]:
    """The file's texts by the names of `rows`."""
    found = {f"{key}#{part}": text for key, entry in document["labels"].items() for part, text in entry.items()}
    return {**found, **document["templates"]}


def _script_faults(text: str, row: Row, language: str) -> Iterator[str]:
    script = SCRIPTS.get(language)
    if script is None:
        if row.limit > LABEL_CHARACTERS and text in row.sources.values():
            yield f"{row.name}: not translated"
    elif text not in KEPT and not any(unicodedata.name(c, "").startswith(script) for c in text):
        yield f"{row.name}: not in the script of {language}: {text!r}"


def faults(language: str, document: Json) -> list[str]:
    """What is wrong with one file; nothing when it may be shipped."""
    if set(document) - {"reviewed"} != {"format", "state", "language", "labels", "templates"}:
        return [f"members {sorted(document)}"]
    found = []
    if document["format"] != "mappe/1/labels" or document["language"] != language:
        found.append("another format or language")
    known, here = rows(), texts(document)
    names = [row.name for row in known]
    reviewed = document.get("reviewed", [])
    if document["state"] not in STATES or (document["state"] == "reviewed") != (set(reviewed) == set(names)):
        found.append(f"state {document['state']} with {len(reviewed)} reviewed texts")
    found += [f"{name}: unknown, or twice among the reviewed" for name in reviewed if reviewed.count(name) > 1]
    found += [f"{name}: unknown" for name in (set(here) | set(reviewed)) - set(names)]
    labelled: Counter[tuple[str, str]] = Counter()
    for row in known:
        text = here.get(row.name)
        if not isinstance(text, str) or text.strip() == "":
            found.append(f"{row.name}: missing or empty")
            continue
        if unicodedata.normalize("NFC", text) != text or text != text.strip():
            found.append(f"{row.name}: not NFC, or a blank at an end")
        if any(unicodedata.category(c) in {"Cc", "Cf"} and c != ZERO_WIDTH_NON_JOINER for c in text):
            found.append(f"{row.name}: an invisible character")
        if len(text) > row.limit:
            found.append(f"{row.name}: {len(text)} characters, more than {row.limit}")
        found += _script_faults(text, row, language)
        if row.group:
            labelled[row.group, text] += 1
    found += [f"{group}: two entries labelled {text!r}" for (group, text), n in labelled.items() if n > 1]
    return found


def export(language: str, to: Path) -> None:
    document = load(f"labels/{language}.json")
    here, reviewed = texts(document), set(document.get("reviewed", []))
    with to.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["key", "de", "en", "translation", "state"])
        for row in rows():
            state = STATES[row.name in reviewed]
            table.writerow([row.name, row.sources["de"], row.sources["en"], here.get(row.name, ""), state])


def imported(language: str, source: Path) -> Json:
    """The file that the reviewer's table makes. ValueError when it may not be shipped."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    document: Json = {
        "format": "mappe/1/labels",
        "state": "drafted",
        "language": language,
        "labels": {},
        "templates": {},
    }
    for line in table:
        name, text = line["key"], unicodedata.normalize("NFC", line["translation"].strip())
        if line["state"] not in STATES:
            raise ValueError(f"{name}: state {line['state']!r}")
        key, _, part = name.partition("#")
        if part:
            document["labels"].setdefault(key, {})[part] = text
        else:
            document["templates"][key] = text
    if twice := [name for name, n in Counter(line["key"] for line in table).items() if n > 1]:
        raise ValueError(f"twice: {twice}")
    reviewed = [line["key"] for line in table if line["state"] == "reviewed"]
    if reviewed:
        document["reviewed"] = reviewed
        document["state"] = STATES[len(reviewed) == len(rows())]
    if wrong := faults(language, document):
        raise ValueError("\n".join(wrong))
    return document


def write(language: str, document: Json) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    (FOLDER / f"{language}.json").write_text(text, "utf-8")


def main(words: list[str]) -> int:
    match words:
        case ["check"]:
            wrong = [f"{name}: {one}" for name in LANGUAGES for one in faults(name, load(f"labels/{name}.json"))]
            print("\n".join(wrong) or f"{len(LANGUAGES)} languages, {len(rows())} texts each")
            return int(bool(wrong))
        case ["export", language, to] if language in LANGUAGES:
            export(language, Path(to))
        case ["import", language, source] if language in LANGUAGES:
            write(language, imported(language, Path(source)))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
