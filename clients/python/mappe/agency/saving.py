"""What was read, in forms that other programs take: JSON (whole), CSV (one line a value), PDF (in pdf.py).

Each form says where a value comes from and whether anybody checked it; a value never travels without that.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from ..formats.encoding import b64u
from ..formats.grant import Grant
from ..formats.slot import Slot

COLUMNS = ("name", "kind", "value", "missing", "reason", "assurance", "source", "as_of", "computed_on", "file")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run instead of showing


def as_json(grant: Grant, record: str | None = None, *, read_at: int) -> dict[str, Any]:
    """Everything that was shared, and the terms under which it may be used. `record`: the holder's signature, as
    evidence of what was received."""
    terms, policy = grant.terms, grant.policy
    result: dict[str, Any] = {
        "v": 1,
        "grant": b64u(policy.grant),
        "version": grant.record.version,
        "read_at": read_at,
        "until": policy.exp,
        "purpose": terms.purpose,
        "basis": terms.basis,
        "retention": terms.retention,
        "text": {"kind": terms.text_kind, "language": terms.language, "hash": b64u(terms.text)},
        "standing": terms.standing,
        "fields": [_field(id_, slot) for id_, slot in _in_order(grant)],
    }
    if record is not None:
        result["record"] = record
    return result


def dump(value: Mapping[str, Any]) -> bytes:
    """The JSON as a file."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def as_csv(grant: Grant, *, delimiter: str = ",", guard: bool = True) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, which spreadsheets need for other scripts.

    `guard` puts an apostrophe before a text that a spreadsheet would take for a formula (=, +, -, @): values come from
    people whom the office does not know. Programs that import the file switch it off.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(COLUMNS)
    for id_, slot in _in_order(grant):
        field = _field(id_, slot)
        field["value"] = "" if field["value"] is None else plain(field["value"])
        field["file"] = field["file"]["name"] if "file" in field else ""
        row = [str(field.get(column) or "") for column in COLUMNS]
        writer.writerow([f"'{cell}" if guard and cell.startswith(_FORMULA) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def plain(value: object) -> str:
    """A value as text for people: members and items one after the other."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {plain(item)}" for name, item in value.items() if item is not None)
    if isinstance(value, list):
        return "; ".join(plain(item) for item in value)
    return "" if value is None else str(value)


def _field(id_: bytes, slot: Slot) -> dict[str, Any]:
    content = slot.content
    names = ("value", "missing", "reason", "assurance", "source", "as_of", "computed_on", "evidence")
    field: dict[str, Any] = {"slot": b64u(id_), "name": slot.name, "kind": slot.kind}
    field |= {name: content[name] for name in names if name in content}
    if slot.attachment is not None:
        found = slot.attachment
        field["file"] = {"name": found.name, "media": found.media, "size": found.size, "hash": b64u(found.hash)}
    return field


def _in_order(grant: Grant) -> list[tuple[bytes, Slot]]:
    """By name: the order of the slots says nothing."""
    return sorted(grant.slots.items(), key=lambda item: item[1].name)
