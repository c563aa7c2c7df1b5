"""What was read, in forms that other programs take: JSON (whole), CSV (one line a value), PDF (in pdf.py).

Each form says where a value comes from and whether anybody checked it; a value never travels without that.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..formats.encoding import b64u
from ..formats.grant import Grant
from ..formats.slot import Slot
from .marking import Seen

_ORIGIN = ("assurance", "source", "as_of", "computed_on")
COLUMNS = ("name", "kind", "value", "missing", "reason", *_ORIGIN, "file", "verified")
_SAYS = {"seen-in-original": "seen in the original", "issued": "issued", "agreed": "agreed"}
_CLAIMS = {"seen-in-original": "said to be seen in the original", "issuer-signed": "said to be signed by the issuer"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run instead of showing


def as_json(
    grant: Grant, record: str | None = None, *, read_at: int, marks: Mapping[bytes, Sequence[Seen]] | None = None
) -> dict[str, Any]:
    """Everything that was shared, and the terms under which it may be used. `record`: the holder's signature, as
    evidence of what was received. `marks`: what offices say about the values, checked (slot id → marks)."""
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
        "fields": [_field(id_, slot, (marks or {}).get(id_, ())) for id_, slot in _in_order(grant)],
    }
    if record is not None:
        result["record"] = record
    return result


def dump(value: Mapping[str, Any]) -> bytes:
    """The JSON as a file."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def as_csv(
    grant: Grant,
    *,
    delimiter: str = ",",
    guard: bool = True,
    marks: Mapping[bytes, Sequence[Seen]] | None = None,
) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, which spreadsheets need for other scripts.

    `guard` puts an apostrophe before a text that a spreadsheet would take for a formula (=, +, -, @): values come from
    people whom the office does not know. Programs that import the file switch it off.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(COLUMNS)
    for id_, slot in _in_order(grant):
        field = _field(id_, slot, (marks or {}).get(id_, ()))
        field["verified"] = "; ".join(mark_text(one) for one in field["marks"] if one["state"] == "holds")
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


def checked(field: Mapping[str, Any]) -> str:
    """Whether anybody checked the value, for people: a claim of the holder's never looks like an office's word."""
    held = [mark_text(one) for one in field["marks"] if one["state"] == "holds"]
    if held:
        return "; ".join(held)
    if field["assurance"] == "self-declared":
        return "own statement, not checked"
    broken = ", ".join(sorted({str(one["state"]) for one in field["marks"]})) or "nobody has signed it"
    return f"own statement ({_CLAIMS.get(field['assurance'], field['assurance'])}; not verified: {broken})"


def mark_text(one: Mapping[str, Any]) -> str:
    """A mark that holds, as a sentence."""
    on = datetime.fromtimestamp(one["on"], UTC).date().isoformat()
    return f"{_SAYS.get(one['says'], one['says'])} by {one['by']} on {on}"


def _field(id_: bytes, slot: Slot, marks: Sequence[Seen] = ()) -> dict[str, Any]:
    content = slot.content
    names = ("value", "missing", "reason", "assurance", "source", "as_of", "computed_on", "evidence")
    field: dict[str, Any] = {"slot": b64u(id_), "name": slot.name, "kind": slot.kind}
    field |= {name: content[name] for name in names if name in content}
    field["marks"] = [one.to_json() for one in marks]
    if slot.attachment is not None:
        found = slot.attachment
        field["file"] = {"name": found.name, "media": found.media, "size": found.size, "hash": b64u(found.hash)}
    return field


def _in_order(grant: Grant) -> list[tuple[bytes, Slot]]:
    """By name: the order of the slots says nothing."""
    return sorted(grant.slots.items(), key=lambda item: item[1].name)
