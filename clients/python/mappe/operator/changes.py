"""What changes from one registry version to the next, in sentences that a signer reads before signing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .edits import KEYS_2, all_keys

Entry = Mapping[str, Any]
_SIMPLE = ("name", "address", "power", "status")
_KNOWN = {"id", "name", "address", "contact", "power", "status", "purposes", "keys", KEYS_2}


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence about one agency. `weighty`: it widens what somebody may read, or replaces a key."""

    agency: str
    text: str
    weighty: bool = False


def compare(old: Sequence[Entry], new: Sequence[Entry]) -> list[Change]:
    """Every difference; nothing that differs stays unsaid."""
    before, after = ({entry["id"]: entry for entry in entries} for entries in (old, new))
    found: list[Change] = []
    for id_, entry in after.items():
        if id_ in before:
            found += _differences(id_, before[id_], entry)
        else:
            found += _added(id_, entry)
    found += [Change(id_, f"removed: {before[id_]['name']}") for id_ in before if id_ not in after]
    return found


def _added(id_: str, entry: Entry) -> Iterator[Change]:
    yield Change(id_, f"NEW: {entry['name']}, {entry['address']}, {_contact(entry['contact'])}", weighty=True)
    yield Change(id_, f"power: {entry['power']}, status: {entry['status']}")
    for purpose in entry["purposes"]:
        yield Change(id_, f"may ask {_purpose(purpose)}", weighty=True)
    for key in all_keys(entry):
        yield Change(id_, f"key {_key(key)}", weighty=True)
    for name in sorted(set(entry) - _KNOWN):
        yield Change(id_, f"{name}: {entry[name]}")


def _differences(id_: str, old: Entry, new: Entry) -> Iterator[Change]:
    for name in _SIMPLE:
        if old[name] != new[name]:
            weighty = name != "status" or new[name] == "active"
            yield Change(id_, f"{name}: {old[name]} → {new[name]}", weighty)
    if old["contact"] != new["contact"]:
        yield Change(id_, f"contact: {_contact(old['contact'])} → {_contact(new['contact'])}", weighty=True)
    yield from _purposes(id_, old["purposes"], new["purposes"])
    yield from _keys(id_, all_keys(old), all_keys(new))
    for name in sorted((set(old) | set(new)) - _KNOWN):
        if old.get(name) != new.get(name):
            yield Change(id_, f"{name}: {old.get(name)} → {new.get(name)}")


def _purposes(id_: str, old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Change]:
    before, after = ({purpose["id"]: purpose for purpose in purposes} for purposes in (old, new))
    for name, purpose in after.items():
        if name not in before:
            yield Change(id_, f"may now ask {_purpose(purpose)}", weighty=True)
            continue
        was = before[name]
        more = sorted(set(purpose["fields"]) - set(was["fields"]))
        fewer = sorted(set(was["fields"]) - set(purpose["fields"]))
        if more:
            yield Change(id_, f"purpose {name}: MORE fields: {', '.join(more)}", weighty=True)
        if fewer:
            yield Change(id_, f"purpose {name}: fewer fields: {', '.join(fewer)}")
        for member in sorted((set(purpose) | set(was)) - {"fields"}):
            if purpose.get(member) != was.get(member):
                yield Change(id_, f"purpose {name}: {member}: {was.get(member)} → {purpose.get(member)}", weighty=True)
    for name in before.keys() - after.keys():
        yield Change(id_, f"purpose {name} is taken away")


def _keys(id_: str, old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Change]:
    before, after = ({key["kid"]: key for key in keys} for keys in (old, new))
    for kid, key in after.items():
        if kid not in before:
            red = " (wallets that know the agency will stop and show this)" if key["use"] == "seal" else ""
            yield Change(id_, f"NEW key {_key(key)}{red}", weighty=True)
            continue
        for member in sorted((set(key) | set(before[kid])) - {"kid"}):
            if key.get(member) != before[kid].get(member):
                values = [_value(member, one.get(member)) for one in (before[kid], key)]
                weighty = (member, key.get(member)) != ("status", "revoked")
                yield Change(id_, f"key {key['use']} {kid[:12]}: {member}: {values[0]} → {values[1]}", weighty)
    for kid in before.keys() - after.keys():
        yield Change(id_, f"key {before[kid]['use']} {kid[:12]} is dropped")


def _key(key: Entry) -> str:
    kind = "seal, suite 2," if key["jwk"].get("kty") == "AKP" else key["use"]
    return f"{kind} {key['kid'][:12]}, {date(key['nbf'])} to {date(key['exp'])}, {key['status']}"


def _purpose(purpose: Entry) -> str:
    fields = ", ".join(purpose["fields"])
    words = purpose["text"].get("de") or next(iter(purpose["text"].values()), "")
    return f"{purpose['id']} ({words}; {purpose['basis']}; keeps {purpose['retention']}): {fields}"


def _contact(contact: Entry) -> str:
    return ", ".join(f"{name} {value}" for name, value in contact.items()) or "no contact"


def _value(member: str, value: object) -> str:
    return date(value) if member in ("nbf", "exp") and isinstance(value, int) else str(value)


def date(time: int) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()
