"""The catalogue, the templates and the consent texts that this client ships: data of the specification."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .errors import MappeError
from .formats.encoding import unb64u
from .formats.terms import TEXT_OF_BASIS


@cache
def _root() -> Traversable:
    """The package's `data` folder; in a checkout of the whole project, the specification itself."""
    packed = files("mappe") / "data"
    if packed.is_dir():
        return packed
    return Path(__file__).resolve().parents[3] / "mobile_api_spec"


@cache
def fields() -> Mapping[str, Any]:
    """Document type id -> the type with its labels and fields (fields.json)."""
    catalogue = json.loads((_root() / "fields.json").read_text("utf-8"))
    return {one["id"]: one for one in catalogue["types"]}


@cache
def templates() -> Mapping[str, Any]:
    """Template id -> template (templates.json)."""
    return {one["id"]: one for one in json.loads((_root() / "templates.json").read_text("utf-8"))["templates"]}


def field_label(name: str, language: str = "en") -> str:
    """What a person calls `type.field`; the name itself where this version does not know it."""
    type_id, _, field_id = name.partition(".")
    known = fields().get(type_id)
    if known is None:
        return name
    for one in known["fields"]:
        if one["id"] == field_id:
            return str(one["labels"].get(language) or one["labels"]["en"])
    return f"{known['labels'].get(language) or known['labels']['en']}: {field_id}"


def type_label(type_id: str, language: str = "en") -> str:
    known = fields().get(type_id)
    return type_id if known is None else str(known["labels"].get(language) or known["labels"]["en"])


def consent_text(basis: str, language: str) -> tuple[str, bytes, str]:
    """(kind, SHA-256 of the file, its text) of the newest text for this legal basis in this language.

    MappeError `no-text` where none is written: nobody agrees to what they cannot read.
    """
    kind = TEXT_OF_BASIS[basis]
    index = json.loads((_root() / "texts" / "index.json").read_text("utf-8"))["texts"]
    matching = [one for one in index if one["kind"] == kind and one["language"] == language]
    if not matching:
        raise MappeError(
            "no-text",
            f"There is no {kind} text in {language!r}.",
            "Choose de, de-x-plain, en or another language of texts/index.json.",
        )
    newest = max(matching, key=lambda one: int(one["version"]))
    text = (_root() / "texts" / f"{newest['id']}.{language}.md").read_text("utf-8")
    return kind, unb64u(newest["sha256"], 32), text
