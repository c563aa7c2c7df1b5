"""What a recipient who has proved to hold a grant may be told about it; a stranger always gets kit.errors.NOT_FOUND."""

from __future__ import annotations

from kit.errors import problem

GRANT_WITHDRAWN = problem(
    "grant-withdrawn",
    410,
    "The person who shared this has ended it.",
    "Ask them for a new one if you still need it.",
)
GRANT_EXPIRED = problem(
    "grant-expired",
    410,
    "The time for which this was shared is over.",
    "Ask the person who shared it for a new one if you still need it.",
)
GRANT_USED_UP = problem(
    "grant-used-up",
    410,
    "This was shared for a limited number of openings, and they are used up.",
    "Ask the person who shared it for a new one if you still need it.",
)
GRANT_SUSPENDED = problem(
    "grant-suspended",
    423,
    "The server was restored from a copy; this stays closed until the person who shared it confirms it.",
    "Ask them to open their wallet once, then try again.",
    "later",
)
GRANT_NOT_YET = problem(
    "grant-not-yet",
    403,
    "The time for which this is shared has not begun.",
    "Come back at the time that 'nbf' names.",
    "later",
)
GRANT_CHANGED = problem(
    "grant-changed",
    409,
    "What is shared has been renewed in the meantime.",
    "Send the same open again with the same lease; it costs nothing.",
    "same-request",
)
PASSCODE_REQUIRED = problem(
    "passcode-required",
    403,
    "This is protected by a passcode.",
    "Type the six digits that you were told and open it again.",
    "after-change",
)
PASSCODE_WRONG = problem(
    "passcode-wrong",
    403,
    "The passcode is not right.",
    "Check the six digits; 'tries_left' says how often you can still try.",
    "after-change",
)
PASSCODE_EXHAUSTED = problem(
    "passcode-exhausted",
    410,
    "The passcode was wrong too often; this can no longer be opened.",
    "Ask the person who shared it for a new one.",
)
PEEKS_EXHAUSTED = problem(
    "peeks-exhausted",
    429,
    "This was looked at as often as it may be without opening it.",
    "Open it, or ask the person who shared it for a new one.",
)
SLOT_UNKNOWN = problem(
    "slot-unknown",
    404,
    "The grant does not hold everything that was asked for; nothing was counted.",
    "Ask only for what the policy lists.",
    "after-change",
)
LEASE_ENDED = problem(
    "lease-ended",
    403,
    "This opening is over, or it was another key's.",
    "Open it again and fetch the file with the new lease.",
    "after-change",
)
