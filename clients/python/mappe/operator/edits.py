"""The edits of a draft that people decide on: enrol, suspend, widen or narrow, rotate, revoke, remove."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import MappeError
from ..formats.jwk import ed25519_jwk
from ..formats.labels import HYBRID_SUITE
from ..formats.registry import Enrolment, key_thumbprint
from ..formats.seal_keys import seal_jwk, suite_of
from .draft import DAY, Draft

KEY_DAYS = 730  # life of an agency's key unless the ceremony says otherwise: two years, then a phone call is due
OVERLAP_DAYS = 30  # a replaced key is still taken this long: wallets that have not synced seal to the old one
KEYS_2 = "keys_2"  # where an entry lists its keys of suite 2 (registry.md)
KID_CHARACTERS = 6  # of a key's name that must be given to revoke it


def agency_entry(draft: Draft, id_: str) -> dict[str, Any]:
    """The entry of an agency; MappeError `no-agency`."""
    for entry in draft.agencies:
        if entry["id"] == id_:
            return entry
    raise MappeError("no-agency", f"The draft has no agency {id_!r}.", "See 'registry show' for what it has.")


def add(draft: Draft, enrolment: Enrolment, power: str, purposes: Sequence[Any], key_days: int = KEY_DAYS) -> None:
    """Enrols an agency whose fingerprint was compared; MappeError `exists`."""
    if any(entry["id"] == enrolment.id for entry in draft.agencies):
        raise MappeError("exists", f"{enrolment.id} is enrolled already.", "Use 'rotate-key' for new keys.")
    draft.agencies.append(
        {
            "id": enrolment.id,
            "name": enrolment.name,
            "address": enrolment.address,
            "contact": dict(enrolment.contact),
            "power": power,
            "status": "active",
            "purposes": copy.deepcopy(list(purposes)),
            "keys": [_key(draft, use, public, key_days) for use, public in enrolment.keys.items()],
            **({} if enrolment.seal_2 is None else {KEYS_2: [_key(draft, "seal", enrolment.seal_2, key_days)]}),
        }
    )


def all_keys(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keys of an entry, those of suite 2 after the others."""
    return [*entry["keys"], *entry.get(KEYS_2, ())]


def set_status(draft: Draft, id_: str, status: str) -> None:
    """`suspended` ends sign-in, requests and reading at once; `active` takes it back."""
    agency_entry(draft, id_)["status"] = status


def set_purposes(draft: Draft, id_: str, purposes: Sequence[Any]) -> None:
    """Replaces what an agency may ask for."""
    agency_entry(draft, id_)["purposes"] = copy.deepcopy(list(purposes))


def rotate(draft: Draft, enrolment: Enrolment, key_days: int = KEY_DAYS, overlap_days: int = OVERLAP_DAYS) -> list[str]:
    """Adds the keys of a new enrolment that are not listed yet, lets those they replace run out, and takes over name,
    address and contact. A key replaces those of its use and suite alone. Returns the uses that changed; MappeError
    `no-change`."""
    entry = agency_entry(draft, enrolment.id)
    listed = {key["kid"] for key in all_keys(entry)}
    offered = list(enrolment.keys.items()) + ([] if enrolment.seal_2 is None else [("seal", enrolment.seal_2)])
    changed = []
    for use, public in offered:
        new = _key(draft, use, public, key_days)
        if new["kid"] in listed:
            continue
        rows = entry.setdefault(KEYS_2, []) if suite_of(public) == HYBRID_SUITE else entry["keys"]
        for old in rows:
            if old["use"] == use and old["status"] == "active":
                old["exp"] = min(old["exp"], max(old["nbf"] + 1, draft.issued + overlap_days * DAY))
        rows.append(new)
        changed.append(use)
    entry |= {"name": enrolment.name, "address": enrolment.address, "contact": dict(enrolment.contact)}
    if not changed:
        raise MappeError("no-change", "All keys of this enrolment are listed already.", "Ask the agency for a new one.")
    return changed


def revoke(draft: Draft, id_: str, kid: str) -> dict[str, Any]:
    """Revokes the key whose name begins with `kid`; MappeError `no-key` unless it is exactly one."""
    found = [
        key for key in all_keys(agency_entry(draft, id_)) if len(kid) >= KID_CHARACTERS and key["kid"].startswith(kid)
    ]
    if len(found) != 1:
        raise MappeError(
            "no-key", f"{id_} has not exactly one key {kid!r}.", f"Give at least {KID_CHARACTERS} letters of its name."
        )
    found[0]["status"] = "revoked"
    return dict(found[0])


def remove(draft: Draft, id_: str) -> None:
    """Takes an agency off the list; its id stays free."""
    draft.agencies.remove(agency_entry(draft, id_))


def _key(draft: Draft, use: str, public: bytes, key_days: int) -> dict[str, Any]:
    return {
        "use": use,
        "kid": key_thumbprint(use, public),
        "jwk": seal_jwk(public) if use == "seal" else ed25519_jwk(public),
        "nbf": draft.issued,
        "exp": draft.issued + key_days * DAY,
        "status": "active",
    }
