"""What leaves: single values, files and derived answers picked from papers, as slots (grant.md, "Slots").

A pick never takes a whole paper. Each becomes one slot that carries value, assurance, source and as-of date; where two
papers disagree, the picker says which value goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from ..errors import MappeError
from ..formats.encoding import b64u, unb64u
from .vault import Item, Vault

ADULT_YEARS = 18


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing to release from the paper `document`: exactly one of `field` (with the index of its value), `file`
    (index of the attachment) or `derived` (`valid-today`, `adult-today`)."""

    document: bytes
    field: str | None = None
    value: int = 0
    file: int | None = None
    derived: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A slot ready to be sealed: id, content, and for a file the reference the server serves it under."""

    slot: bytes
    content: Mapping[str, Any] = field(repr=False)
    file: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return str(self.content["name"])

    @property
    def kind(self) -> str:
        return str(self.content["kind"])


def choose(vault: Vault, picks: Sequence[Pick], *, today: date, slots: Sequence[bytes] | None = None) -> list[Chosen]:
    """The slots for these picks, in order; `slots` are the ids to keep at a re-publish.

    MappeError `nothing-picked`, `no-such-field`, `no-such-file`, `cannot-derive`, each naming what is missing.
    """
    if not picks:
        raise MappeError("nothing-picked", "Nothing was chosen to share.", "Name at least one field or file.")
    ids = list(slots) if slots is not None else [secrets.token_bytes(16) for _ in picks]
    return [_choose(vault.item(pick.document), pick, id_, today) for pick, id_ in zip(picks, ids, strict=True)]


def _choose(item: Item, pick: Pick, slot: bytes, today: date) -> Chosen:
    type_id = str(item.payload.get("type", "other_paper"))
    if pick.file is not None:
        return _file(item, type_id, pick.file, slot)
    if pick.derived is not None:
        return Chosen(slot, _derived(item, type_id, pick.derived, today))
    assert pick.field is not None
    record = value_record(item, pick.field, pick.value)
    content = {"v": 1, "kind": "field", "name": f"{type_id}.{pick.field}", **_carried(record)}
    return Chosen(slot, content)


def value_record(item: Item, name: str, index: int = 0) -> Mapping[str, Any]:
    """The value of a field; the newest by as-of date stands first (index 0)."""
    records = item.payload.get("fields", {}).get(name) or []
    ordered = sorted(records, key=lambda one: str(one.get("as_of", "")), reverse=True)
    if index >= len(ordered):
        raise MappeError(
            "no-such-field",
            f"The paper {item.payload.get('title', '')!r} has no {name!r}.",
            "Show the paper with 'mappe show' and choose from its fields.",
        )
    chosen: Mapping[str, Any] = ordered[index]
    return chosen


def _carried(record: Mapping[str, Any]) -> dict[str, Any]:
    content = {
        "value": record.get("value"),
        "assurance": record.get("assurance", "self-declared"),
        "source": record.get("source", ""),
        "as_of": record.get("as_of", ""),
        "evidence": record.get("evidence", []),
    }
    if "missing" in record:
        content["missing"] = record["missing"]
    for more in ("reason", "substitute"):
        if more in record:
            content[more] = record[more]
    return content


def _derived(item: Item, type_id: str, question: str, today: date) -> dict[str, Any]:
    """A yes or no instead of the date behind it; self-declared, with the day it was computed."""
    if question == "valid-today":
        source = next((name for name in ("date_of_expiry", "valid_until") if item.payload["fields"].get(name)), None)
    elif question == "adult-today":
        source = "birthdate" if item.payload["fields"].get("birthdate") else None
    else:
        raise MappeError("cannot-derive", f"There is no question {question!r}.", "Use valid-today or adult-today.")
    if source is None:
        raise MappeError(
            "cannot-derive", "The paper holds no date that answers this.", "Share the field itself, or nothing."
        )
    record = value_record(item, source)
    try:
        day = date.fromisoformat(str(record.get("value")))
    except ValueError:
        raise MappeError("cannot-derive", "The date is not known to the day.", "Share the field itself.") from None
    if question == "valid-today":
        answer = day >= today
    else:
        answer = (today.year - day.year - ((today.month, today.day) < (day.month, day.day))) >= ADULT_YEARS
    return {
        "v": 1,
        "kind": "derived",
        "name": f"{type_id}.{question.replace('-', '_')}",
        "value": answer,
        "assurance": "self-declared",
        "source": f"computed from {type_id}.{source}",
        "as_of": today.isoformat(),
        "evidence": [],
        "computed_on": today.isoformat(),
    }


def _file(item: Item, type_id: str, index: int, slot: bytes) -> Chosen:
    files = item.payload.get("attachments") or []
    if index >= len(files):
        raise MappeError("no-such-file", "The paper has no such file.", "Show the paper with 'mappe show'.")
    ref = secrets.token_bytes(16)
    attachment = {**files[index], "ref": b64u(ref)}
    content = {
        "v": 1,
        "kind": "attachment",
        "name": f"{type_id}.file",
        "value": files[index]["name"],
        "assurance": "self-declared",
        "source": str(item.payload.get("title", "")),
        "as_of": datetime.fromtimestamp(int(item.payload.get("updated", 0)), UTC).date().isoformat(),
        "evidence": [],
        "attachment": attachment,
    }
    unb64u(files[index]["id"], 16)
    return Chosen(
        slot, content, {"ref": b64u(ref), "attachment": files[index]["id"], "version": files[index]["version"]}
    )
