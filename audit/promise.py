"""The signed promise that goes out with every logged answer: this leaf will lie in the public log (log.md)."""

from __future__ import annotations

from typing import TypedDict

from mappe.formats.log import Promise, make_promise

from audit.chain import Appended
from kit.clock import HOUR
from kit.context import Context

MERGE_SECONDS = 1 * HOUR  # the sequencer takes seconds; an hour leaves room for a repair (the format allows 24)


class Answer(TypedDict):
    """The members that a logged answer carries beside its own."""

    event: str
    promise: str


def answer(ctx: Context, appended: Appended) -> Answer:
    """Signs the promise for an entry. Call it after the commit: before it there is nothing to promise."""
    key = ctx.keys.current("promise")
    promise = Promise(
        leaf=appended.leaf,
        r1=appended.r1,
        other=appended.other,
        time=appended.time,
        deadline=appended.time + MERGE_SECONDS,
    )
    return {"event": appended.event, "promise": make_promise(key.private, promise, kid=key.kid)}
