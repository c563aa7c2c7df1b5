"""What the holder may be told about a grant of theirs."""

from __future__ import annotations

from kit.errors import problem

GRANT_INVALID = problem(
    "grant-invalid",
    422,
    "The parts of this grant do not fit together; nothing was stored.",
    "Make the grant anew from the papers; 'where' names the part that does not fit.",
    "after-change",
)
GRANT_ID_TAKEN = problem(
    "grant-id-taken",
    409,
    "This grant id is already in use.",
    "Make the grant anew: a fresh random secret gives a fresh id.",
    "after-change",
)
GRANT_FIXED = problem(
    "grant-fixed",
    409,
    "A published grant keeps its policy, its proofs and its signing key; only its values can change.",
    "End this grant and make a new one with the other rules.",
    "after-change",
)
GRANT_STALE = problem(
    "grant-stale",
    409,
    "This version of the grant does not follow the stored one.",
    "Fetch the list of grants and publish the version after the one it names.",
    "after-change",
)
GRANT_ENDED = problem(
    "grant-ended",
    410,
    "This grant has ended and cannot be published again.",
    "Make a new grant.",
)
TOO_MANY_GRANTS = problem(
    "too-many-grants",
    409,
    "This wallet has as many open grants as the server allows.",
    "End grants that are no longer needed, then send the same request again.",
    "after-change",
)
