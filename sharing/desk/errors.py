"""Refusals of the desk slice."""

from __future__ import annotations

from kit.errors import problem

DESK_OVER = problem(
    "desk-over",
    404,
    "No page waits here.",
    "A page waits ten minutes, for one person. Ask the clerk to begin anew, and scan or type what is shown then.",
)
DESK_TAKEN = problem(
    "desk-taken",
    409,
    "Somebody else has met this page first.",
    "Ask the clerk to begin anew. Give nothing to this page.",
)
DESK_EARLY = problem(
    "desk-early",
    409,
    "The digits have not been made yet on both sides.",
    "Compare the six digits first.",
    "after-change",
)
DESKS_BUSY = problem(
    "desks-busy",
    429,
    "More pages wait than this server takes.",
    "Wait as long as Retry-After says, or let the person make a link.",
    "later",
    headers={"Retry-After": "60"},
)
NUMBERS_USED_UP = problem(
    "desk-numbers-used-up",
    429,
    "This wallet has tried as many numbers as one hour allows.",
    "Scan the QR code instead; it is not counted. Or wait as long as Retry-After says.",
    "later",
    headers={"Retry-After": "3600"},
)
