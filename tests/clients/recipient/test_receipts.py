"""What a receipt must say before it is kept: a server that may word it freely could keep an access out of the log."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import log
from mappe.recipient.errors import NotAuthentic
from mappe.recipient.receipts import Receipts
from mappe.recipient.server_keys import ServerKeys

NOW = 1_800_000_000
GRANT, OTHER = b"g" * 16, b"o" * 16
SLOTS = (b"1" * 16, b"2" * 16)
KEY = Ed25519PrivateKey.generate()
KINDS = ("grant-opened", "slot-delivered")


def answer(kind: str, *, grant: bytes = GRANT, slots: Sequence[bytes] | None = None, time: int = NOW) -> dict[str, Any]:
    event = log.make_event(
        log.Event(kind=kind, time=time, actor="server", grant=grant, slots=None if slots is None else tuple(slots))
    )
    r1, other = b"r" * 16, b"h" * 32
    leaf = log.leaf_hash(log.event_half(r1, event), other)
    return {"event": event, "promise": log.make_promise(KEY, log.Promise(leaf, r1, other, time, time + 3600))}


def keep(said: dict[str, Any], kinds: Sequence[str] = KINDS) -> str:
    keys = cast(ServerKeys, SimpleNamespace(promise_key=lambda kid: KEY.public_key().public_bytes_raw()))
    return Receipts(None, keys).keep(said, kinds=kinds, grant=GRANT, slots=SLOTS, now=NOW).entry.kind


@pytest.mark.parametrize(
    "said",
    [
        answer("more-entries", grant=OTHER),
        answer("more-entries", time=NOW - 2 * 3600),
        answer("more-entries", time=NOW + 3600),
        answer("grant-opened", slots=[]),
        answer("grant-opened", slots=SLOTS[:1]),
        answer("grant-opened", slots=[*SLOTS, b"3" * 16]),
        answer("grant-opened", grant=OTHER, slots=SLOTS),
    ],
    ids=["other grant's sum", "old sum", "future sum", "no slots", "fewer slots", "more slots", "other grant"],
)
def test_an_entry_that_says_something_else_is_no_receipt(said: dict[str, Any]) -> None:
    with pytest.raises(NotAuthentic) as refused:
        keep(said)
    assert refused.value.code == "promise-mismatch"


def test_a_new_open_is_not_called_a_part_of_an_old_one() -> None:
    with pytest.raises(NotAuthentic):
        keep(answer("slot-delivered", slots=[]), KINDS[:1])


def test_what_was_done_is_a_receipt() -> None:
    assert keep(answer("grant-opened", slots=SLOTS)) == "grant-opened"
    assert keep(answer("slot-delivered", slots=SLOTS[1:])) == "slot-delivered"
    assert keep(answer("more-entries", time=NOW - 3000)) == "more-entries"


def test_a_second_look_is_another_entry() -> None:
    """Two looks at one link say the same: the promise for the first would leave the second out of the log."""
    keys = cast(ServerKeys, SimpleNamespace(promise_key=lambda kid: KEY.public_key().public_bytes_raw()))
    receipts = Receipts(None, keys)
    look, busy = answer("grant-looked-at", slots=SLOTS), answer("more-entries")
    receipts.keep(look, kinds=("grant-looked-at",), grant=GRANT, slots=SLOTS, now=NOW)
    with pytest.raises(NotAuthentic) as refused:
        receipts.keep(look, kinds=("grant-looked-at",), grant=GRANT, slots=SLOTS, now=NOW + 60)
    assert refused.value.code == "promise-mismatch"
    for _ in range(2):  # the entry that sums up a busy hour answers every further access of it
        receipts.keep(busy, kinds=("grant-looked-at",), grant=GRANT, slots=SLOTS, now=NOW)
