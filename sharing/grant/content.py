"""The content of a grant as it is stored: ready-made pieces of the JSON that releases it.

What goes in was checked when it was published: tokens hold no character that JSON would escape, ids are canonical. So
the hot path joins texts instead of building and encoding objects, and one slot is found without parsing the others.
"""

from __future__ import annotations

from typing import NamedTuple

from mappe.formats.encoding import b64u

from audit.events import encode
from sharing.grant.checking import Version

ID_BYTES = 16


class Content(NamedTuple):
    """`head`: the members policy, terms, record, version; `slots`: those of the slots object; `slot_ids`: in policy's
    order, one after the other."""

    head: str
    keybox: str
    slot_ids: bytes
    slots: str


def pack(version: Version) -> Content:
    """The texts to store for a checked version."""
    head = (
        f'"policy":{encode(version.policy_text)},"terms":"{version.terms}","record":"{version.record_token}",'
        f'"version":{version.record.version}'
    )
    ids = version.policy.slots
    slots = ",".join([f'"{b64u(slot)}":"{version.slots[slot]}"' for slot in ids])
    return Content(head, version.keybox, b"".join(ids), slots)


def ids(packed: bytes) -> list[bytes]:
    """The ids in a string of them."""
    return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]


def pick(content: Content, slots: list[bytes] | None) -> str | None:
    """The members for these slots (None: for all); None if the grant does not have one of them."""
    if slots is None:
        return content.slots
    there = set(ids(content.slot_ids))
    if not there.issuperset(slots):
        return None
    return ",".join([_member(content.slots, slot) for slot in slots])


def _member(text: str, slot: bytes) -> str:
    """`"id":"token"`. Quotes stand around names and tokens only, so the text `"id":"` is the member's beginning."""
    name = f'"{b64u(slot)}":"'
    start = text.index(name)
    return text[start : text.index('"', start + len(name)) + 1]
